"""From true, irregular times to a uniform series."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.timebase import Timebase, typical_rate_hz
from kinelab.errors import InputError
from kinelab.signals.gaps import Method, check_times, interpolator
from kinelab.signals.runs import check_rate, columns, shared_runs

SAME_TIME = 0.02  # of a sample interval: within it a sample is taken over as it is


def uniform_timebase(time_s: Array, rate_hz: float | None = None) -> Timebase:
    """The uniform times that stand for `time_s` (T,): from the first on, at its median rate or at `rate_hz`.

    The last sample is the last that is not after the end of `time_s`. A rate within 0.1 % of a whole number
    is taken as the whole number when the whole recording stays within a hundredth of a sample of it.

    Raises:
        InputError: fewer than two times, or a rate that is not positive.
    """
    time_s = np.asarray(time_s, dtype=np.float64)
    if time_s.size < 2:
        raise InputError(f"a series needs two times or more, found {time_s.size}: is the video one picture?")
    check_times(time_s, time_s.size)
    if rate_hz is None:
        rate_hz = typical_rate_hz(time_s)
        whole = round(rate_hz)
        if whole > 0 and abs(whole - rate_hz) * (time_s[-1] - time_s[0]) < 0.01:
            rate_hz = float(whole)
    check_rate(rate_hz)
    n = int(np.floor((time_s[-1] - time_s[0]) * rate_hz + SAME_TIME)) + 1
    return Timebase(rate_hz, n, float(time_s[0]))


def resample(
    time_s: Array, values: Array, timebase: Timebase, max_gap_s: float, *, method: Method = "cubic"
) -> Array:
    """Values (T, ...) at irregular times, at the times of `timebase`: (n, ...).

    Finite samples that are at most `max_gap_s` apart belong together and are joined by one curve; between
    those that are farther apart, before the first and after the last the result is NaN. NaN in the input
    (a landmark not seen) splits the curve too, whatever its length: fill gaps first. A series that already
    lies on the timebase (within 2 % of an interval) is returned unchanged.

    Raises:
        InputError: times and values differ in length, or times do not increase.
    """
    time_s = np.asarray(time_s, dtype=np.float64)
    check_times(time_s, np.shape(values)[0])
    wanted = timebase.time_s
    slack = SAME_TIME / timebase.rate_hz
    if time_s.size == wanted.size and np.abs(time_s - wanted).max(initial=0) <= slack:
        return np.array(values, dtype=np.float64)
    table = columns(values)
    result = np.full((wanted.size, table.shape[1]), np.nan)
    far = np.flatnonzero(np.diff(time_s) > max_gap_s + 1e-9) + 1
    for members, runs in shared_runs(table):
        for first, last in runs:
            cuts = [first, *far[(far > first) & (far < last)].tolist(), last]
            for start, stop in pairwise(cuts):
                inside = (wanted >= time_s[start] - slack) & (wanted <= time_s[stop - 1] + slack)
                if not inside.any():
                    continue
                block = table[start:stop, members]
                if stop - start == 1:
                    result[np.ix_(inside, members)] = block
                    continue
                curve = interpolator(time_s[start:stop], block, method)
                at = np.clip(wanted[inside], time_s[start], time_s[stop - 1])
                result[np.ix_(inside, members)] = curve(at)
    return result.reshape(wanted.size, *np.shape(values)[1:])


def between_samples(values: Array, row: Array) -> Array:
    """Values (T, ...) at rows (n,) that may lie between two samples, linear: (n, ...).

    NaN before the first row and after the last, and where a sample beside is NaN.
    """
    nearest = np.rint(row)
    # A sample's own place gives the sample, up to rounding: its neighbour may be a gap.
    row = np.where(np.abs(row - nearest) < 1e-6, nearest, row)
    last = max(len(values) - 1, 0)
    before = np.clip(np.floor(row), 0, last).astype(int)
    after = np.clip(np.ceil(row), 0, last).astype(int)
    beside = (-1,) + (1,) * (np.ndim(values) - 1)
    share = (row - before).reshape(beside)
    mixed = np.where(share == 0, values[before], (1 - share) * values[before] + share * values[after])
    found: Array = np.where(((row >= 0) & (row <= last)).reshape(beside), mixed, np.nan)
    return found
