"""Repeatable random patterns at a point: hash and value noise (compiled)."""

from __future__ import annotations

import math

from kinelab.core.compiled import compiled


@compiled
def hashed(i: int, j: int, seed: int) -> float:
    """A number in [0, 1) that depends on nothing but the three integers."""
    h = (i * 374761393 + j * 668265263 + seed * 974711 + 1013904223) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    h = ((h ^ (h >> 16)) * 374761393) & 0xFFFFFFFF
    return ((h ^ (h >> 15)) & 0xFFFFFF) / 16777216.0


@compiled
def smooth_noise(x: float, y: float, seed: int) -> float:
    """Value noise: hashed corners of the unit grid, blended smoothly, 0 to 1."""
    i, j = math.floor(x), math.floor(y)
    u, v = x - i, y - j
    u, v = u * u * (3 - 2 * u), v * v * (3 - 2 * v)
    low = hashed(i, j, seed) * (1 - u) + hashed(i + 1, j, seed) * u
    high = hashed(i, j + 1, seed) * (1 - u) + hashed(i + 1, j + 1, seed) * u
    return low * (1 - v) + high * v
