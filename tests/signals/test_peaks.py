"""Peaks between samples."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.signals.peaks import parabolic_peaks


def test_a_parabola_is_met_exactly() -> None:
    samples = np.arange(9.0)
    peaks = parabolic_peaks(5 - 0.7 * (samples - 4.3) ** 2)
    np.testing.assert_allclose(peaks.index, [4.3], atol=1e-12)
    np.testing.assert_allclose(peaks.value, [5.0], atol=1e-12)


def test_a_sine_sampled_ten_times_a_period() -> None:
    phase = np.linspace(0, 1, 23, endpoint=False)[:, None]
    series = np.sin(2 * np.pi * (np.arange(60)[None] / 10 - phase))
    for row, shift in zip(series, phase[:, 0], strict=True):
        error = (parabolic_peaks(row).index - (2.5 + 10 * shift) + 5) % 10 - 5
        assert np.abs(error).max() < 0.01


def test_gaps_split_the_search_and_edges_are_no_peaks() -> None:
    series = np.array([9.0, 0, 1, 0, np.nan, 5, np.nan, 0, 2, 0, 7])
    np.testing.assert_allclose(parabolic_peaks(series).index, [2, 8])
    assert parabolic_peaks(series, height=1.5).index.tolist() == [8]


def test_flat_top_and_no_peak() -> None:
    assert parabolic_peaks(np.array([0.0, 1, 1, 1, 0])).index.tolist() == [2]
    assert parabolic_peaks(np.array([0.0, 1, 2, 2, 1, 0])).index.tolist() == [2.5]
    assert parabolic_peaks(np.array([0.0, 1, 1, 1, 1, 0])).index.tolist() == [2.5]
    assert parabolic_peaks(np.arange(5.0)).index.size == 0


def test_one_series_only() -> None:
    with pytest.raises(InputError, match=r"one series \(T,\), not in an array of shape \(3, 2\)"):
        parabolic_peaks(np.zeros((3, 2)))
