"""The colour of what is seen: light, shadow, material and folds at every pixel (compiled)."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Array, IntArray
from kinelab.core.compiled import compiled_bare, compiled_inside
from kinelab.virtual_lab.drawing.items import COLOUR, PART, PATTERN, PERIOD, SECOND, SHINE, WRINKLE, Item
from kinelab.virtual_lab.drawing.kernels_fill import CELL, SHIFT, Samples, Screen
from kinelab.virtual_lab.drawing.patterns import fold_slope, hem_gain, pattern_at, strands
from kinelab.virtual_lab.drawing.shadow import FlatMap, lit_share
from kinelab.virtual_lab.drawing.sky import SkyMap, sky_share
from kinelab.virtual_lab.drawing.surface import PARTS

FloatArray = NDArray[np.float32]
_SKIN, _HAIR, _EYES = PARTS.index("skin"), PARTS.index("hair"), PARTS.index("eyes")
# How far light goes round the edge of a shadow, red, green, blue: in skin it scatters, red most.
_SKIN_WRAP = (0.34, 0.16, 0.11)
_CLOTH_WRAPS = (0.06, 0.06, 0.06)
_TOP, _BOTTOM = PARTS.index("top"), PARTS.index("bottom")
# Skin goes on so far under cloth; beyond the hem it lies in its shade for so far.
SKIN_HIDDEN_M, _UNDER_HEM_M = 0.010, 0.012
_UNDER_BODIES = 0.3  # share of the light from all round that is left where no sky is seen
# Shadows are looked up a little off the surface, so that it does not shade itself by the map's coarseness.
_LIFT_M, _BIAS_M = 0.010, 0.004


class View(NamedTuple):
    """eye (5, 3) as in `project_eye`; lamp (4, 3): direction to the key light, its colour, sky, ground.

    key: what the key light meets first; sky: how high things stand.
    """

    eye: Array
    lamp: Array
    key: FlatMap
    sky: SkyMap


class Spot(NamedTuple):
    """What is known of a surface where a pixel sees it: means over the pixel's samples that see it.

    Normal, tint, place at rest, cover, crease; depth in m; the triangle; whether its outside is seen.
    """

    nx: float
    ny: float
    nz: float
    red: float
    green: float
    blue: float
    x: float
    y: float
    z: float
    cover: float
    crease: float
    depth: float
    triangle: int
    outside: bool


@compiled_bare
def shade(
    colour: FloatArray,
    weight: FloatArray,
    samples: Samples,
    item: Item,
    number: int,
    screen: Screen,
    view: View,
) -> None:
    """Add what is seen of one item to colour (H, W, 3), linear light times samples, and weight (H, W).

    The samples of a pixel that see one material are shaded together, from the means of what they see:
    the outline gets four samples a pixel, the costly shading one.
    """
    # Arrays out of their tuples first: numba counts references at every access to them.
    item_at, seen, face, carried, vertex = samples.item, samples.seen, item.face, item.carried, item.vertex
    normals, material_of, table, eye, lamp = item.normal, item.material, item.table, view.eye, view.lamp
    key_frame, key_near, place, nearness = view.key.frame, view.key.near, screen.place, screen.near
    sky_top, sky_place = view.sky.top, view.sky.place
    for v in range(colour.shape[0]):
        for u in range(colour.shape[1]):
            done = 0
            for k in range(4):
                row, column = 2 * v + (k >> 1), 2 * u + (k & 1)
                if item_at[row, column] != number or done >> k & 1:
                    continue
                material = material_of[seen[row, column]]
                group, count = 0, 0
                for j in range(k, 4):
                    row, column = 2 * v + (j >> 1), 2 * u + (j & 1)
                    if item_at[row, column] == number and material_of[seen[row, column]] == material:
                        group |= 1 << j
                        count += 1
                done |= group
                look = table[material]
                spot = _gather(seen, face, place, nearness, normals, carried, v, u, group, count)
                towards, where = _rays(eye, u, v, spot.depth)
                normal = _faced(spot.nx, spot.ny, spot.nz, towards)
                wrap = _SKIN_WRAP[0] if look[PART] == _SKIN else _CLOTH_WRAPS[0]
                lit = _lit(key_frame, key_near, lamp, where, normal, wrap)
                open_sky = sky_share(sky_top, sky_place, where, normal)
                pixel_m = spot.depth / eye[4, 0]
                albedo = _albedo(look, face, carried, spot, pixel_m)
                if look[WRINKLE] > 0.0:
                    normal = _folded(face, carried, vertex, spot, normal, look[WRINKLE], pixel_m)
                red, green, blue = _lighted(look, albedo, normal, towards, lit, open_sky, lamp)
                colour[v, u, 0] += red * count
                colour[v, u, 1] += green * count
                colour[v, u, 2] += blue * count
                weight[v, u] += count


@compiled_inside
def _gather(
    seen: NDArray[np.int32], face: NDArray[np.int32], place: IntArray, nearness: Array,
    normals: FloatArray, carried: FloatArray, v: int, u: int, group: int, count: int,
) -> Spot:  # fmt: skip
    """The mean of what the `count` samples in the bit set `group` of pixel (u, v) see of an item."""
    nx = ny = nz = red = green = blue = x = y = z = cover = crease = near = 0.0
    triangle, outside = 0, True
    for k in range(4):
        if not group >> k & 1:
            continue
        row, column = 2 * v + (k >> 1), 2 * u + (k & 1)
        sx = CELL * column + (SHIFT if k >> 1 == 0 else -SHIFT)
        sy = CELL * row + (-SHIFT if k & 1 == 0 else SHIFT)
        triangle = seen[row, column]
        a, b, c = face[triangle, 0], face[triangle, 1], face[triangle, 2]
        ax, ay = float(place[a, 0] - sx), float(place[a, 1] - sy)
        bx, by = float(place[b, 0] - sx), float(place[b, 1] - sy)
        cx, cy = float(place[c, 0] - sx), float(place[c, 1] - sy)
        ea, eb, ec = bx * cy - by * cx, cx * ay - cy * ax, ax * by - ay * bx
        # Weights that are straight in space, not in the image.
        wa, wb, wc = ea * nearness[a], eb * nearness[b], ec * nearness[c]
        total = wa + wb + wc
        near += total / (ea + eb + ec)
        outside = total < 0.0
        wa, wb, wc = wa / total, wb / total, wc / total
        side = 1.0 if outside else -1.0
        p, q, r = normals[a], normals[b], normals[c]
        nx += side * (wa * p[0] + wb * q[0] + wc * r[0])
        ny += side * (wa * p[1] + wb * q[1] + wc * r[1])
        nz += side * (wa * p[2] + wb * q[2] + wc * r[2])
        p, q, r = carried[a], carried[b], carried[c]
        red += wa * p[0] + wb * q[0] + wc * r[0]
        green += wa * p[1] + wb * q[1] + wc * r[1]
        blue += wa * p[2] + wb * q[2] + wc * r[2]
        x += wa * p[3] + wb * q[3] + wc * r[3]
        y += wa * p[4] + wb * q[4] + wc * r[4]
        z += wa * p[5] + wb * q[5] + wc * r[5]
        cover += wa * p[6] + wb * q[6] + wc * r[6]
        crease += wa * p[7] + wb * q[7] + wc * r[7]
    m = 1.0 / count
    return Spot(
        nx, ny, nz, red * m, green * m, blue * m, x * m, y * m, z * m, cover * m, crease * m,
        count / near, triangle, outside,
    )  # fmt: skip


@compiled_inside
def _rays(
    eye: Array, u: int, v: int, depth: float
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """The unit way to the eye from what pixel (u, v) sees at a depth, and its place in the ground frame."""
    px, py = (u - eye[4, 1]) / eye[4, 0], (v - eye[4, 2]) / eye[4, 0]
    x = eye[0, 0] * px + eye[1, 0] * py + eye[2, 0]
    y = eye[0, 1] * px + eye[1, 1] * py + eye[2, 1]
    z = eye[0, 2] * px + eye[1, 2] * py + eye[2, 2]
    reach = -1.0 / math.sqrt(x * x + y * y + z * z)
    towards = (x * reach, y * reach, z * reach)
    return towards, (eye[3, 0] + depth * x, eye[3, 1] + depth * y, eye[3, 2] + depth * z)


@compiled_inside
def _faced(x: float, y: float, z: float, towards: tuple[float, float, float]) -> tuple[float, float, float]:
    """A unit normal that looks at the eye: smooth normals of an outline may look a little away from it."""
    away = x * towards[0] + y * towards[1] + z * towards[2]
    if away < 0.0:
        x, y, z = x - away * towards[0], y - away * towards[1], z - away * towards[2]
    length = math.sqrt(x * x + y * y + z * z)
    if length < 1e-9:
        return towards
    return x / length, y / length, z / length


@compiled_inside
def _lit(
    key_frame: Array, key_near: FloatArray, lamp: Array,
    place: tuple[float, float, float], normal: tuple[float, float, float], wrap: float,
) -> float:  # fmt: skip
    """Share of the key light that reaches a spot."""
    slope = normal[0] * lamp[0, 0] + normal[1] * lamp[0, 1] + normal[2] * lamp[0, 2]
    if slope < -wrap:
        return 0.0
    lift = _LIFT_M * (1.5 - min(max(slope, 0.0), 1.0))
    x, y, z = place[0] + lift * normal[0], place[1] + lift * normal[1], place[2] + lift * normal[2]
    return lit_share(key_frame, key_near, x, y, z, _BIAS_M)


@compiled_inside
def _albedo(
    look: Array, face: NDArray[np.int32], carried: FloatArray, spot: Spot, pixel_m: float
) -> tuple[float, float, float]:
    """Linear colour of a spot before light: material, pattern, strands, tint."""
    share, gain = 0.0, 1.0
    if look[PATTERN] > 0:
        ahead = _looks_ahead(face, carried, spot.triangle)
        share, gain = pattern_at(int(look[PATTERN]), look[PERIOD], spot.x, spot.y, spot.z, ahead, pixel_m)
    if look[PART] == _HAIR:
        gain = strands(spot.x, spot.y, spot.z, pixel_m)
    elif look[PART] == _SKIN:
        gain -= 0.45 * min(max(1.0 - (spot.cover - SKIN_HIDDEN_M) / _UNDER_HEM_M, 0.0), 1.0)
    elif look[PART] == _TOP or look[PART] == _BOTTOM:
        gain *= hem_gain(spot.cover, pixel_m)
    # Tints multiply the stored colour, whose curve is nearly a square: so their square multiplies light.
    return (
        (look[COLOUR] * (1 - share) + look[SECOND] * share) * gain * spot.red * spot.red,
        (look[COLOUR + 1] * (1 - share) + look[SECOND + 1] * share) * gain * spot.green * spot.green,
        (look[COLOUR + 2] * (1 - share) + look[SECOND + 2] * share) * gain * spot.blue * spot.blue,
    )


@compiled_inside
def _looks_ahead(face: NDArray[np.int32], carried: FloatArray, triangle: int) -> float:
    """1 where a triangle at rest looks forward or back, 0 where it looks sideways, soft between."""
    p, q, r = carried[face[triangle, 0]], carried[face[triangle, 1]], carried[face[triangle, 2]]
    ax, ay, az, bx, by, bz = q[3] - p[3], q[4] - p[4], q[5] - p[5], r[3] - p[3], r[4] - p[4], r[5] - p[5]
    x, z = ay * bz - az * by, ax * by - ay * bx
    share = x * x / (x * x + z * z + 1e-20)
    share = min(max(2.5 * share - 0.75, 0.0), 1.0)
    return float(share * share * (3 - 2 * share))


@compiled_inside
def _folded(
    face: NDArray[np.int32], carried: FloatArray, vertex: FloatArray, spot: Spot,
    normal: tuple[float, float, float], depth_m: float, pixel_m: float,
) -> tuple[float, float, float]:  # fmt: skip
    """The normal bent by the cloth's folds, which are a height over the place at rest (Blinn 1978)."""
    gx, gy, gz = fold_slope(spot.x, spot.y, spot.z, spot.crease)
    a, b, c = face[spot.triangle, 0], face[spot.triangle, 1], face[spot.triangle, 2]
    p, q, r = carried[a], carried[b], carried[c]
    along_b = gx * (q[3] - p[3]) + gy * (q[4] - p[4]) + gz * (q[5] - p[5])
    along_c = gx * (r[3] - p[3]) + gy * (r[4] - p[4]) + gz * (r[5] - p[5])
    bx, by, bz = vertex[b, 0] - vertex[a, 0], vertex[b, 1] - vertex[a, 1], vertex[b, 2] - vertex[a, 2]
    cx, cy, cz = vertex[c, 0] - vertex[a, 0], vertex[c, 1] - vertex[a, 1], vertex[c, 2] - vertex[a, 2]
    bb, bc, cc = bx * bx + by * by + bz * bz, bx * cx + by * cy + bz * cz, cx * cx + cy * cy + cz * cz
    square = bb * cc - bc * bc
    if square < 1e-18:
        return normal
    # Folds finer than two pixels would only flicker.
    scale = depth_m / square * min(max(1.5 - pixel_m / 0.02, 0.0), 1.0)
    sb, sc = (along_b * cc - along_c * bc) * scale, (along_c * bb - along_b * bc) * scale
    side = 1.0 if spot.outside else -1.0
    x = normal[0] - side * (sb * bx + sc * cx)
    y = normal[1] - side * (sb * by + sc * cy)
    z = normal[2] - side * (sb * bz + sc * cz)
    length = math.sqrt(x * x + y * y + z * z)
    return x / length, y / length, z / length


@compiled_inside
def _lighted(
    look: Array, albedo: tuple[float, float, float], normal: tuple[float, float, float],
    towards: tuple[float, float, float], lit: float, open_sky: float, lamp: Array,
) -> tuple[float, float, float]:  # fmt: skip
    """Light sent to the eye: the key light's soft and shiny part, light from all round, a bright rim."""
    slope = normal[0] * lamp[0, 0] + normal[1] * lamp[0, 1] + normal[2] * lamp[0, 2]
    facing = max(normal[0] * towards[0] + normal[1] * towards[1] + normal[2] * towards[2], 0.0)
    is_skin = look[PART] == _SKIN
    # Skin is never quite dry: dark skin above all is seen by what it mirrors.
    shine = look[SHINE] + (0.25 if is_skin else 0.0)
    glint = 0.0
    if slope > 0.0 and lit > 0.0:
        glint = _glint(normal, towards, lamp, shine) * slope * lit
    # Where no sky is seen, bodies send a part of what they get.
    open_sky = _UNDER_BODIES + (1.0 - _UNDER_BODIES) * open_sky
    up, down = (0.5 + 0.5 * normal[1]) * open_sky, (0.5 - 0.5 * normal[1]) * (0.5 + 0.5 * open_sky)
    # What is mirrored from all round: the sky, or the ground, that the mirrored ray goes to.
    rise = min(max(0.5 + 0.8 * (2.0 * facing * normal[1] - towards[1]), 0.0), 1.0)
    mirrored = 0.008 + 0.06 * shine + (1.0 - facing) ** 4 * (0.08 + 0.25 * shine)
    above, below = mirrored * rise * open_sky, mirrored * (1.0 - rise) * open_sky
    wraps = _SKIN_WRAP if is_skin else _CLOTH_WRAPS
    red, green, blue = albedo
    return (
        red * (lamp[1, 0] * _spread(slope, lit, wraps[0]) + up * lamp[2, 0] + down * lamp[3, 0])
        + lamp[1, 0] * glint + above * lamp[2, 0] + below * lamp[3, 0],
        green * (lamp[1, 1] * _spread(slope, lit, wraps[1]) + up * lamp[2, 1] + down * lamp[3, 1])
        + lamp[1, 1] * glint + above * lamp[2, 1] + below * lamp[3, 1],
        blue * (lamp[1, 2] * _spread(slope, lit, wraps[2]) + up * lamp[2, 2] + down * lamp[3, 2])
        + lamp[1, 2] * glint + above * lamp[2, 2] + below * lamp[3, 2],
    )  # fmt: skip


@compiled_inside
def _glint(
    normal: tuple[float, float, float], towards: tuple[float, float, float], lamp: Array, shine: float
) -> float:
    """Share of the key light that is mirrored to the eye (Blinn 1977), brighter the sharper it is."""
    hx, hy, hz = lamp[0, 0] + towards[0], lamp[0, 1] + towards[1], lamp[0, 2] + towards[2]
    half = math.sqrt(hx * hx + hy * hy + hz * hz)
    middle = max((normal[0] * hx + normal[1] * hy + normal[2] * hz) / max(half, 1e-9), 0.0)
    sharp = 6.0 + 150.0 * shine * shine
    if sharp * (1.0 - middle) > 12.0:
        return 0.0  # below 1e-5
    return float((sharp + 8.0) / 8.0 * middle**sharp * (0.01 + 0.045 * shine))


@compiled_inside
def _spread(slope: float, lit: float, wrap: float) -> float:
    """Share of the key light that a surface at this slope to it gets, some of it from round the edge."""
    return lit * max((slope + wrap) / (1.0 + wrap), 0.0) / (1.0 + wrap)
