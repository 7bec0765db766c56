"""The magnetic field in a room: the earth's, bent by iron."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array, Problems, read_only

_NEAREST_M = 0.05  # of a dipole: inside the iron no sensor goes


@dataclass(frozen=True, eq=False)
class MagneticField:
    """earth_ut (3,) microtesla in ground; iron as dipoles at iron_m (D, 3) of moments iron_am2 (D, 3)."""

    earth_ut: Array
    iron_m: Array
    iron_am2: Array

    def __post_init__(self) -> None:
        for name in ("earth_ut", "iron_m", "iron_am2"):
            object.__setattr__(self, name, read_only(getattr(self, name)))
        with Problems("MagneticField") as problems:
            problems.shape("earth_ut", self.earth_ut, (3,))
            problems.shape("iron_am2", self.iron_am2, self.iron_m.shape)

    def at(self, position_m: Array) -> Array:
        """The field at positions (..., 3) m in ground, (..., 3) uT."""
        total = np.broadcast_to(self.earth_ut, position_m.shape).copy()
        for place, moment in zip(self.iron_m, self.iron_am2, strict=True):
            away = position_m - place
            distance = np.maximum(np.linalg.norm(away, axis=-1, keepdims=True), _NEAREST_M)
            way = away / distance
            along = (way @ moment)[..., None]
            total += 0.1 * (3 * along * way - moment) / distance**3  # mu0 / 4 pi = 0.1 uT m3 / (A m2)
        return total


def draw_field(
    rng: np.random.Generator, iron: int = 3, inclination_deg: float = 65.0, strength_ut: float = 48.0
) -> MagneticField:
    """The field of central Europe in a room of random heading, with `iron` beams under the floor.

    Their moments bend the field by some 10 uT at ankle height and hardly at the pelvis, as measured in
    laboratories with steel in the floor (de Vries et al. 2009, Gait Posture 29:535; from memory).
    """
    heading, dip = rng.uniform(0, 2 * np.pi), np.radians(inclination_deg)
    flat = np.cos(dip) * np.array([np.cos(heading), 0.0, np.sin(heading)])
    earth = strength_ut * (flat - [0.0, np.sin(dip), 0.0])
    place = np.column_stack([rng.uniform(-2, 6, iron), np.full(iron, -0.3), rng.uniform(-1, 1, iron)])
    return MagneticField(earth, place, rng.normal(0, 8.0, (iron, 3)))
