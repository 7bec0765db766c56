"""Convex outlines of what is inside cloth, level by level: skirts, hanging tops and shoes span them."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.compiled import compiled


def directions(count: int) -> Array:
    """Unit vectors (count, 2) evenly around, the first along the first axis."""
    angle = np.arange(count) * (2 * np.pi / count)
    return np.stack([np.cos(angle), np.sin(angle)], 1)


@compiled
def outline_radius(
    level: Array, plan: Array, levels: Array, window: float, way: Array, centre: Array
) -> Array:
    """How far from its centre the convex outline of the points near each level lies in each direction.

    level (P,) and plan (P, 2) of the points; levels (L,) sought, each with the points within `window`; way
    (A, 2) directions evenly around; centre (L, 2), which should lie inside. Returns (L, A); a level without
    points is 0.
    """
    count, around = len(levels), way.shape[0]
    support = np.zeros((count, around))
    for p in range(len(level)):
        for k in range(count):
            if abs(level[p] - levels[k]) < window:
                x, y = plan[p, 0] - centre[k, 0], plan[p, 1] - centre[k, 1]
                for a in range(around):
                    support[k, a] = max(support[k, a], x * way[a, 0] + y * way[a, 1])
    # The outline is where the half planes of all directions meet; cosines depend on the difference only.
    radius = np.empty((count, around))
    quarter = around // 4
    for k in range(count):
        for a in range(around):
            least = support[k, a]
            for d in range(1, quarter):
                least = min(least, support[k, (a + d) % around] / way[d, 0])
                least = min(least, support[k, a - d] / way[d, 0])
            radius[k, a] = least
    return radius


@compiled
def look_up(table: Array, row: Array, column: Array) -> Array:
    """Values (P,) of a table (rows, columns) at broken rows (clipped) and columns (periodic)."""
    rows, columns = table.shape
    out = np.empty(len(row))
    for p in range(len(row)):
        r = min(max(row[p], 0.0), rows - 1.000001)
        i = int(r)
        u = r - i
        c = column[p] % columns
        j = int(c)
        v = c - j
        k = (j + 1) % columns
        j = j % columns
        low = table[i, j] * (1 - v) + table[i, k] * v
        high = table[i + 1, j] * (1 - v) + table[i + 1, k] * v
        out[p] = low * (1 - u) + high * u
    return out
