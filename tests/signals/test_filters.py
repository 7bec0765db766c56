"""The low-pass filter against its published properties."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.signals.filters import low_pass, noise_gain

RATE_HZ = 50.0


def _gain(frequency_hz: float, cutoff_hz: float, rate_hz: float = RATE_HZ, order: int = 2) -> float:
    time_s = np.arange(int(40 * rate_hz)) / rate_hz
    wave = np.sin(2 * np.pi * frequency_hz * time_s)
    middle = slice(time_s.size // 4, 3 * time_s.size // 4)
    return float(low_pass(wave, rate_hz, cutoff_hz, order=order).values[middle] @ wave[middle]
                 / (wave[middle] @ wave[middle]))  # fmt: skip


@pytest.mark.parametrize("cutoff_hz", [3.0, 6.0, 12.0, 20.0])
@pytest.mark.parametrize("order", [1, 2, 4])
def test_gain_at_the_cutoff_is_half_power_after_both_passes(cutoff_hz: float, order: int) -> None:
    assert _gain(cutoff_hz, cutoff_hz, order=order) == pytest.approx(1 / np.sqrt(2), abs=2e-4)


def test_gain_far_from_the_cutoff() -> None:
    assert _gain(0.5, 6.0) == pytest.approx(1.0, abs=1e-4)
    # A fourth-order fall of 24 dB an octave after both passes: at three times the cut-off about 3 %.
    assert _gain(18.0, 6.0, rate_hz=500.0) == pytest.approx(1 / (1 + (3 * 0.802) ** 4), abs=2e-3)


def test_correction_equals_winters_802_far_below_nyquist() -> None:
    from scipy.signal import butter, sosfiltfilt

    rng = np.random.default_rng(1)
    noise = rng.normal(size=4000)
    rate_hz, cutoff_hz = 2000.0, 6.0
    winter = sosfiltfilt(butter(2, cutoff_hz / 0.802 / (rate_hz / 2), output="sos"), noise, padlen=666)
    ours = low_pass(noise, rate_hz, cutoff_hz).values
    assert np.abs(ours - winter).max() < 1e-3 * np.abs(winter).max()


def test_no_delay_and_no_pull_at_the_ends() -> None:
    line = np.linspace(-3, 7, 200)
    np.testing.assert_allclose(low_pass(line, RATE_HZ, 6.0).values, line, atol=1e-6)
    pulse = np.exp(-0.5 * ((np.arange(200) - 100) / 10) ** 2)
    assert np.argmax(low_pass(pulse, RATE_HZ, 4.0).values) == 100


def test_runs_are_filtered_by_themselves() -> None:
    rng = np.random.default_rng(2)
    track = rng.normal(size=(120, 3, 2))
    track[40:50, 1] = np.nan
    result = low_pass(track, RATE_HZ, 6.0)
    assert np.isnan(result.values[40:50, 1]).all()
    assert np.isfinite(np.delete(result.values, 1, axis=1)).all()
    np.testing.assert_allclose(result.values[:40, 1], low_pass(track[:40, 1], RATE_HZ, 6.0).values)
    np.testing.assert_allclose(result.values[50:, 1], low_pass(track[50:, 1], RATE_HZ, 6.0).values)
    assert not result.unfiltered.any()


def test_short_runs_pass_unchanged_and_are_reported() -> None:
    track = np.full(50, np.nan)
    track[10:16] = np.arange(6.0)
    track[20:40] = 1.0
    result = low_pass(track, RATE_HZ, 6.0)
    np.testing.assert_array_equal(result.values[10:16], np.arange(6.0))
    assert result.unfiltered.nonzero()[0].tolist() == list(range(10, 16))


def test_noise_gain_is_what_noise_shows() -> None:
    noise = np.random.default_rng(3).normal(size=(40_000, 2))
    filtered = low_pass(noise, RATE_HZ, 6.0).values
    gain = noise_gain(RATE_HZ, 6.0)
    assert filtered.var() == pytest.approx(gain.kept, rel=0.03)
    assert (noise - filtered).var() == pytest.approx(gain.residual, rel=0.03)
    assert gain.kept == pytest.approx(2 * 6.0 / RATE_HZ, rel=0.15)  # about the share of the band that passes


@pytest.mark.parametrize(
    ("rate_hz", "cutoff_hz", "order", "message"),
    [
        (10.0, 6.0, 2, "less than half the sampling rate of 10 Hz .*slow motion"),
        (50.0, 25.0, 2, "cutoff_hz is 25"),
        (50.0, 0.0, 2, "positive number .6 Hz is usual"),
        (0.0, 6.0, 2, "rate_hz is 0"),
        (50.0, 6.0, 0, "order is 0"),
    ],
)
def test_errors_say_what_is_allowed(rate_hz: float, cutoff_hz: float, order: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        low_pass(np.zeros(100), rate_hz, cutoff_hz, order=order)
