from __future__ import annotations

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.virtual_lab.sensors.magnetic import MagneticField, draw_field


def test_a_dipoles_field_on_its_axis_and_equator() -> None:
    """1 A m2 at 1 m: 0.2 uT on the axis, 0.1 uT against it on the equator (mu0 / 4 pi)."""
    iron = MagneticField(np.zeros(3), np.zeros((1, 3)), np.array([[0.0, 1.0, 0.0]]))
    field = iron.at(np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 2.0, 0.0]]))
    np.testing.assert_allclose(field, [[0, 0.2, 0], [0, -0.1, 0], [0, 0.025, 0]], atol=1e-12)


def test_the_floors_iron_disturbs_the_ankle_more_than_the_pelvis() -> None:
    fields = [draw_field(np.random.default_rng(seed)) for seed in range(200)]

    def bent(height_m: float) -> float:
        place = np.array([2.0, height_m, 0.0])
        return float(np.mean([np.linalg.norm(field.at(place) - field.earth_ut) for field in fields]))

    assert bent(0.1) > 5 * bent(1.0)
    assert 2 < bent(0.1) < 40
    assert np.linalg.norm(fields[0].earth_ut) == pytest.approx(48)


def test_moments_and_places_must_agree() -> None:
    with pytest.raises(InputError, match="iron_am2 has shape"):
        MagneticField(np.zeros(3), np.zeros((2, 3)), np.zeros((1, 3)))
