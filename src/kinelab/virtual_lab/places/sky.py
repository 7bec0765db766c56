"""Sky, clouds, far trees, and the water's surface from below (compiled). Colours are linear light."""

from __future__ import annotations

import math

from kinelab.core.checks import Array
from kinelab.core.compiled import compiled_inside
from kinelab.virtual_lab.noise import smooth_noise

FAR_M = 60.0
_WATER_INDEX = 1.333


@compiled_inside
def haze(c: int) -> float:
    """Colour of the air at the horizon."""
    return 0.62 if c == 0 else (0.72 if c == 1 else 0.82)


@compiled_inside
def sky_colour(
    out: Array, ray: Array, eye_y: float, sun: Array, clouds: float, scenery: float, seed: int
) -> bool:
    """What a ray that meets nothing nearer sees: far trees up to `scenery` m high (True) or sky (False)."""
    length = math.sqrt(ray[0] ** 2 + ray[1] ** 2 + ray[2] ** 2)
    flat = math.sqrt(ray[0] ** 2 + ray[2] ** 2) / length
    up = ray[1] / length
    # Noise along a circle, so that the outline closes.
    x, z = FAR_M * ray[0] / max(flat * length, 1e-9), FAR_M * ray[2] / max(flat * length, 1e-9)
    high = eye_y + FAR_M * up / max(flat, 1e-3)
    outline = 0.45 + 0.5 * smooth_noise(x / 9.0, z / 9.0, seed) + 0.25 * smooth_noise(x / 2.2, z / 2.2, seed)
    outline += 0.12 * smooth_noise(x / 0.5, z / 0.5, seed)
    if scenery > 0 and high < scenery * outline:
        around = x if abs(z) > abs(x) else z
        leaf = 0.5 * smooth_noise(around / 1.6, high / 1.6, seed + 3)
        leaf += 0.5 * smooth_noise(around / 0.4, high / 0.4, seed + 4)
        light = (0.25 + 0.9 * leaf) * (0.55 + 0.45 * high / scenery)
        for c in range(3):
            green = (0.10, 0.17, 0.06)[c] * light
            out[c] = 0.72 * green + 0.28 * 0.6 * haze(c)
        return True
    rise = math.sqrt(max(up, 0.0))
    towards = max((ray[0] * sun[0] + ray[1] * sun[1] + ray[2] * sun[2]) / length, 0.0)
    glow = 0.25 * towards**8 + 1.5 * towards**400
    cover = 0.0
    if clouds > 0 and up > 0.01:
        x, z = ray[0] / ray[1], ray[2] / ray[1]
        shape = 0.0
        size = 1.0
        for k in range(4):
            shape += 0.53 * size * smooth_noise(x / size, z / size, seed + 10 + k)
            size *= 0.5
        cover = min(max((shape - 1.0 + 0.75 * clouds) / 0.28, 0.0), 1.0) * min(up / 0.08, 1.0)
    for c in range(3):
        zenith = (0.11, 0.26, 0.60)[c]
        blue = haze(c) * (1 - rise) + zenith * rise
        white = 0.88 - 0.25 * cover * rise
        out[c] = blue * (1 - cover) + white * cover + glow * (1 - 0.7 * cover)
    return False


@compiled_inside
def ripple(x: float, z: float, seed: int) -> tuple[float, float]:
    """Slope of the water's surface at (x, z) m: short waves of about 5 deg."""
    e = 0.02
    here = smooth_noise(x * 2.3, z * 2.3, seed) + 0.45 * smooth_noise(x * 6.1, z * 6.1, seed + 1)
    right = smooth_noise((x + e) * 2.3, z * 2.3, seed) + 0.45 * smooth_noise((x + e) * 6.1, z * 6.1, seed + 1)
    ahead = smooth_noise(x * 2.3, (z + e) * 2.3, seed) + 0.45 * smooth_noise(x * 6.1, (z + e) * 6.1, seed + 1)
    return 0.05 * (right - here) / e, 0.05 * (ahead - here) / e


@compiled_inside
def through_surface(ray: Array, slope_x: float, slope_z: float) -> float:
    """Share of the light that a ray going up in water finds above it (Snell's window), 0 beyond 48.6 deg.

    Fresnel's formulas, mean of both polarisations; the rest is mirrored from below.
    """
    length = math.sqrt(ray[0] ** 2 + ray[1] ** 2 + ray[2] ** 2)
    normal = math.sqrt(1 + slope_x**2 + slope_z**2)
    cos_in = (ray[1] - slope_x * ray[0] - slope_z * ray[2]) / (length * normal)
    if cos_in <= 0:
        return 0.0
    square = 1 - _WATER_INDEX**2 * (1 - cos_in**2)
    if square <= 0:
        return 0.0
    cos_out = math.sqrt(square)
    across = (_WATER_INDEX * cos_in - cos_out) / (_WATER_INDEX * cos_in + cos_out)
    along = (cos_in - _WATER_INDEX * cos_out) / (cos_in + _WATER_INDEX * cos_out)
    through: float = 1 - 0.5 * (across**2 + along**2)
    return through
