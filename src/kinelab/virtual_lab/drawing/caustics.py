"""The net of light that waves throw on the bottom of a pool."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Array, Problems
from kinelab.core.compiled import compiled
from kinelab.virtual_lab.gravity import GRAVITY_MPS2

TILE_M = 2.0
"""The pattern repeats after so many m."""

_RAYS, _CELLS = 192, 96
_INDEX = 1.333  # of refraction of water


@dataclass(frozen=True, eq=False)
class Caustics:
    """pattern (N, N): light relative to still water on `TILE_M` x `TILE_M` of floor, X by Z, of mean 1.

    strength: the share of the light that comes straight from the sun and takes part, 0 to 1.
    """

    pattern: NDArray[np.float32]
    strength: float = 0.6


def caustics_at(
    time_s: float, seed: int, depth_m: float = 1.5, slope: float = 0.08, strength: float = 0.6
) -> Caustics:
    """The light on a floor `depth_m` below the surface, whose slopes have a standard deviation of `slope`.

    A bundle of even sunlight from above is bent at each point of a wavy surface and counted where it lands,
    so that no light is lost or made. The waves are 16 of 0.15 to 1 m length, each at its own speed in deep
    water, omega^2 = g k. Same seed, same waves; time moves them.

    Raises:
        InputError: a depth, slope or strength out of range.
    """
    with Problems("caustics_at") as problems:
        problems.add_if(not 0 < depth_m <= 10, f"depth_m is {depth_m}, allowed above 0 to 10")
        problems.add_if(not 0 <= slope <= 0.5, f"slope is {slope}, allowed 0 to 0.5")
        problems.add_if(not 0 <= strength <= 1, f"strength is {strength}, allowed 0 to 1")
    slope_x, slope_z = _slopes(time_s, np.random.default_rng(seed), slope)
    pattern = np.zeros((_CELLS, _CELLS), np.float32)
    # Small angles: a ray from above is turned by slope (1 - 1/n) against the slope.
    land(pattern, slope_x, slope_z, -depth_m * (1 - 1 / _INDEX) / TILE_M)
    return Caustics(pattern, strength)


def _slopes(time_s: float, rng: np.random.Generator, slope: float) -> tuple[Array, Array]:
    """Slopes of the surface along X and Z on a grid of the tile, from whole numbers of waves on it."""
    number = rng.integers(2, 14, 16)
    turn, phase = rng.uniform(0, 2 * np.pi, 16), rng.uniform(0, 2 * np.pi, 16)
    waves = np.rint(number[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)).astype(int)
    length = np.hypot(*waves.T)
    waves, phase, length = waves[length > 0], phase[length > 0], length[length > 0]
    k = 2 * np.pi * length / TILE_M
    spectrum = np.zeros((2, _RAYS, _RAYS), complex)
    # Equal slopes for all lengths make the sharp nets of shallow pools.
    size = np.exp(1j * (phase - np.sqrt(GRAVITY_MPS2 * k) * time_s))
    for axis in range(2):
        np.add.at(spectrum[axis], (waves[:, 0], waves[:, 1]), size * waves[:, axis] / length)
    surface = np.fft.ifft2(spectrum, axes=(1, 2)).real
    surface *= slope / max(float(surface.std()), 1e-12)
    return np.ascontiguousarray(surface[0]), np.ascontiguousarray(surface[1])


@compiled
def land(pattern: NDArray[np.float32], slope_x: Array, slope_z: Array, reach: float) -> None:
    """Count rays from a grid of the surface where they land, each shared by the four nearest cells."""
    rays, cells = slope_x.shape[0], pattern.shape[0]
    weight = np.float32((cells / rays) ** 2)
    for i in range(rays):
        for j in range(rays):
            x = ((i + 0.5) / rays + reach * slope_x[i, j]) * cells
            z = ((j + 0.5) / rays + reach * slope_z[i, j]) * cells
            k, m = math.floor(x), math.floor(z)
            a, b = np.float32(x - k), np.float32(z - m)
            one = np.float32(1)
            k0, k1, m0, m1 = k % cells, (k + 1) % cells, m % cells, (m + 1) % cells
            pattern[k0, m0] += weight * (one - a) * (one - b)
            pattern[k1, m0] += weight * a * (one - b)
            pattern[k0, m1] += weight * (one - a) * b
            pattern[k1, m1] += weight * a * b
