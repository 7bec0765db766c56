"""The orientation of an on-board filter: as far off as it says, upright drift apart from heading."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.virtual_lab.sensors.onboard import ONBOARD, OnboardQuality, onboard_orientation


def true_rotation(samples: int = 3000, sensors: int = 40) -> Array:
    turns = Rotation.random(samples * sensors, random_state=np.random.default_rng(3))
    return turns.as_matrix().reshape(samples, sensors, 3, 3)


def test_the_errors_have_the_stated_size_about_the_vertical_and_the_others() -> None:
    true = true_rotation()
    quality = OnboardQuality(0.75, 1.5)
    found = onboard_orientation(true, 10.0, quality, np.random.default_rng(0))
    np.testing.assert_allclose(np.linalg.det(found), 1, atol=1e-9)
    error = Rotation.from_matrix((found @ np.swapaxes(true, 2, 3)).reshape(-1, 3, 3)).as_rotvec(degrees=True)
    rms_deg = np.sqrt((error**2).mean(axis=0))  # about ground's X, Y (up), Z
    np.testing.assert_allclose(rms_deg, [0.75, 1.5, 0.75], rtol=0.15)


def test_half_of_the_error_stays_and_it_does_not_jump() -> None:
    true = np.tile(np.eye(3), (6000, 60, 1, 1))
    found = onboard_orientation(true, 100.0, OnboardQuality(0.0, 2.0), np.random.default_rng(1))
    heading = np.degrees(np.arctan2(found[..., 0, 2], found[..., 0, 0]))
    stays, wanders = heading.mean(axis=0).var(), heading.var(axis=0).mean()
    assert 1.4 < stays < 4.2  # half of 4 deg2, and of the rest what 20 s remember in a minute
    assert 0.5 < wanders < 2.2
    assert np.abs(np.diff(heading, axis=0)).max() < 0.3


def test_an_ideal_sensor_knows_how_it_lies() -> None:
    true = true_rotation(5, 2)
    np.testing.assert_allclose(
        onboard_orientation(true, 100.0, ONBOARD["ideal"], np.random.default_rng(0)), true, atol=1e-12
    )


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match=r"rotations of shape \(5, 3, 3\), expected \(T, S, 3, 3\)"):
        onboard_orientation(np.zeros((5, 3, 3)), 100.0, ONBOARD["ideal"], np.random.default_rng(0))
    with pytest.raises(InputError, match="tilt_rms_deg is -1, expected 0 to 180"):
        OnboardQuality(-1)
