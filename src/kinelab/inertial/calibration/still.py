"""When a person with sensors stands still."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import uniform_filter1d

from kinelab.core.checks import Array, BoolArray
from kinelab.core.recording import Imu
from kinelab.errors import InputError
from kinelab.signals.runs import true_runs

LEAST_STILL_S = 0.8
_WINDOW_S = 0.4
_SPIN_SD_RADPS = np.radians(4.0)
_MOST_BIAS_RADPS = np.radians(8.0)
_FORCE_SD_MPS2 = 0.25


def still_samples(imu: Imu) -> BoolArray:
    """(T,) True where no sensor moves: readings steady over 0.4 s around, and turning no faster than a bias.

    A person who stands sways: up to 4 deg/s and 0.25 m/s2 (standard deviation over the window) pass. A sensor
    that gives nothing for most of the recording is left out; a lost sample is not still.
    """
    width = max(3, round(_WINDOW_S * imu.time.rate_hz))
    held = imu.seen.mean(axis=0) > 0.5
    if not held.any() or imu.time.n < width:
        return np.zeros(imu.time.n, dtype=np.bool_)
    acc, gyr = imu.acc_mps2[:, held], imu.gyr_radps[:, held]
    there = imu.seen[:, held]
    spin_sd, spin = _moving_spread(gyr, there, width)
    force_sd, _ = _moving_spread(acc, there, width)
    calm = (spin_sd < _SPIN_SD_RADPS) & (spin < _MOST_BIAS_RADPS) & (force_sd < _FORCE_SD_MPS2) & there
    return np.asarray(calm.all(axis=1))


def find_still(imu: Imu, least_s: float = LEAST_STILL_S) -> list[tuple[float, float]]:
    """Start and stop (s) of the stretches of `least_s` or more with all sensors still, the longest first."""
    runs = [run for run in true_runs(still_samples(imu)) if run[1] - run[0] >= least_s * imu.time.rate_hz]
    runs.sort(key=lambda run: run[0] - run[1])
    start_s, rate_hz = imu.time.start_s, imu.time.rate_hz
    return [(start_s + start / rate_hz, start_s + stop / rate_hz) for start, stop in runs]


def check_still(imu: Imu, still_s: tuple[float, float]) -> None:
    """A stretch that somebody named.

    Raises:
        InputError: it lies outside the recording, or somebody moves in it.
    """
    start_s, stop_s = still_s
    span = imu.time.span(start_s, stop_s)
    if span.stop - span.start < LEAST_STILL_S * imu.time.rate_hz / 2:
        end_s = imu.time.start_s + imu.time.duration_s
        raise InputError(
            f"still from {start_s:g} to {stop_s:g} s: the recording lasts from {imu.time.start_s:g} to "
            f"{end_s:.1f} s, and {LEAST_STILL_S / 2:g} s of stillness are needed"
        )
    gyr = imu.gyr_radps[span]
    with np.errstate(invalid="ignore"):
        seen = np.isfinite(gyr).all(axis=2)
        fast = np.where(seen, np.linalg.norm(gyr, axis=2), 0.0)
    worst = int(np.argmax(np.sqrt((fast**2).mean(axis=0))))
    spin = np.degrees(np.sqrt((fast[:, worst] ** 2).mean()))
    if spin > 30.0:
        raise InputError(
            f"still from {start_s:g} to {stop_s:g} s: {imu.segments[worst]} turns at {spin:.0f} deg/s then; "
            "is the time in seconds from the start of the recording?"
        )


def _moving_spread(values: Array, there: BoolArray, width: int) -> tuple[Array, Array]:
    """Spread (T, S) and length of the mean (T, S) of vectors (T, S, 3) over a window around each sample."""
    filled = np.where(there[..., None], values, 0.0)
    share = uniform_filter1d(there.astype(float), width, axis=0)[..., None]
    share = np.maximum(share, 1 / width)
    mean = uniform_filter1d(filled, width, axis=0) / share
    square = uniform_filter1d(filled**2, width, axis=0) / share
    spread = np.sqrt(np.maximum(square - mean**2, 0.0).sum(axis=2))
    return spread, np.linalg.norm(mean, axis=2)
