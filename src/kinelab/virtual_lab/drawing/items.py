"""What is to be drawn, laid out for the compiled loops."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.virtual_lab.drawing.kernels_fill import bounds
from kinelab.virtual_lab.drawing.normals import vertex_normals
from kinelab.virtual_lab.drawing.surface import PARTS, PATTERNS, Drawn, FloatArray, Material
from kinelab.virtual_lab.drawing.tones import linear

MOST_ITEMS = 254
# Columns of the table of materials.
COLOUR, SECOND, PATTERN, PERIOD, SHINE, WRINKLE, PART = 0, 3, 6, 7, 8, 9, 10


class Item(NamedTuple):
    """One surface at one instant.

    normal (V, 3); carried (V, 8): as `Surface.carried`. table (M, 11): its materials, colours as linear
    light. box (2, 3): least and largest x, y, z m.
    """

    face: NDArray[np.int32]
    material: NDArray[np.uint8]
    both_sides: NDArray[np.bool_]
    vertex: FloatArray
    cover: FloatArray
    normal: FloatArray
    carried: FloatArray
    table: Array
    box: Array


def item_of(drawn: Drawn) -> Item:
    """A surface laid out for drawing.

    Raises:
        InputError: vertex_m or blur_m does not fit the surface, or holds NaN or infinity.
    """
    surface = drawn.surface
    vertex = np.ascontiguousarray(drawn.vertex_m, np.float32)
    for name, values in (("vertex_m", vertex), ("blur_m", drawn.blur_m)):
        if values is None:
            continue
        if values.shape != surface.rest_m.shape:
            raise InputError(
                f"draw: {name} has shape {values.shape}, but the surface has {len(surface.rest_m)} vertices; "
                f"expected {surface.rest_m.shape}: do they belong to the same person?"
            )
        if not np.isfinite(values.sum()):
            raise InputError(f"draw: {name} holds NaN or infinity; look at the movement that placed it")
    return Item(
        face=np.ascontiguousarray(surface.face),
        material=np.ascontiguousarray(surface.material),
        both_sides=surface.both_sides,
        vertex=vertex,
        cover=np.ascontiguousarray(surface.cover),
        normal=vertex_normals(vertex, surface.face),
        carried=surface.carried,
        table=_table(surface.materials),
        box=bounds(vertex),
    )


@lru_cache(maxsize=16)
def _table(materials: tuple[Material, ...]) -> Array:
    table = np.empty((len(materials), PART + 1))
    table[:, COLOUR:SECOND] = linear([material.colour for material in materials])
    table[:, SECOND:PATTERN] = linear([material.second for material in materials])
    table[:, PATTERN:] = [
        (
            PATTERNS.index(material.pattern),
            material.pattern_m,
            material.shine,
            material.wrinkle_m,
            PARTS.index(material.part),
        )
        for material in materials
    ]
    table.setflags(write=False)
    return table
