"""Derivatives against polynomials and sines."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.signals.derivatives import acceleration, velocity

RATE_HZ = 100.0
TIME_S = np.arange(200) / RATE_HZ


def test_free_fall_is_exact_to_its_ends() -> None:
    height = 2.0 + 3.0 * TIME_S - 0.5 * 9.81 * TIME_S**2
    np.testing.assert_allclose(velocity(height, RATE_HZ), 3.0 - 9.81 * TIME_S, atol=1e-9)
    np.testing.assert_allclose(acceleration(height, RATE_HZ), -9.81, atol=1e-6)


def test_gaps_are_not_bridged() -> None:
    track = np.stack([TIME_S, -TIME_S], axis=-1)
    track[50:60, 0] = np.nan
    track[100:102, 1] = np.nan
    speed = velocity(track, RATE_HZ)
    np.testing.assert_array_equal(np.isnan(speed), np.isnan(track))
    np.testing.assert_allclose(speed[~np.isnan(speed[:, 0]), 0], 1.0)
    np.testing.assert_allclose(speed[~np.isnan(speed[:, 1]), 1], -1.0)


def test_too_short_a_run_has_no_derivative() -> None:
    track = np.full(10, np.nan)
    track[3:5] = 1.0
    assert np.isnan(velocity(track, RATE_HZ)).all()
    assert np.isnan(acceleration(track, RATE_HZ)).all()


def test_sine() -> None:
    wave = np.sin(2 * np.pi * TIME_S)
    np.testing.assert_allclose(velocity(wave, RATE_HZ), 2 * np.pi * np.cos(2 * np.pi * TIME_S), atol=0.01)


def test_rate_must_be_positive() -> None:
    with pytest.raises(InputError, match="rate_hz is -1"):
        velocity(TIME_S, -1.0)
