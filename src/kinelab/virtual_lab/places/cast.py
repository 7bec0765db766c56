"""Casting rays at a place: what each pixel sees, how it is lit, and what the floor mirrors (compiled)."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Array, IntArray
from kinelab.core.compiled import compiled_bare, compiled_inside
from kinelab.virtual_lab.places.light_field import crown, light_at, slab
from kinelab.virtual_lab.places.sky import FAR_M, haze, ripple, sky_colour, through_surface
from kinelab.virtual_lab.places.surfaces import (
    band,
    block_colour,
    floor_colour,
    grain,
    panel_colour,
    wall_colour,
)

Scene = tuple[Array, IntArray, Array, Array, Array, Array, Array, Array, Array]
"""extent (see `light_at`, then gloss, clouds, scenery), kinds (floor, wall, ceiling, seed), colours (4, 3),
panels (P, 9), blocks (B, 11), lamps (L, 4), sun (3,), level (6, N, N), reach (B, 12; see `block_reach`)."""

_SKY, _TREES = -1, -2
_CEILING, _FLOOR = 3, 2  # of the room's six sides: start, end, floor, ceiling, back, front
_FIRST_BLOCK = 6


@compiled_inside
def _hit(eye: Array, ray: Array, u: float, scene: Scene, row: IntArray) -> tuple[float, int]:
    """Depth and side (0 to 5 the room's, then six for each block, -1 sky) of the nearest thing."""
    extent, _, _, _, blocks, _, _, _, reach = scene
    best, side = 1e9, _SKY
    if extent[6] > 0.5:
        # Where the far trees stand, the ground ends.
        if ray[1] < 0 and eye[1] * math.hypot(ray[0], ray[2]) < -ray[1] * FAR_M:
            best, side = -eye[1] / ray[1], _FLOOR
    else:
        for axis in range(3):
            d = ray[axis]
            if abs(d) < 1e-12:
                continue
            low = extent[0] if axis == 0 else (0.0 if axis == 1 else extent[2])
            high = extent[1] if axis == 0 else (extent[4] if axis == 1 else extent[3])
            t = ((high if d > 0 else low) - eye[axis]) / d
            if 0 < t < best:
                best, side = t, 2 * axis + (1 if d > 0 else 0)
    for k in range(1, row[0] + 1):
        i = row[k]
        if u < reach[i, 0] or u > reach[i, 2]:
            continue
        if blocks[i, 6] == 7:
            t, face = crown(eye, ray, blocks[i]), 5
        else:
            t, face = slab(eye, ray, blocks[i])
        if t < best:
            best, side = t, _FIRST_BLOCK + 6 * i + face
    return best, side


@compiled_inside
def _panel_at(wall: int, along: float, y: float, panels: Array) -> int:
    for k in range(panels.shape[0] - 1, -1, -1):
        row = panels[k]
        if int(row[0]) == wall and row[1] <= along <= row[2] and row[3] <= y <= row[4]:
            return k
    return -1


@compiled_inside
def _paint(out: Array, p: Array, side: int, w: float, scene: Scene) -> tuple[float, int]:
    """Colour of a point of the room's sides; the share that shines by itself, and which panel (-1 none)."""
    _, kinds, colours, panels, _, lamps, _, _, _ = scene
    if side == _FLOOR:
        floor_colour(out, p[0], p[2], w, kinds[0], kinds[3], colours)
        return 0.0, -1
    if side == _CEILING:
        for i in range(lamps.shape[0]):
            if lamps[i, 0] <= p[0] <= lamps[i, 1] and lamps[i, 2] <= p[2] <= lamps[i, 3]:
                out[0], out[1], out[2] = 1.5, 1.48, 1.4
                return 1.0, i
        line = max(band(p[0], 0.6, 0.02, w), band(p[2], 0.6, 0.02, w)) if kinds[2] == 1 else 0.0
        for c in range(3):
            out[c] = 0.78 * (1 - 0.3 * line)
        return 0.0, -1
    wall = side - 4 if side >= 4 else side + 2
    along = p[0] if side >= 4 else p[2]
    k = _panel_at(wall, along, p[1], panels)
    if k >= 0:
        glow = panel_colour(out, along - panels[k, 1], p[1] - panels[k, 3], w, panels[k], kinds[3] + k)
        return glow, k
    wall_colour(out, along, p[1], w, kinds[1], kinds[3] + wall, colours)
    return 0.0, -1


@compiled_inside
def _mirrored(out: Array, p: Array, ray: Array, u: float, v: float, scene: Scene, work: Array) -> None:
    """What the floor at p mirrors of the room: no detail, for floors are never quite smooth."""
    extent, _, _, panels, blocks, lamps, _, _, reach = scene
    work[0], work[1], work[2] = ray[0], -ray[1], ray[2]
    best, side = 1e9, 0
    for axis in range(3):
        d = work[axis]
        if abs(d) < 1e-12 or (axis == 1 and d <= 0):
            continue
        low, high = (extent[0], extent[1]) if axis == 0 else (0.0, extent[4])
        if axis == 2:
            low, high = extent[2], extent[3]
        t = ((high if d > 0 else low) - p[axis]) / d
        if 0 < t < best:
            best, side = t, 2 * axis + (1 if d > 0 else 0)
    nearest = -1
    for i in range(blocks.shape[0]):
        if u < reach[i, 4] or u > reach[i, 6] or v < reach[i, 5] or v > reach[i, 7]:
            continue
        t, _ = slab(p, work[:3], blocks[i])
        if t < best:
            best, nearest = t, i
    if nearest >= 0:
        for c in range(3):
            out[c] = 0.6 * blocks[nearest, 7 + c]
        return
    x, y, z = p[0] + best * work[0], best * work[1], p[2] + best * work[2]
    soft = 0.06 + 0.03 * best
    shine = 0.0
    if side == _CEILING:
        for i in range(lamps.shape[0]):
            rim = min(min(x - lamps[i, 0], lamps[i, 1] - x), min(z - lamps[i, 2], lamps[i, 3] - z))
            shine = max(shine, min(max(0.5 + rim / soft, 0.0), 1.0))
    else:
        wall, along = (side - 4, x) if side >= 4 else (side + 2, z)
        for i in range(panels.shape[0]):
            if panels[i, 5] == 1 and int(panels[i, 0]) == wall:
                rim = min(
                    min(along - panels[i, 1], panels[i, 2] - along), min(y - panels[i, 3], panels[i, 4] - y)
                )
                shine = max(shine, min(max(0.5 + rim / soft, 0.0), 1.0))
    for c in range(3):
        plain = 0.7 if side == _CEILING else 0.7 * scene[2][2, c]
        out[c] = plain * (1 - shine) + 1.8 * shine


@compiled_inside
def _see(
    out: Array,
    eye: Array,
    ray: Array,
    u: float,
    v: float,
    focal: float,
    scene: Scene,
    row: IntArray,
    work: Array,
) -> tuple[float, int]:
    """Linear colour of what a ray meets; its depth (1e9: sky) and a number for the thing, for edges."""
    extent, kinds, _, panels, blocks, _, sun, level, reach = scene
    t, side = _hit(eye, ray, u, scene, row)
    if side == _SKY:
        trees = sky_colour(out, ray, eye[1], sun, extent[9], extent[10], kinds[3])
        return 1e9, _TREES if trees else _SKY
    p, n = work[3:6], work[6:9]
    for c in range(3):
        p[c] = eye[c] + t * ray[c]
        n[c] = 0.0
    length = math.sqrt(ray[0] ** 2 + ray[1] ** 2 + ray[2] ** 2)
    face = side if side < _FIRST_BLOCK else (side - _FIRST_BLOCK) % 6
    axis = face // 2
    inwards = -1.0 if (face % 2 == 1) == (side < _FIRST_BLOCK) else 1.0
    n[axis] = inwards
    # The mean of the pixel's extent along and across the line of sight.
    w = t / focal / math.sqrt(max(abs(ray[axis]) / length, 0.02))
    if side == _CEILING and kinds[2] == 3:
        _water_ceiling(out, p, ray, w, scene, work)
        return t, side
    glow, number = 0.0, side
    if side >= _FIRST_BLOCK:
        block = blocks[(side - _FIRST_BLOCK) // 6]
        if block[6] == 7:
            _round(n, p, block)
            block_colour(out, p[2] if abs(n[0]) > abs(n[2]) else p[0], p[1], w, block, False)
        elif axis == 1:
            block_colour(out, p[0] - block[0], p[2] - block[2], w, block, True)
        else:
            block_colour(out, p[2 - axis] - block[2 - axis], p[1] - block[1], w, block, False)
    else:
        glow, panel = _paint(out, p, side, w, scene)
        number = side - 10 * (panel + 2) if panel >= 0 else side
    everywhere, sunny = light_at(p, n, side, extent, panels, blocks, reach, level, sun)
    for c in range(3):
        warm = 1.06 - 0.06 * c
        out[c] *= glow + (1 - glow) * (everywhere + sunny * warm)
    if side == _FLOOR and extent[8] > 0 and extent[6] < 0.5:
        cosine = min(-ray[1] / length, 1.0)
        fresnel = extent[8] * (0.04 + 0.96 * (1 - cosine) ** 5)
        _mirrored(work[9:12], p, ray, u, v, scene, work)
        for c in range(3):
            out[c] = out[c] * (1 - fresnel) + fresnel * work[9 + c]
    if extent[6] > 0.5:
        clear = math.exp(-t / 140.0)
        for c in range(3):
            out[c] = out[c] * clear + 0.8 * haze(c) * (1 - clear)
    return t, number


@compiled_inside
def _round(n: Array, p: Array, block: Array) -> None:
    """Normal of the ellipsoid in a block."""
    square = 0.0
    for c in range(3):
        half = 0.5 * (block[c + 3] - block[c])
        n[c] = (p[c] - 0.5 * (block[c + 3] + block[c])) / (half * half)
        square += n[c] * n[c]
    for c in range(3):
        n[c] /= math.sqrt(square)


@compiled_inside
def _water_ceiling(out: Array, p: Array, ray: Array, w: float, scene: Scene, work: Array) -> None:
    """The water's surface from below: sky in Snell's window, around it the pool mirrored."""
    extent, kinds, colours, _, _, _, _, _, _ = scene
    keep = min(max(1.6 - w / 0.25, 0.0), 1.0)
    slope_x, slope_z = ripple(p[0], p[2], kinds[3])
    slope_x, slope_z = slope_x * keep, slope_z * keep
    open_ = through_surface(ray, slope_x, slope_z)
    # Mirrored: down to the floor, or to a wall on the way.
    ray_x, ray_z = ray[0] + 2 * slope_x * ray[1], ray[2] + 2 * slope_z * ray[1]
    t, wall = extent[4] / max(ray[1], 1e-6), -1
    for axis in range(0, 3, 2):
        d = ray_x if axis == 0 else ray_z
        if abs(d) < 1e-12:
            continue
        to_wall = (extent[axis + (1 if d > 0 else 0)] - p[axis]) / d
        if to_wall < t:
            t, wall = to_wall, axis
    x, z = p[0] + t * ray_x, p[2] + t * ray_z
    # Waves leave no more of it than its colour, a little darker where joints are.
    tile = grain(x + z if wall < 0 else x - z, extent[4] - t * ray[1], 0.3, w, kinds[3])
    for c in range(3):
        plain = 0.5 * (colours[0, c] + colours[1, c]) if wall < 0 else colours[2, c]
        work[9 + c] = plain * (0.92 + 0.3 * tile)
    swell = min(max(1.0 + 2.2 * (slope_x + slope_z), 0.5), 1.8)
    for c in range(3):
        day = (0.85, 0.95, 1.0)[c] * 1.15
        out[c] = open_ * day + (1 - open_) * 0.85 * swell * work[9 + c]


@compiled_inside
def _look(ray: Array, eye: Array, u: float, v: float, lens: Array) -> None:
    px, py = (u - lens[1]) / lens[0], (v - lens[2]) / lens[0]
    for c in range(3):
        ray[c] = eye[0, c] * px + eye[1, c] * py + eye[2, c]


class View(NamedTuple):
    """What a camera sees of a place: image (H, W, 3) linear light, floor (H, W, 2) X, Z m and NaN where there
    is none, depth (H, W) m, thing (H, W) a number for what is seen there."""

    image: NDArray[np.float32]
    floor: NDArray[np.float32]
    depth: NDArray[np.float32]
    thing: NDArray[np.int32]


def empty_view(width: int, height: int) -> View:
    """Room for so many pixels."""
    shape = (height, width)
    image, floor = np.empty((*shape, 3), np.float32), np.empty((*shape, 2), np.float32)
    return View(image, floor, np.empty(shape, np.float32), np.empty(shape, np.int32))


def cast_place(view: View, lens: Array, eye: Array, scene: Scene) -> None:
    """Fill a view.

    lens: focal length and centre, px; eye (4, 3): rotation rows, then position. One ray a pixel, four more
    where neighbours see different things.
    """
    row = np.zeros(len(scene[4]) + 1, np.int64)
    _cast(view, lens, eye, scene, row, np.empty(18))


@compiled_inside
def _list_row(row: IntArray, v: float, reach: Array) -> None:
    """Enter in `row` how many blocks the pixels of row v can see, then which."""
    row[0] = 0
    for i in range(reach.shape[0]):
        if reach[i, 1] <= v + 0.5 and reach[i, 3] >= v - 0.5:
            row[0] += 1
            row[row[0]] = i


@compiled_bare
def _cast(view: View, lens: Array, eye: Array, scene: Scene, row: IntArray, work: Array) -> None:
    image, floor, depth, thing = view
    height, width = depth.shape
    colour, ray = work[12:15], work[15:18]
    # One place that calls `_see`, for it becomes much machine code.
    for fine in range(2):
        rays = 4 if fine else 1
        for v in range(height):
            _list_row(row, v, scene[8])
            for u in range(width):
                if fine and not _on_edge(thing, u, v, scene[4]):
                    continue
                red, green, blue = 0.0, 0.0, 0.0
                for k in range(rays):
                    su = u + (0.5 * (k % 2) - 0.25 if fine else 0.0)
                    sv = v + (0.5 * (k // 2) - 0.25 if fine else 0.0)
                    _look(ray, eye, su, sv, lens)
                    focal = lens[0] * (1 + fine)
                    t, number = _see(colour, eye[3], ray, su, sv, focal, scene, row, work)
                    # Limited before they are added up, or a lamp's edge would stay jagged.
                    red += min(colour[0], 1.3)
                    green += min(colour[1], 1.3)
                    blue += min(colour[2], 1.3)
                image[v, u, 0], image[v, u, 1], image[v, u, 2] = red / rays, green / rays, blue / rays
                if not fine:
                    thing[v, u] = number
                    depth[v, u] = t if t < 1e8 else np.inf
                    seen = number == _FLOOR
                    floor[v, u, 0] = eye[3, 0] + t * ray[0] if seen else np.nan
                    floor[v, u, 1] = eye[3, 2] + t * ray[2] if seen else np.nan


@compiled_inside
def _on_edge(thing: NDArray[np.int32], u: int, v: int, blocks: Array) -> bool:
    """Whether a neighbour sees something else, or the pixel sees leaves, which are nothing but edges."""
    height, width = thing.shape
    own = thing[v, u]
    if (u > 0 and thing[v, u - 1] != own) or (u + 1 < width and thing[v, u + 1] != own):
        return True
    if (v > 0 and thing[v - 1, u] != own) or (v + 1 < height and thing[v + 1, u] != own):
        return True
    if own < _FIRST_BLOCK:
        return False
    leaves: bool = blocks[(own - _FIRST_BLOCK) // 6, 6] == 7
    return leaves
