"""Velocity and acceleration by central differences."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.signals.runs import check_rate, columns, shared_runs


def velocity(values: Array, rate_hz: float) -> Array:
    """First derivative along time, (T, ...) in units per second.

    Central difference over two intervals (Winter 2009, eq. 3.16); second-order one-sided at both ends of each
    run of finite samples, so that it is as long as the input. NaN where the input is NaN and in runs of fewer
    than three samples. It has no filter of its own: low-pass the input first.

    Raises:
        InputError: `rate_hz` is not positive.
    """
    check_rate(rate_hz)
    table = columns(values)
    result = np.full_like(table, np.nan)
    for members, runs in shared_runs(table):
        for start, stop in runs:
            if stop - start >= 3:
                piece = table[start:stop, members]
                result[start:stop, members] = np.gradient(piece, 1 / rate_hz, axis=0, edge_order=2)
    return result.reshape(np.shape(values))


def acceleration(values: Array, rate_hz: float) -> Array:
    """Second derivative along time, (T, ...) in units per second squared.

    x[i+1] - 2 x[i] + x[i-1] over the interval squared (Winter 2009, eq. 3.17); the first and last sample of a
    run repeat their neighbour's value. NaN as in `velocity`.

    Raises:
        InputError: `rate_hz` is not positive.
    """
    check_rate(rate_hz)
    table = columns(values)
    result = np.full_like(table, np.nan)
    for members, runs in shared_runs(table):
        for start, stop in runs:
            if stop - start >= 3:
                inner = np.diff(table[start:stop, members], n=2, axis=0) * rate_hz**2
                result[start:stop, members] = np.concatenate((inner[:1], inner, inner[-1:]))
    return result.reshape(np.shape(values))
