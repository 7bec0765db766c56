"""Cloth, folds and strands as functions of the place at rest (compiled, inside the shading)."""

from __future__ import annotations

import math

from kinelab.core.compiled import compiled_inside
from kinelab.virtual_lab.drawing.surface import PATTERNS

_STRIPES, _CHECKS, _KNIT = PATTERNS.index("stripes"), PATTERNS.index("checks"), PATTERNS.index("knit")
_DENIM, _PRINT = PATTERNS.index("denim"), PATTERNS.index("print")


@compiled_inside
def _hashed(i: int, j: int, k: int) -> float:
    """A number in [-1, 1) that depends on nothing but the three integers."""
    h = (i * 374761393 + j * 668265263 + k * 2147483647 + 1013904223) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    return ((h ^ (h >> 16)) & 0xFFFFFF) / 8388608.0 - 1.0


@compiled_inside
def noise(x: float, y: float, z: float) -> tuple[float, float, float, float]:
    """Value noise of the unit grid, -1 to 1, and its gradient along x, y, z."""
    i, j, k = math.floor(x), math.floor(y), math.floor(z)
    u, v, w = x - i, y - j, z - k
    su, sv, sw = u * u * (3 - 2 * u), v * v * (3 - 2 * v), w * w * (3 - 2 * w)
    a, b = _hashed(i, j, k), _hashed(i + 1, j, k)
    c, d = _hashed(i, j + 1, k), _hashed(i + 1, j + 1, k)
    e, f = _hashed(i, j, k + 1), _hashed(i + 1, j, k + 1)
    g, h = _hashed(i, j + 1, k + 1), _hashed(i + 1, j + 1, k + 1)
    # a + ku su + kv sv + kw sw + kuv su sv + ...: the trilinear blend, sorted by its terms.
    ku, kv, kw = b - a, c - a, e - a
    kuv, kvw, kwu = a - b - c + d, a - c - e + g, a - b - e + f
    kuvw = b + c - d + e - f - g + h - a
    value = a + ku * su + kv * sv + kw * sw + kuv * su * sv + kvw * sv * sw + kwu * sw * su
    value += kuvw * su * sv * sw
    dx = 6 * u * (1 - u) * (ku + kuv * sv + kwu * sw + kuvw * sv * sw)
    dy = 6 * v * (1 - v) * (kv + kuv * su + kvw * sw + kuvw * su * sw)
    dz = 6 * w * (1 - w) * (kw + kvw * sv + kwu * su + kuvw * su * sv)
    return value, dx, dy, dz


@compiled_inside
def fold_slope(x: float, y: float, z: float, crease: float) -> tuple[float, float, float]:
    """Gradient (per m of depth) of the folds of cloth 1 m deep at a place at rest.

    Ridges 9 cm apart round the body and two and a half times as long down it, swept aside by a slow wave so
    that they do not run straight; where cloth is creased, `crease` times as deep ones that lie across, 4 cm
    apart.
    """
    sway = 0.35 * math.sin(7.0 * y + 5.0 * z) + 0.25 * math.sin(11.0 * x - 4.0 * y)
    value, ax, ay, az = noise(11.0 * x + sway, 4.5 * y + 0.8 * sway, 11.0 * z - sway)
    # A ridge: the fold is sharp on top and flat between, as cloth is.
    gain = 2.0 * (1.0 - 1.4 * abs(value))
    _, bx, by, bz = noise(29.0 * x + 2.0 * sway + 9.0, 15.0 * y, 29.0 * z - 5.0)
    gx = gain * 11.0 * ax + 0.35 * 29.0 * bx
    gy = gain * 4.5 * ay + 0.35 * 15.0 * by
    gz = gain * 11.0 * az + 0.35 * 29.0 * bz
    if crease > 0.02:
        value, ax, ay, az = noise(7.0 * x + sway, 24.0 * y + 2.0 * sway + 6.0 * x, 7.0 * z + 3.0)
        gain = 1.3 * crease * (1.0 - 1.2 * abs(value))
        gx += gain * (7.0 * ax + 6.0 * ay)
        gy += gain * 24.0 * ay
        gz += gain * 7.0 * az
    return gx, gy, gz


@compiled_inside
def _square(phase: float, soft: float) -> float:
    """A square wave of period 1, 0 or 1, its edges `soft` wide; soft >= 1 gives its mean."""
    soft = min(max(soft, 1e-3), 1.0)
    away = abs(phase - math.floor(phase) - 0.5)  # 0 within the band, 0.5 between bands
    edge = min(max((0.25 - away) / soft + 0.5, 0.0), 1.0)
    fade = min(max(2.0 * soft - 1.0, 0.0), 1.0)
    return edge * (1 - fade) + 0.5 * fade


@compiled_inside
def _wave(phase: float, soft: float) -> float:
    """A sine of period 1 between -1 and 1, gone where a pixel is as wide as it."""
    return math.sin(2 * math.pi * phase) * min(max(1.5 - 2.0 * soft, 0.0), 1.0)


@compiled_inside
def pattern_at(
    kind: int, period_m: float, x: float, y: float, z: float, ahead: float, pixel_m: float
) -> tuple[float, float]:
    """(share of the second colour, gain of the colour) at a place at rest, seen by pixels `pixel_m` wide.

    ahead: 1 where the cloth at rest looks forward or back, so that Z runs across it, 0 where it looks
    sideways.
    """
    soft = pixel_m / period_m
    if kind == _STRIPES:
        return _square(y / period_m, soft), 1.0
    if kind == _CHECKS:
        across = ahead * _square(z / period_m, soft) + (1 - ahead) * _square(x / period_m, soft)
        return 0.5 * (_square(y / period_m, soft) + across), 1.0
    if kind == _KNIT:
        # Ribs a tenth of the period, and courses across them.
        rib, course = _wave(10 * (x + 0.6 * z) / period_m, 10 * soft), _wave(8 * y / period_m, 8 * soft)
        return 0.0, 1.0 + 0.10 * rib + 0.05 * course
    if kind == _DENIM:
        twill = 0.5 + 0.5 * _wave(12 * (x + z + y) / period_m, 12 * soft)
        worn = noise(9.0 * x, 4.0 * y, 9.0 * z)[0]
        return 0.16 * twill + 0.06, 1.0 + 0.16 * worn
    if kind == _PRINT:
        spots = noise(x / period_m, y / period_m, z / period_m)[0]
        edge = min(max(spots / max(2.0 * soft, 0.08) + 0.5, 0.0), 1.0)
        fade = min(max(soft - 0.7, 0.0), 1.0)
        return edge * (1 - fade) + 0.5 * fade, 1.0
    return 0.0, 1.0


@compiled_inside
def hem_gain(inside_m: float, pixel_m: float) -> float:
    """Gain of cloth's colour so far inside its hem: a dark edge, and a seam 2 cm from it."""
    width, gain = max(pixel_m, 0.003), 1.0
    if inside_m < 0.003 + width:
        gain -= 0.35 * min(0.004 / width, 1.0) * min((0.003 + width - inside_m) / width, 1.0)
    off = abs(inside_m - 0.020)
    if off < width:
        gain -= 0.30 * min(0.002 / width, 1.0) * (1.0 - off / width)
    return gain


@compiled_inside
def strands(x: float, y: float, z: float, pixel_m: float) -> float:
    """Gain of hair's colour: strands that run down, thin across."""
    coarse = noise(90.0 * x, 6.0 * y, 90.0 * z)[0]
    fine = noise(260.0 * x, 14.0 * y, 260.0 * z)[0] * min(max(1.5 - 400.0 * pixel_m, 0.0), 1.0)
    return 1.0 + 0.28 * coarse + 0.22 * fine
