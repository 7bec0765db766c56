"""A view of half the size made whole, for pictures whose background may be soft (compiled)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Array
from kinelab.core.compiled import compiled_bare
from kinelab.virtual_lab.drawing.stretch import stretch
from kinelab.virtual_lab.places.cast import View

FloatArray = NDArray[np.float32]


def enlarge(view: View, lens: Array, eye: Array, small: View) -> None:
    """Fill image, floor and depth from a cast of half the size: colours between pixels, the rest as it is.

    What is floor comes from the nearest pixel of the small cast, where it lies from the camera itself; lens
    and eye as in `cast_place`.
    """
    height, width = view.depth.shape
    stretch(view.image, small.image, _halved(height), _halved(width))
    _enlarge_floor(view.floor, view.depth, lens, eye, small)


def _halved(pixels: int) -> FloatArray:
    """Where the pixels of the whole view lie among the small one's."""
    places: FloatArray = ((np.arange(pixels) + 0.5) / 2 - 0.5).astype(np.float32)
    return places


@compiled_bare
def _enlarge_floor(floor: FloatArray, depth: FloatArray, lens: Array, eye: Array, small: View) -> None:
    few_floor, few_depth = small.floor, small.depth
    rows, columns = few_depth.shape
    for v in range(depth.shape[0]):
        near_v, py = min(v // 2, rows - 1), (v - lens[2]) / lens[0]
        for u in range(depth.shape[1]):
            near_u = min(u // 2, columns - 1)
            depth[v, u] = few_depth[near_v, near_u]
            floor[v, u, 0] = floor[v, u, 1] = np.nan
            if math.isfinite(few_floor[near_v, near_u, 0]):
                px = (u - lens[1]) / lens[0]
                down = eye[0, 1] * px + eye[1, 1] * py + eye[2, 1]
                if down < 0:
                    t = -eye[3, 1] / down
                    floor[v, u, 0] = eye[3, 0] + t * (eye[0, 0] * px + eye[1, 0] * py + eye[2, 0])
                    floor[v, u, 1] = eye[3, 2] + t * (eye[0, 2] * px + eye[1, 2] * py + eye[2, 2])
