"""How much of the sky a place on a body sees: it is darker under the chin and under the arms (compiled)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Array
from kinelab.core.compiled import compiled, compiled_inside
from kinelab.virtual_lab.drawing.items import Item

FloatArray = NDArray[np.float32]
_CELL_M, _MOST_CELLS = 0.03, 400
_NOTHING = np.float32(-1e3)
# Looked at in eight directions, near by and further off.
_NEAR_M, _FAR_M = 0.05, 0.14
_WAYS = tuple((math.cos(k * math.pi / 4), math.sin(k * math.pi / 4)) for k in range(8))
_LIFT_M = 0.03


class SkyMap(NamedTuple):
    """place: X, Z m of the first cell's middle, and cells a metre.

    top (rows along Z, columns along X): the highest vertex over each cell, m.
    """

    place: Array
    top: FloatArray


def sky_map(items: Sequence[Item]) -> SkyMap:
    """Heights of what stands there, from its vertices alone.

    So only surfaces whose triangles are about as small as a cell (3 cm), as people are, keep the sky off.
    """
    ends = np.array([item.box for item in items])
    low, high = ends[:, 0].min(axis=0)[[0, 2]], ends[:, 1].max(axis=0)[[0, 2]]
    cell_m = max(_CELL_M, float((high - low).max()) / _MOST_CELLS)
    columns, rows = (np.ceil((high - low) / cell_m).astype(int) + 2).tolist()
    place = np.array([low[0], low[1], 1 / cell_m])
    top = np.full((rows, columns), _NOTHING)
    for item in items:
        _raise_top(top, place, item.vertex)
    return SkyMap(place, top)


@compiled
def _raise_top(top: FloatArray, place: Array, vertex: FloatArray) -> None:
    for i in range(vertex.shape[0]):
        column = math.floor((vertex[i, 0] - place[0]) * place[2] + 0.5)
        row = math.floor((vertex[i, 2] - place[1]) * place[2] + 0.5)
        if vertex[i, 1] > top[row, column]:
            top[row, column] = vertex[i, 1]


@compiled_inside
def sky_share(
    top: FloatArray, place: Array, at: tuple[float, float, float], normal: tuple[float, float, float]
) -> float:
    """Share of the sky that is open over a place on a surface, where its normal looks to; 1 in the open.

    A horizon estimate (Max 1988, Horizon mapping) over eight directions and two distances.
    """
    x, y, z = at[0] + _LIFT_M * normal[0], at[1] + _LIFT_M * normal[1], at[2] + _LIFT_M * normal[2]
    rows, columns = top.shape
    whole, hidden = 1e-6, 0.0
    for across, along in _WAYS:
        weight = 0.35 * max(normal[1], 0.0) + max(normal[0] * across + normal[2] * along + 0.25, 0.0)
        if weight == 0.0:
            continue
        whole += 2.0 * weight
        for far_m in (_NEAR_M, _FAR_M):
            column = int((x + far_m * across - place[0]) * place[2] + 0.5)
            row = int((z + far_m * along - place[1]) * place[2] + 0.5)
            if 0 <= column < columns and 0 <= row < rows:
                # Nothing below 20 deg over the horizon counts, all at 60 deg.
                steep = (top[row, column] - y) / far_m
                hidden += weight * min(max((steep - 0.36) / 1.37, 0.0), 1.0)
    return 1.0 - hidden / whole
