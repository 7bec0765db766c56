"""Shadows: the scene as parallel light meets it (compiled)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kinelab.body.vectors import cross
from kinelab.core.checks import Array
from kinelab.core.compiled import compiled_inside
from kinelab.virtual_lab.drawing.items import Item
from kinelab.virtual_lab.drawing.kernels_fill import empty_samples, empty_screen, fill, project_flat

FloatArray = NDArray[np.float32]
_EDGE_CELLS, _MOST_CELLS = 2, 1024


class FlatMap(NamedTuple):
    """What parallel light meets first: frame (5, 3) as in `project_flat`, and minus metres along the light
    (rows, columns), -inf where it meets nothing."""

    frame: Array
    near: FloatArray


def flat_map(items: Sequence[Item], along: Array, cell_m: float) -> FlatMap:
    """Items as light that runs `along` (3,), unit, meets them; cells of `cell_m`, or coarser if wide."""
    frame, shape = _frame_over(items, along, cell_m)
    samples = empty_samples(*shape)
    for item in items:
        screen = empty_screen(len(item.vertex))
        project_flat(screen, item.vertex, item.cover, frame)
        fill(samples, 0, item.face, np.ones(len(item.face), np.bool_), screen)
    return FlatMap(frame, samples.near)


def _frame_over(items: Sequence[Item], along: Array, cell_m: float) -> tuple[Array, tuple[int, int]]:
    """A frame that looks `along`, its cells covering all items, and the map's (rows, columns)."""
    x, y, z = along.tolist()
    side_x, side_y, side_z = cross((x, y, z), (1.0, 0.0, 0.0) if abs(x) < 0.7 else (0.0, 0.0, 1.0))
    length = math.sqrt(side_x * side_x + side_y * side_y + side_z * side_z)
    across = side_x / length, side_y / length, side_z / length
    axes = np.array([across, cross((x, y, z), across), along])
    ends = np.array([item.box for item in items])
    # What a box reaches along an axis: each of its sides by its better end.
    reach = axes[:, None, None, :] * ends  # (axis, item, end, xyz)
    low, high = reach.min(axis=2).sum(axis=2).min(axis=1), reach.max(axis=2).sum(axis=2).max(axis=1)
    cell_m = max(cell_m, float((high - low)[:2].max()) / _MOST_CELLS)
    columns, rows = (np.ceil((high - low)[:2] / cell_m).astype(int) + 1 + 2 * _EDGE_CELLS).tolist()
    origin = (low - _EDGE_CELLS * cell_m * np.array([1.0, 1.0, 0.0])) @ axes
    return np.stack([*axes, origin, [1 / cell_m, 0.0, 0.0]]), (rows, columns)


@compiled_inside
def place_in(frame: Array, x: float, y: float, z: float) -> tuple[float, float, float]:
    """Cell column, cell row, and metres along the light of a place."""
    x, y, z = x - frame[3, 0], y - frame[3, 1], z - frame[3, 2]
    u = (frame[0, 0] * x + frame[0, 1] * y + frame[0, 2] * z) * frame[4, 0]
    v = (frame[1, 0] * x + frame[1, 1] * y + frame[1, 2] * z) * frame[4, 0]
    return u, v, frame[2, 0] * x + frame[2, 1] * y + frame[2, 2] * z


@compiled_inside
def lit_share(frame: Array, near: FloatArray, x: float, y: float, z: float, bias_m: float) -> float:
    """Share of the light of a `FlatMap` that reaches a place on a surface, 0 to 1.

    The mean of 3 x 3 cells, smoothly weighted: percentage-closer filtering (Reeves and others
    1987, Rendering antialiased shadows with depth maps).
    """
    u, v, along = place_in(frame, x, y, z)
    i, j = math.floor(v) - 1, math.floor(u) - 1
    height, width = near.shape
    if i < 0 or j < 0 or i + 3 >= height or j + 3 >= width:
        return 1.0
    limit = -(along - bias_m)
    s, t = v - math.floor(v), u - math.floor(u)
    blocked = 0.0
    for row in range(4):
        line = 0.0
        if near[i + row, j] > limit:
            line += 1.0 - t
        if near[i + row, j + 1] > limit:
            line += 1.0
        if near[i + row, j + 2] > limit:
            line += 1.0
        if near[i + row, j + 3] > limit:
            line += t
        blocked += line * ((1.0 - s) if row == 0 else (s if row == 3 else 1.0))
    return 1.0 - blocked / 9.0
