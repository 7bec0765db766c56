"""Zero-phase Butterworth low-pass filter that never crosses a gap."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.signal import butter, sosfiltfilt

from kinelab.core.checks import Array, BoolArray
from kinelab.errors import InputError
from kinelab.signals.runs import check_rate, columns, shared_runs

PASSES = 2  # forwards and backwards


class Filtered(NamedTuple):
    """`values` (T, ...) after the filter; `unfiltered` (T, ...) True where a run was too short for it."""

    values: Array
    unfiltered: BoolArray


class NoiseGain(NamedTuple):
    """What a low-pass filter does to white noise of variance 1.

    kept: variance of the output. residual: variance of input minus output.
    """

    kept: float
    residual: float


def low_pass(values: Array, rate_hz: float, cutoff_hz: float, *, order: int = 2) -> Filtered:
    """Low-pass (T, ...) along time by a Butterworth filter run forwards and backwards (no delay).

    `cutoff_hz` is the cut-off of the whole: the gain there is 1/sqrt(2) after both passes, because the design
    is corrected for them (Winter 2009, section 2.2.4.4; Robertson & Dowling 2003, J Electromyogr Kinesiol 13,
    eq. 11: divide by 0.802 for two passes of order 2). Unlike Winter's the correction is made on the
    pre-warped frequency, so that it is exact also near the Nyquist frequency. `order` is that of one pass: 2
    gives the "fourth-order zero-lag Butterworth filter" of the gait literature.

    Each run of finite samples is filtered by itself, extended at both ends by point reflection over two
    periods of the cut-off (at most the run's length), so that its ends are not drawn to zero. A run
    shorter than 3 * order + 1 samples is returned as it is and marked `unfiltered`. NaN stays NaN.

    Raises:
        InputError: rate, cut-off or order cannot be used (cut-off at or above half the sampling rate).
    """
    sos = _design(rate_hz, cutoff_hz, order)
    table = columns(values)
    unfiltered = np.zeros(table.shape, dtype=bool)
    shortest = 3 * order + 1
    for members, runs in shared_runs(table):
        for start, stop in runs:
            if stop - start < shortest:
                unfiltered[start:stop, members] = True
                continue
            reflect = min(max(shortest - 1, round(2 * rate_hz / cutoff_hz)), stop - start - 1)
            table[start:stop, members] = sosfiltfilt(sos, table[start:stop, members], axis=0, padlen=reflect)
    shape = np.shape(values)
    return Filtered(table.reshape(shape), unfiltered.reshape(shape))


def noise_gain(rate_hz: float, cutoff_hz: float, *, order: int = 2) -> NoiseGain:
    """How much white noise `low_pass` lets through, and how much it takes away, as shares of its variance.

    From the filter's impulse response h: sum(h^2), and 1 - 2 h[0] + sum(h^2).

    Raises:
        InputError: as `low_pass`.
    """
    sos = _design(rate_hz, cutoff_hz, order)
    half = int(np.ceil(10 * rate_hz / cutoff_hz)) + 10
    impulse = np.zeros(2 * half + 1)
    impulse[half] = 1
    response = sosfiltfilt(sos, impulse, padlen=0)
    kept = float((response**2).sum())
    return NoiseGain(kept, float(1 - 2 * response[half] + kept))


def _design(rate_hz: float, cutoff_hz: float, order: int) -> Array:
    check_rate(rate_hz)
    if order < 1:
        raise InputError(f"filter order is {order}, allowed is 1 or more (2 is usual)")
    if not cutoff_hz > 0:
        raise InputError(f"cutoff_hz is {cutoff_hz}, expected a positive number (6 Hz is usual for walking)")
    if cutoff_hz >= rate_hz / 2:
        raise InputError(
            f"cutoff_hz is {cutoff_hz:g}, allowed is less than half the sampling rate of {rate_hz:g} Hz "
            f"({rate_hz / 2:g} Hz); is the frame rate right (slow motion not accounted for?), "
            "or is the cut-off given in rad/s?"
        )
    correction = (2 ** (1 / PASSES) - 1) ** (1 / (2 * order))
    warped = np.tan(np.pi * cutoff_hz / rate_hz) / correction
    sos: Array = butter(order, 2 * np.arctan(warped) / np.pi, output="sos")
    return sos
