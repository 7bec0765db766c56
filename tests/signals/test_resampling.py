"""Irregular times to uniform ones."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.signals.resampling import between_samples, resample, uniform_timebase


def test_uniform_times_stay_what_they_are() -> None:
    time_s = 3 + np.arange(100) / 50
    assert uniform_timebase(time_s) == Timebase(50.0, 100, 3.0)
    values = np.random.default_rng(0).normal(size=(100, 2))
    np.testing.assert_array_equal(resample(time_s, values, uniform_timebase(time_s), 0.1), values)


def test_millisecond_stamps_of_a_phone_give_its_rate() -> None:
    time_s = np.round(np.arange(300) / 30, 3)
    timebase = uniform_timebase(time_s)
    assert timebase.rate_hz == pytest.approx(30.0, abs=1e-3)
    assert timebase.n == 300


def test_a_smooth_curve_is_met_between_jittered_samples() -> None:
    rng = np.random.default_rng(1)
    time_s = np.arange(300) / 60 + rng.uniform(-0.004, 0.004, 300)
    curve = np.stack([np.sin(2 * np.pi * time_s), np.cos(2 * np.pi * time_s)], axis=-1)
    timebase = uniform_timebase(time_s, 50.0)
    result = resample(time_s, curve, timebase, 0.1)
    wanted = timebase.time_s
    expected = np.stack([np.sin(2 * np.pi * wanted), np.cos(2 * np.pi * wanted)], axis=-1)
    assert np.abs(result - expected)[2:-2].max() < 2e-4


def test_no_curve_across_a_long_gap_in_time_or_an_unseen_landmark() -> None:
    time_s = np.concatenate((np.arange(50), np.arange(80, 120))) / 50 + 0.003 * np.tile([0, 1], 45)
    values = np.ones((90, 2))
    values[20:22, 1] = np.nan
    timebase = uniform_timebase(time_s)
    result = resample(time_s, values, timebase, 0.2)
    inside = (timebase.time_s > time_s[49] + 0.001) & (timebase.time_s < time_s[50] - 0.001)
    assert np.isnan(result[inside]).all()
    assert np.isnan(result[timebase.span(0.401, 0.419), 1]).all()
    assert np.isfinite(result[timebase.span(0.401, 0.419), 0]).all()


def test_dropped_frames_within_the_limit_are_restored() -> None:
    time_s = np.delete(np.arange(100) / 50, [30, 31, 60])
    timebase = uniform_timebase(time_s)
    assert (timebase.rate_hz, timebase.n) == (50.0, 100)
    result = resample(time_s, time_s**2, timebase, 0.1)
    np.testing.assert_allclose(result, timebase.time_s**2, atol=1e-9)


def test_one_picture_is_no_series() -> None:
    with pytest.raises(InputError, match="two times or more, found 1: is the video one picture"):
        uniform_timebase(np.zeros(1))


def test_between_samples_lies_on_the_line_that_joins_them() -> None:
    values = np.array([[0.0, 10.0], [2.0, np.nan], [6.0, 30.0], [8.0, 40.0]])
    row = np.array([-0.1, 0.0, 0.5, 1.0 + 1e-9, 2.25, 3.0, 3.1])
    got = between_samples(values, row)
    np.testing.assert_allclose(got[:, 0], [np.nan, 0.0, 1.0, 2.0, 6.5, 8.0, np.nan])
    # A sample's own place is not spoilt by the gap beside it; what lies beside a gap is not known.
    np.testing.assert_allclose(got[:, 1], [np.nan, 10.0, np.nan, np.nan, 32.5, 40.0, np.nan])
    pairs = between_samples(np.arange(12.0).reshape(3, 2, 2), np.array([0.5]))
    np.testing.assert_allclose(pairs, [[[2.0, 3.0], [4.0, 5.0]]])
