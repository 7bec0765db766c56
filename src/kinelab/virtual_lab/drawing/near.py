"""What lies too near to the eye, or behind it, is cut off before anything is projected."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.virtual_lab.drawing.items import Item
from kinelab.virtual_lab.drawing.surface import FloatArray

NEAR_M = 0.05  # nothing nearer than this is drawn: no lens of a phone sees it sharp


def cut_near(item: Item, depth_m: Array) -> Item:
    """The part of an item at least `NEAR_M` before the eye; depth_m (V,) of its vertices.

    Triangles that cross the near plane become one or two that end at it (Sutherland and Hodgman 1974), all
    they carry interpolated in space. Vertices behind the plane stay in the arrays, unused.
    """
    surplus = depth_m - NEAR_M
    beyond = surplus[item.face] > 0
    whole, crossing = beyond.all(axis=1), beyond.any(axis=1) & ~beyond.all(axis=1)
    parent = [np.flatnonzero(whole)]
    face = [item.face[whole]]
    ends: list[tuple[int, int]] = []
    for f in np.flatnonzero(crossing).tolist():
        corners = _cut(item.face[f].tolist(), surplus, len(depth_m), ends)
        fan = [(corners[0], corners[i], corners[i + 1]) for i in range(1, len(corners) - 1)]
        face.append(np.array(fan, np.int32))
        parent.append(np.full(len(fan), f))
    first, second = np.array(ends, int).reshape(-1, 2).T
    share = (surplus[first] / (surplus[first] - surplus[second])).astype(np.float32)

    def grown(array: FloatArray) -> FloatArray:
        weight = share.reshape((-1,) + (1,) * (array.ndim - 1))
        return np.concatenate([array, array[first] * (1 - weight) + array[second] * weight])

    parents = np.concatenate(parent)
    return item._replace(
        face=np.concatenate(face),
        material=item.material[parents],
        both_sides=item.both_sides[parents],
        vertex=grown(item.vertex),
        cover=grown(item.cover),
        normal=grown(item.normal),
        carried=grown(item.carried),
    )


def _cut(corners: list[int], surplus: Array, vertices: int, ends: list[tuple[int, int]]) -> list[int]:
    """The polygon that is left of one triangle; new corners are entered in `ends` as (one end, other end)."""
    kept: list[int] = []
    for a, b in zip(corners, corners[1:] + corners[:1], strict=True):
        if surplus[a] > 0:
            kept.append(a)
        if (surplus[a] > 0) != (surplus[b] > 0):
            kept.append(vertices + len(ends))
            ends.append((min(a, b), max(a, b)))  # alike for both triangles at the edge: no crack
    return kept
