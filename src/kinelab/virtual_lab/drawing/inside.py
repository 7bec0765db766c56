"""Whether the camera's eye has got into somebody."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Array
from kinelab.core.compiled import compiled
from kinelab.errors import InputError
from kinelab.virtual_lab.cameras.pinhole import PinholeCamera
from kinelab.virtual_lab.drawing.items import Item
from kinelab.virtual_lab.drawing.surface import THING, FloatArray


def check_eye_outside(camera: PinholeCamera, items: Sequence[Item], owners: NDArray[np.uint8]) -> None:
    """Stop when the camera is inside a person.

    Raises:
        InputError: the triangles of a person lie round the eye.
    """
    eye = camera.position_m
    for item, owner in zip(items, owners.tolist(), strict=True):
        if owner == THING:
            continue
        low, high = item.box
        # Few cameras get so far; only they pay for the exact answer.
        if (eye > low).all() and (eye < high).all() and windings(item.vertex, item.face, eye) > 0.5:
            raise InputError(
                f"draw: the camera at {np.round(eye, 3).tolist()} m is inside the person with owner {owner}; "
                "move it away, or let the movement start elsewhere"
            )


@compiled
def windings(vertex: FloatArray, face: NDArray[np.int32], point: Array) -> float:
    """How often a surface goes round a point: 1 inside, 0 outside, between for open surfaces.

    The sum of the triangles' solid angles over the whole sphere's (Van Oosterom and Strackee 1983; as a
    test for inside with open surfaces: Jacobson and others 2013, Robust inside-outside segmentation).
    """
    total = 0.0
    for f in range(face.shape[0]):
        a, b, c = vertex[face[f, 0]], vertex[face[f, 1]], vertex[face[f, 2]]
        ax, ay, az = a[0] - point[0], a[1] - point[1], a[2] - point[2]
        bx, by, bz = b[0] - point[0], b[1] - point[1], b[2] - point[2]
        cx, cy, cz = c[0] - point[0], c[1] - point[1], c[2] - point[2]
        la, lb, lc = (
            math.sqrt(ax * ax + ay * ay + az * az),
            math.sqrt(bx * bx + by * by + bz * bz),
            math.sqrt(cx * cx + cy * cy + cz * cz),
        )
        volume = ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)
        below = la * lb * lc + (ax * bx + ay * by + az * bz) * lc
        below += (bx * cx + by * cy + bz * cz) * la + (cx * ax + cy * ay + cz * az) * lb
        total += 2.0 * math.atan2(volume, below)
    return total / (4.0 * math.pi)
