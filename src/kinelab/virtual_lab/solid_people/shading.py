"""Colour of what the rays hit: smooth shading, soft edges, and the soft shadow on the floor (compiled)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Array, IntArray
from kinelab.core.compiled import compiled
from kinelab.virtual_lab.solid_people.raycast import nearest

_STRIPE_M = 0.035
_CHECK_M = 0.05


@compiled
def base_colour(out: Array, x: float, y: float, z: float, length: float, paint: Array) -> None:
    """Paint of one solid at a point of its own frame: split along the axis, or stripes, or checks."""
    second = y > paint[6] * max(length, 1e-6)
    if not second and paint[7] > 0.5:
        row = math.floor(y / (_STRIPE_M if paint[7] < 1.5 else _CHECK_M))
        column = 0 if paint[7] < 1.5 else math.floor((math.atan2(x, z) / math.pi + 1.0) * 5.0)
        second = (row + column) % 2 == 0
    start = 3 if second else 0
    for c in range(3):
        out[c] = paint[start + c]


@compiled
def shade(
    out: Array, px: float, py: float, hit: tuple[float, int, float],
    origin: Array, ray: Array, to_shape: Array, look: tuple[Array, Array, Array, Array],
) -> None:  # fmt: skip
    """Colour of one hit into out (3,).

    look = (shape, paint, light, rotation); light = key direction (3), key, ambient, rim; rotation (3, 3)
    ground to camera.
    """
    shape, paint, light, rotation = look
    t, i, foot = hit
    x = origin[i, 0] + t * (ray[i, 0, 0] * px + ray[i, 0, 1] * py + ray[i, 0, 2])
    y = origin[i, 1] + t * (ray[i, 1, 0] * px + ray[i, 1, 1] * py + ray[i, 1, 2])
    z = origin[i, 2] + t * (ray[i, 2, 0] * px + ray[i, 2, 1] * py + ray[i, 2, 2])
    base_colour(out, x, y, z, shape[i, 0], paint[i])
    a = to_shape[i]
    # The normal of a round cone points from the sphere's centre; normals go back by the transpose.
    nx = a[0, 0] * x + a[1, 0] * (y - foot) + a[2, 0] * z
    ny = a[0, 1] * x + a[1, 1] * (y - foot) + a[2, 1] * z
    nz = a[0, 2] * x + a[1, 2] * (y - foot) + a[2, 2] * z
    norm = math.sqrt(nx * nx + ny * ny + nz * nz) + 1e-12
    nx, ny, nz = nx / norm, ny / norm, nz / norm
    lambert = nx * light[0] + ny * light[1] + nz * light[2]
    # Wrapped: light of a room comes from everywhere, so the edge of the shade is soft.
    diffuse = max(0.0, (lambert + 0.35) / 1.35)
    sky = 0.62 + 0.38 * ny
    facing = nx * (rotation[0, 0] * px + rotation[1, 0] * py + rotation[2, 0])
    facing += ny * (rotation[0, 1] * px + rotation[1, 1] * py + rotation[2, 1])
    facing += nz * (rotation[0, 2] * px + rotation[1, 2] * py + rotation[2, 2])
    edge = 1.0 - min(1.0, abs(facing) / math.sqrt(1 + px * px + py * py))
    rim = light[5] * edge * edge * edge * sky
    # Grazing parts of a limb sit in its own shade; a little of it separates limbs of one colour.
    crease = 1.0 - 0.22 * edge * edge
    for c in range(3):
        out[c] = out[c] * (light[3] * diffuse + light[4] * sky) * crease + rim


@compiled
def paint_person(
    image: NDArray[np.float32], depth: Array, solid: NDArray[np.int32], foot: Array, lens: Array,
    origin: Array, ray: Array, to_shape: Array, look: tuple[Array, Array, Array, Array, IntArray],
) -> None:  # fmt: skip
    """Shade every hit into image (H, W, 3); where neighbours see other solids, four rays a pixel.

    look = (shape, paint, light, rotation, box).
    """
    shape, paint, light, rotation, box = look
    inner = (shape, paint, light, rotation)
    height, width = depth.shape
    colour = np.empty(3)
    total = np.empty(3)
    u0, v0 = max(int(box[:, 0].min()) - 1, 0), max(int(box[:, 1].min()) - 1, 0)
    u1, v1 = min(int(box[:, 2].max()) + 1, width), min(int(box[:, 3].max()) + 1, height)
    for v in range(v0, v1):
        for u in range(u0, u1):
            own = solid[v, u]
            edge = u > 0 and solid[v, u - 1] != own
            edge = edge or (u + 1 < width and solid[v, u + 1] != own)
            edge = edge or (v > 0 and solid[v - 1, u] != own)
            edge = edge or (v + 1 < height and solid[v + 1, u] != own)
            if not edge:
                if own >= 0:
                    px, py = (u - lens[1]) / lens[0], (v - lens[2]) / lens[0]
                    hit = (depth[v, u], own, foot[v, u])
                    shade(colour, px, py, hit, origin, ray, to_shape, inner)
                    for c in range(3):
                        image[v, u, c] = colour[c]
                continue
            total[:] = 0.0
            for k in range(4):
                su, sv = u - 0.25 + 0.5 * (k % 2), v - 0.25 + 0.5 * (k // 2)
                t, i, y = nearest(su, sv, lens, origin, ray, shape, box)
                if i < 0:
                    for c in range(3):
                        total[c] += image[v, u, c]
                else:
                    px, py = (su - lens[1]) / lens[0], (sv - lens[2]) / lens[0]
                    shade(colour, px, py, (t, i, y), origin, ray, to_shape, inner)
                    for c in range(3):
                        total[c] += colour[c]
            for c in range(3):
                image[v, u, c] = 0.25 * total[c]


@compiled
def darken_floor(
    image: NDArray[np.float32], floor: NDArray[np.float32], ends: Array, radius: Array, light: Array,
    window: IntArray, strength: float,
) -> None:  # fmt: skip
    """Soft shadow of round cones on the floor.

    floor (H, W, 2) X and Z of the floor seen at each pixel (NaN = no floor there); ends (N, 2, 3) and radius
    (N, 2) m; window (4,) pixels to look at. A part casts a blob along the light, the softer and fainter
    the higher the part is.
    """
    n = ends.shape[0]
    for v in range(window[1], window[3]):
        for u in range(window[0], window[2]):
            x, z = floor[v, u, 0], floor[v, u, 1]
            if not math.isfinite(x):
                continue
            clear = 1.0
            for i in range(n):
                ya, yb = max(ends[i, 0, 1], 0.0), max(ends[i, 1, 1], 0.0)
                ax = ends[i, 0, 0] - light[0] / light[1] * ya
                az = ends[i, 0, 2] - light[2] / light[1] * ya
                bx = ends[i, 1, 0] - light[0] / light[1] * yb - ax
                bz = ends[i, 1, 2] - light[2] / light[1] * yb - az
                size = bx * bx + bz * bz
                share = 0.0
                if size > 1e-9:
                    share = min(max(((x - ax) * bx + (z - az) * bz) / size, 0.0), 1.0)
                gx, gz = x - ax - share * bx, z - az - share * bz
                up = ya + share * (yb - ya)
                r = radius[i, 0] + share * (radius[i, 1] - radius[i, 0])
                reach = r + 0.02 + 0.22 * up
                gap = math.sqrt(gx * gx + gz * gz)
                if gap < reach:
                    fall = 1.0 - gap / reach
                    dark = fall * fall * (3.0 - 2.0 * fall) * min(1.0, 1.4 * r / (r + 0.22 * up))
                    clear = min(clear, 1.0 - dark)
            for c in range(3):
                image[v, u, c] *= 1.0 - strength * (1.0 - clear)
