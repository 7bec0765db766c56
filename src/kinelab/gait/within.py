"""The one event inside each of many spans of time."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array


def the_one_within(times_s: Array, start_s: Array, stop_s: Array) -> Array:
    """The one of `times_s` (m,), ascending, inside each open span (start_s, stop_s) (n,); NaN where there is
    none or more than one, or a span's end is NaN.

    >>> the_one_within(np.array([1.0, 2.0, 2.5]), np.array([0.5, 1.5]), np.array([1.5, 3.0]))
    array([ 1., nan])
    """  # fmt: skip
    first = np.searchsorted(times_s, start_s, side="right")
    count = np.searchsorted(times_s, stop_s, side="left") - first
    found = np.append(times_s, np.nan)[np.minimum(first, times_s.size)]
    known = (count == 1) & np.isfinite(start_s) & np.isfinite(stop_s)
    return np.where(known, found, np.nan)
