"""Pearson's correlation with its interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student_t

from kinelab.errors import InputError

_Z95 = 1.959963984540054


@dataclass(frozen=True)
class Correlation:
    """r of n pairs, its 95 % interval after Fisher (1921), two-sided p of no correlation."""

    n: int
    r: float
    ci95: tuple[float, float]
    p: float


def pearson(a: ArrayLike, b: ArrayLike) -> Correlation:
    """Of pairs a, b (n,); a pair with a NaN is left out. It says nothing of agreement: see `bland_altman`.

    Raises:
        InputError: the shapes differ, fewer than four whole pairs, or one of both never changes.
    """
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.shape != second.shape or first.ndim != 1:
        raise InputError(f"a has shape {first.shape}, b {second.shape}; expected two series of pairs")
    whole = np.isfinite(first) & np.isfinite(second)
    x, y, n = first[whole], second[whole], int(whole.sum())
    if n < 4:
        raise InputError(f"{n} of {first.size} pairs are whole; a correlation with its interval needs four")
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        raise InputError("one of both never changes: there is nothing to correlate")
    r = float(np.clip(np.corrcoef(x, y)[0, 1], -1, 1))
    if abs(r) == 1:
        return Correlation(n, r, (r, r), 0.0)
    low, high = np.tanh(np.arctanh(r) + np.array([-1, 1]) * _Z95 / np.sqrt(n - 3))
    t = abs(r) * np.sqrt((n - 2) / (1 - r**2))
    return Correlation(n, r, (float(low), float(high)), float(2 * student_t.sf(t, n - 2)))
