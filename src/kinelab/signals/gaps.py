"""Gaps: what was not seen for a short while is bridged, what was not seen for longer stays empty."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np
from scipy.interpolate import CubicSpline, PchipInterpolator

from kinelab.core.checks import Array, BoolArray
from kinelab.errors import InputError
from kinelab.signals.runs import columns, shared_runs, true_runs

Method = Literal["cubic", "pchip"]


class Filled(NamedTuple):
    """`values` (T, ...) with short gaps bridged; `filled` (T, ...) True where they were."""

    values: Array
    filled: BoolArray


def interpolator(time_s: Array, values: Array, method: Method) -> CubicSpline | PchipInterpolator:
    """The curve through (n,) or (n, C) finite samples, n >= 2: a straight line through two."""
    if method == "pchip" or time_s.size < 4:
        return PchipInterpolator(time_s, values, axis=0)
    return CubicSpline(time_s, values, axis=0)


def fill_gaps(time_s: Array, values: Array, max_gap_s: float, *, method: Method = "pchip") -> Filled:
    """Bridge the gaps (NaN) of (T, ...) that are no longer than `max_gap_s`; never extrapolate.

    A gap's length is the time between the last sample before it and the first after it. `pchip` (Fritsch
    & Carlson 1980) never overshoots; `cubic` is the spline through all finite samples of the column, exact
    for smooth motion without noise, but noise at the gap's ends turns into overshoot: on virtual walking with
    1.5 px noise its error is 1.4 to 2.7 times that of `pchip`. Times (T,) need not be uniform. Components of
    one point should be NaN together.

    Raises:
        InputError: times and values differ in length, times do not increase, `max_gap_s` is negative or the
            method unknown.
    """
    time_s = np.asarray(time_s, dtype=np.float64)
    if method not in ("cubic", "pchip"):
        raise InputError(f"method is {method!r}, allowed are 'cubic', 'pchip'")
    if not max_gap_s >= 0:
        raise InputError(f"max_gap_s is {max_gap_s}, expected 0 (fill nothing) or a time in seconds")
    check_times(time_s, np.shape(values)[0])
    table = columns(values)
    filled = np.zeros(table.shape, dtype=bool)
    for members, runs in shared_runs(table):
        if len(runs) < 2:
            continue
        bridged = np.zeros(time_s.size, dtype=bool)
        for (_, stop), (start, _) in pairwise(runs):
            # A nanosecond of slack: 5 frames at 50 Hz are 0.1 s however they were rounded.
            bridged[stop:start] = time_s[start] - time_s[stop - 1] <= max_gap_s + 1e-9
        if bridged.any():
            seen = np.isfinite(table[:, members[0]])
            curve = interpolator(time_s[seen], table[np.ix_(seen, members)], method)
            table[np.ix_(bridged, members)] = curve(time_s[bridged])
            filled[np.ix_(bridged, members)] = True
    shape = np.shape(values)
    return Filled(table.reshape(shape), filled.reshape(shape))


def gap_distance_s(time_s: Array, seen: BoolArray) -> Array:
    """Time to the nearest seen sample on each side, multiplied: (t - before)(after - t), (T, C) s^2.

    0 where `seen` (T, C); NaN before the first and after the last. It is the factor of the interpolation
    error: a straight line between two samples is wrong by at most half of it times the acceleration.
    """
    product = np.zeros(seen.shape)
    for column in range(seen.shape[1]):
        here = time_s[seen[:, column]]
        if here.size == 0:
            product[:, column] = np.nan
            continue
        for start, stop in true_runs(~seen[:, column]):
            edge = start == 0 or stop == time_s.size
            inside = time_s[start:stop]
            product[start:stop, column] = (
                np.nan if edge else (inside - time_s[start - 1]) * (time_s[stop] - inside)
            )
    return product


def check_times(time_s: Array, n: int) -> None:
    """Times are as many as the samples and increase.

    Raises:
        InputError: they are not.
    """
    if time_s.shape != (n,):
        raise InputError(f"time_s has shape {time_s.shape} for {n} samples, expected ({n},)")
    if not np.isfinite(time_s).all() or (np.diff(time_s) <= 0).any():
        raise InputError("time_s must be finite and increase; are two frames stamped with the same time?")
