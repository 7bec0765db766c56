"""Light in a place: lamps, windows, sun, sky, and the shade of corners and furniture (compiled)."""

from __future__ import annotations

import math

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.compiled import compiled, compiled_inside
from kinelab.virtual_lab.noise import smooth_noise

MAP_N = 32
_AMBIENT = 0.42  # share of the light that comes from everywhere


@compiled_inside
def slab(eye: Array, ray: Array, block: Array) -> tuple[float, int]:
    """Where a ray enters a box: parameter (1e9 = it does not) and side (2 axis + 1 for the upper one)."""
    near, far, side = 1e-6, 1e9, -1
    for axis in range(3):
        d = ray[axis]
        if abs(d) < 1e-12:
            if eye[axis] < block[axis] or eye[axis] > block[axis + 3]:
                return 1e9, -1
            continue
        a, b = (block[axis] - eye[axis]) / d, (block[axis + 3] - eye[axis]) / d
        if a > b:
            a, b = b, a
        if a > near:
            near, side = a, 2 * axis + (0 if d > 0 else 1)
        far = min(far, b)
    if near > far or side < 0:
        return 1e9, -1
    return near, side


@compiled_inside
def crown(eye: Array, ray: Array, block: Array) -> float:
    """Where a ray meets the leaves of the ellipsoid in a box, 1e9 if it does not: ragged, with gaps."""
    a = b = c = 0.0
    for k in range(3):
        half = 0.5 * (block[k + 3] - block[k])
        p = (eye[k] - 0.5 * (block[k + 3] + block[k])) / half
        d = ray[k] / half
        a, b, c = a + d * d, b + p * d, c + p * p
    square = b * b - a * (c - 1)
    if square <= 0 or b > 0:
        return 1e9
    t = (-b - math.sqrt(square)) / a
    if t < 1e-6:
        return 1e9
    x, y, z = eye[0] + t * ray[0], eye[1] + t * ray[1], eye[2] + t * ray[2]
    depth = square / a  # 0 at the outline
    ragged = smooth_noise((x - z) * 4.0, y * 4.0, int(block[10]))
    fine = smooth_noise((x + z) * 11.0, y * 11.0, int(block[10]) + 1)
    return t if depth > 0.55 * ragged * fine + 0.1 * fine else 1e9


@compiled_inside
def _from_rectangle(
    p: Array, n: Array, middle: tuple[float, float, float], facing: tuple[float, float, float], area: float
) -> float:
    """Light at p (normal n) from a shining rectangle, as if it were a disc seen from its axis."""
    dx, dy, dz = middle[0] - p[0], middle[1] - p[1], middle[2] - p[2]
    square = dx * dx + dy * dy + dz * dz + 1e-9
    here = n[0] * dx + n[1] * dy + n[2] * dz
    there = -(facing[0] * dx + facing[1] * dy + facing[2] * dz)
    if here <= 0 or there <= 0:
        return 0.0
    light: float = area * here * there / (square * (square + 0.32 * area))
    return light


@compiled_inside
def _direct(p: Array, n: Array, extent: Array, panels: Array, lamps: Array) -> float:
    """Light from lamps and windows at p on a surface with the normal n, in no unit."""
    total = 0.0
    for i in range(lamps.shape[0]):
        middle = 0.5 * (lamps[i, 0] + lamps[i, 1]), extent[4], 0.5 * (lamps[i, 2] + lamps[i, 3])
        area = (lamps[i, 1] - lamps[i, 0]) * (lamps[i, 3] - lamps[i, 2])
        total += 2.2 * _from_rectangle(p, n, middle, (0.0, -1.0, 0.0), area)
    for i in range(panels.shape[0]):
        if panels[i, 5] != 1:
            continue
        wall, along, up = (
            int(panels[i, 0]),
            0.5 * (panels[i, 1] + panels[i, 2]),
            0.5 * (panels[i, 3] + panels[i, 4]),
        )
        area = (panels[i, 2] - panels[i, 1]) * (panels[i, 4] - panels[i, 3])
        if wall < 2:
            middle = along, up, extent[2] if wall == 0 else extent[3]
            facing = 0.0, 0.0, 1.0 if wall == 0 else -1.0
        else:
            middle = extent[0] if wall == 2 else extent[1], up, along
            facing = 1.0 if wall == 2 else -1.0, 0.0, 0.0
        total += 1.6 * _from_rectangle(p, n, middle, facing, area)
    return total


@compiled
def light_map(extent: Array, panels: Array, lamps: Array) -> tuple[Array, float]:
    """Light from lamps and windows on a grid on each of the room's sides (6, N, N), and at the origin.

    Sides: start, end, floor, ceiling, back, front; the grid runs along X or Z, then Y or Z.
    """
    level = np.empty((6, MAP_N, MAP_N))
    p, n = np.empty(3), np.zeros(3)
    for side in range(6):
        axis = side // 2
        first, second = (2 if axis == 0 else 0), (2 if axis == 1 else 1)
        n[:] = 0.0
        n[axis] = -1.0 if side % 2 else 1.0
        p[axis] = _bound(extent, axis, side % 2)
        for i in range(MAP_N):
            p[first] = _between(extent, first, i / (MAP_N - 1))
            for j in range(MAP_N):
                p[second] = _between(extent, second, j / (MAP_N - 1))
                level[side, i, j] = _direct(p, n, extent, panels, lamps)
    p[:] = 0.0
    n[:] = 0.0
    n[1] = 1.0
    return level, _direct(p, n, extent, panels, lamps)


@compiled_inside
def _bound(extent: Array, axis: int, high: int) -> float:
    if axis == 1:
        return extent[4] if high else 0.0
    bound: float = extent[axis + high]
    return bound


@compiled_inside
def _between(extent: Array, axis: int, share: float) -> float:
    """A coordinate within the room, a little off its walls, where lamps would shine along them."""
    low, high = _bound(extent, axis, 0) + 0.02, _bound(extent, axis, 1) - 0.02
    return low + share * (high - low)


@compiled_inside
def _mapped(p: Array, side: int, extent: Array, level: Array) -> float:
    """The map at a point of a side of the room, bilinear."""
    axis = side // 2
    first, second = (2 if axis == 0 else 0), (2 if axis == 1 else 1)
    low_a, low_b = _bound(extent, first, 0), _bound(extent, second, 0)
    a = (p[first] - low_a) / (_bound(extent, first, 1) - low_a) * (MAP_N - 1)
    b = (p[second] - low_b) / (_bound(extent, second, 1) - low_b) * (MAP_N - 1)
    a, b = min(max(a, 0.0), MAP_N - 1.001), min(max(b, 0.0), MAP_N - 1.001)
    i, j = int(a), int(b)
    a, b = a - i, b - j
    low = level[side, i, j] * (1 - b) + level[side, i, j + 1] * b
    high = level[side, i + 1, j] * (1 - b) + level[side, i + 1, j + 1] * b
    between: float = low * (1 - a) + high * a
    return between


@compiled_inside
def _window_sun(p: Array, sun: Array, extent: Array, panels: Array) -> float:
    """Share of the sun that comes through a window to p; its edge is as soft as the sun is large."""
    best = 0.0
    for i in range(panels.shape[0]):
        if panels[i, 5] != 1:
            continue
        wall = int(panels[i, 0])
        axis = 2 if wall < 2 else 0
        plane = extent[2 + wall] if wall < 2 else extent[wall - 2]
        if abs(sun[axis]) < 1e-6:
            continue
        t = (plane - p[axis]) / sun[axis]
        if t <= 0:
            continue
        along, up = p[2 - axis] + t * sun[2 - axis], p[1] + t * sun[1]
        rim = (
            min(min(along - panels[i, 1], panels[i, 2] - along), min(up - panels[i, 3], panels[i, 4] - up))
            - 0.05
        )
        rim = min(rim, abs(along - 0.5 * (panels[i, 1] + panels[i, 2])) - 0.02)
        best = max(best, min(max(0.5 + rim / (0.02 + 0.02 * t), 0.0), 1.0))
    return best


@compiled_inside
def _sunlit(p: Array, sun: Array, blocks: Array, reach: Array, own: int) -> float:
    """1 where the sun reaches p, 0 in the shadow of a block; crowns let a little through."""
    # Where the light that would pass p falls on the floor.
    x, z = p[0] - p[1] * sun[0] / sun[1], p[2] - p[1] * sun[2] / sun[1]
    for i in range(blocks.shape[0]):
        if x < reach[i, 8] or x > reach[i, 10] or z < reach[i, 9] or z > reach[i, 11] or i == own:
            continue
        if blocks[i, 6] == 7:
            if crown(p, sun, blocks[i]) < 1e8:
                return 0.12
        elif slab(p, sun, blocks[i])[0] < 1e8:
            return 0.0
    return 1.0


@compiled_inside
def _shade(p: Array, n: Array, extent: Array, blocks: Array, own: int, indoor: bool) -> float:
    """What corners and furniture nearby leave of the light from everywhere."""
    clear = 1.0
    if indoor:
        for axis in range(3):
            if abs(n[axis]) > 0.5:
                continue
            low = extent[0] if axis == 0 else (0.0 if axis == 1 else extent[2])
            high = extent[1] if axis == 0 else (extent[4] if axis == 1 else extent[3])
            away = max(min(p[axis] - low, high - p[axis]), 0.0)
            if away < 1.3:  # beyond it is less than 0.001, and exp is costly
                clear *= 1.0 - 0.30 * math.exp(-away / 0.22)
    elif own >= 0:
        clear *= 1.0 - 0.35 * math.exp(-max(p[1], 0.0) / 0.3)
    for i in range(blocks.shape[0]):
        if i == own or blocks[i, 6] == 7:
            continue
        square = 0.0
        for axis in range(3):
            gap = max(max(blocks[i, axis] - p[axis], p[axis] - blocks[i, axis + 3]), 0.0)
            square += gap * gap
            if square >= 0.36:
                break
        if square < 0.36:
            clear *= 1.0 - 0.45 * math.exp(-math.sqrt(square) / 0.14)
    return clear


@compiled_inside
def light_at(
    p: Array, n: Array, side: int, extent: Array, panels: Array, blocks: Array, reach: Array, level: Array,
    sun: Array,
) -> tuple[float, float]:  # fmt: skip
    """Light at p (normal n): from everywhere and lamps, and from the sun; together about 1 on the open floor.

    side: 0 to 5 of the room, then six for each block. extent: x low, high, z low, high, height, light on the
    floor at the origin, outdoor (0 or 1), sun strength. reach: `block_reach`. level: `light_map`.
    """
    own = (side - 6) // 6 if side >= 6 else -1
    outdoor = extent[6] > 0.5
    shade = _shade(p, n, extent, blocks, own, not outdoor)
    facing = max(n[0] * sun[0] + n[1] * sun[1] + n[2] * sun[2], 0.0)
    if outdoor:
        sky = (0.62 + 0.38 * n[1]) * shade
        share = 0.62 * extent[7]
        lit = _sunlit(p, sun, blocks, reach, own) * facing / max(sun[1], 0.3) if facing > 0 else 0.0
        return (1 - share) * sky, share * min(lit, 1.6)
    # The floor throws light back to what looks down.
    everywhere = _AMBIENT * shade * (1.0 - 0.9 * min(n[1], 0.0))
    if extent[5] > 1e-9:
        # Furniture gets what the side of the room that looks the same way gets there.
        at = side
        if own >= 0:
            at = 2 if n[1] > 0.5 else (4 if abs(n[2]) > abs(n[0]) else 0)
            if at != 2 and n[at // 2] < 0:
                at += 1
        lamp = _mapped(p, at, extent, level) / extent[5]
        everywhere += (1 - _AMBIENT) * min(lamp, 2.2) * (0.4 + 0.6 * shade)
    else:
        everywhere += (1 - _AMBIENT) * shade * (0.8 + 0.2 * n[1])
    through = 0.0
    if facing > 0 and extent[7] > 0:
        through = 1.3 * extent[7] * facing * _window_sun(p, sun, extent, panels)
    return everywhere, through
