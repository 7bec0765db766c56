"""How dark the floor is under people: a soft shadow of the key light, and contact with what stands on it.

Both are worked out once a picture on grids over the floor, and looked up by its pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Array
from kinelab.core.compiled import compiled, compiled_bare, compiled_inside
from kinelab.virtual_lab.drawing.items import Item
from kinelab.virtual_lab.drawing.shadow import FlatMap, flat_map, place_in

FloatArray = NDArray[np.float32]
_CELL_M, _MOST_CELLS = 0.024, 640
_UP = np.array([0.0, 1.0, 0.0])
_CONTACT_CELL_M = 0.016
_CONTACT_M = 0.30  # what is higher than this over the floor does not darken it by contact
_FADE_M = 0.08  # how far over the floor a surface darkens it by contact
# Half sides of the three windows that contact is averaged over, and their weights. The widest stands for the
# body over the feet, which keeps off some of the sky too.
_CLOSE_M, _WIDE_M, _FAR_M = 0.035, 0.15, 0.42
_CLOSE, _WIDE, _FAR = 0.40, 1.4, 3.0
_NOTHING = 1e-6  # share of a window below which nothing is there


class FloorShadow(NamedTuple):
    """place: X, Z m of the first cell's middle, and cells a metre.

    dark (rows along Z, columns along X, 2): the shares, 0 to 1, that are kept from the floor of the key light
    and of the light from all round.
    """

    place: Array
    dark: FloatArray


def floor_shadow(key: FlatMap, items: Sequence[Item], softness_deg: float) -> FloorShadow:
    """The shadow under items; `key` is what the key light meets of them, softness_deg half its angle.

    The half shadow's width follows the distance to what throws it (Fernando 2005, Percentage-closer soft
    shadows), means over windows being read from summed areas (Crow 1984). Light from all round is kept off by
    what stands on the floor or nearly so.
    """
    spread = math.tan(math.radians(softness_deg))
    on_floor = _shadow_corners(key)
    along = float(np.abs(on_floor @ key.frame[2] - key.frame[3] @ key.frame[2]).max())
    shadow = _empty_shadow(on_floor[:, [0, 2]], max(along * spread, 1.2 * _FAR_M))
    _darken(shadow.dark, shadow.place, key, _sums(key.near, 0.0, 0.0), spread)
    low = [
        item._replace(cover=np.minimum(item.cover, np.float32(_CONTACT_M) - item.vertex[:, 1]))
        for item in items
        if item.box[0, 1] < _CONTACT_M
    ]
    if low:
        seen = flat_map(low, _UP, _CONTACT_CELL_M)
        _touch(shadow.dark, shadow.place, seen, _sums(seen.near, _FADE_M, -float(seen.frame[3, 1])))
    return shadow


def _shadow_corners(key: FlatMap) -> Array:
    """The places on the floor, (4, 3) m, where the light through the map's corners arrives."""
    rows, columns = key.near.shape
    ends = np.array([[0, 0], [columns, 0], [0, rows], [columns, rows]]) / key.frame[4, 0]
    start = key.frame[3] + ends[:, :1] * key.frame[0] + ends[:, 1:] * key.frame[1]
    corners: Array = start - (start[:, 1:2] / key.frame[2, 1]) * key.frame[2]
    return corners


def _empty_shadow(places: Array, margin_m: float) -> FloorShadow:
    low, high = places.min(axis=0) - margin_m - _CELL_M, places.max(axis=0) + margin_m + _CELL_M
    cell_m = max(_CELL_M, float((high - low).max()) / _MOST_CELLS)
    columns, rows = (np.ceil((high - low) / cell_m).astype(int) + 2).tolist()
    return FloorShadow(np.array([low[0], low[1], 1 / cell_m]), np.zeros((rows, columns, 2), np.float32))


@compiled
def _sums(near: FloatArray, fade_m: float, floor_at: float) -> Array:
    """Summed areas (H + 1, W + 1, 2) of a map, over all cells above and left.

    With fade_m = 0 of cells met (1 each) and their metres, else of exp(-height over the floor / fade_m).
    """
    height, width = near.shape
    sums = np.zeros((height + 1, width + 1, 2))
    for i in range(height):
        met, metres = 0.0, 0.0
        for j in range(width):
            if near[i, j] > -np.inf:
                along = -near[i, j]
                met += 1.0 if fade_m == 0.0 else math.exp(-max(along - floor_at, 0.0) / fade_m)
                metres += along
            sums[i + 1, j + 1, 0] = sums[i, j + 1, 0] + met
            sums[i + 1, j + 1, 1] = sums[i, j + 1, 1] + metres
    return sums


@compiled_inside
def _window(sums: Array, which: int, u: float, v: float, half: float) -> float:
    """Mean over the square of side 2 half about cell place (u, v); beyond the map nothing is.

    The square's corners are interpolated, so that it moves smoothly.
    """
    total = 0.0
    for side_v in range(2):
        for side_u in range(2):
            x = min(max(u + 0.5 + (half if side_u else -half), 0.0), sums.shape[1] - 1.000001)
            y = min(max(v + 0.5 + (half if side_v else -half), 0.0), sums.shape[0] - 1.000001)
            i, j = int(y), int(x)
            s, t = y - i, x - j
            above = (1 - t) * sums[i, j, which] + t * sums[i, j + 1, which]
            below = (1 - t) * sums[i + 1, j, which] + t * sums[i + 1, j + 1, which]
            total += ((1 - s) * above + s * below) * (1.0 if side_u == side_v else -1.0)
    return total / (4 * half * half)


@compiled_inside
def _most(sums: Array, u: float, v: float, half: float) -> float:
    """No less than `_window` gives: the same over whole cells, which most often tells that it is 0."""
    rows, columns = sums.shape[0] - 1, sums.shape[1] - 1
    left, right = int(min(max(u + 0.5 - half, 0.0), columns)), int(min(max(u + 1.5 + half, 0.0), columns))
    top, low = int(min(max(v + 0.5 - half, 0.0), rows)), int(min(max(v + 1.5 + half, 0.0), rows))
    total = (sums[low, right, 0] - sums[low, left, 0]) - (sums[top, right, 0] - sums[top, left, 0])
    return float(total / (4 * half * half))


@compiled_bare
def _darken(dark: FloatArray, place: Array, key: FlatMap, sums: Array, spread: float) -> None:
    frame = key.frame
    per_m = frame[4, 0]
    for i in range(dark.shape[0]):
        for j in range(dark.shape[1]):
            u, v, along = place_in(frame, place[0] + j / place[2], 0.0, place[1] + i / place[2])
            # The widest half shadow first, then the one that gives, twice.
            half = 1.0 + 0.5 * max(along, 0.0) * spread * per_m
            if _most(sums, u, v, half) < _NOTHING:
                continue
            met = _window(sums, 0, u, v, half)
            for _ in range(2):
                if met < _NOTHING:
                    break
                half = 0.6 + max(along - _window(sums, 1, u, v, half) / met, 0.0) * spread * per_m
                met = _window(sums, 0, u, v, half)
            dark[i, j, 0] = min(met, 1.0)


@compiled
def _touch(dark: FloatArray, place: Array, seen: FlatMap, sums: Array) -> None:
    frame = seen.frame
    per_m = frame[4, 0]
    wide, far = _WIDE_M * per_m, _FAR_M * per_m
    for i in range(dark.shape[0]):
        for j in range(dark.shape[1]):
            u, v, _ = place_in(frame, place[0] + j / place[2], 0.0, place[1] + i / place[2])
            if _most(sums, u, v, far) < _NOTHING:
                continue
            met = _window(sums, 0, u, v, far)
            if met > _NOTHING:
                near = _window(sums, 0, u, v, wide)
                met = _FAR * met + _WIDE * near
                if near > _NOTHING:
                    met += _CLOSE * _window(sums, 0, u, v, _CLOSE_M * per_m)
                dark[i, j, 1] = min(met, 0.9)


@compiled_inside
def dark_at(dark: FloatArray, place: Array, x: float, z: float) -> tuple[float, float]:
    """Both shares of a `FloorShadow` at a place of the floor, interpolated; 0 beyond it and at NaN."""
    u, v = (x - place[0]) * place[2], (z - place[1]) * place[2]
    rows, columns = dark.shape[0], dark.shape[1]
    if not (0.0 <= u < columns - 1 and 0.0 <= v < rows - 1):
        return 0.0, 0.0
    i, j = int(v), int(u)
    s, t = v - i, u - j
    a, b, c, d = (1 - s) * (1 - t), (1 - s) * t, s * (1 - t), s * t
    near, far = dark[i], dark[i + 1]
    return (
        a * near[j, 0] + b * near[j + 1, 0] + c * far[j, 0] + d * far[j + 1, 0],
        a * near[j, 1] + b * near[j + 1, 1] + c * far[j, 1] + d * far[j + 1, 1],
    )
