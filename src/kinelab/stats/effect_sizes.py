"""Effect sizes of paired differences: how large, not how surely."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

_Z95 = 1.959963984540054


def d_z(difference: ArrayLike) -> float:
    """Mean difference in standard deviations of the differences (Lakens 2013, Front Psychol 4:863)."""
    pairs = np.asarray(difference, dtype=np.float64)
    return _ratio(float(pairs.mean()), float(pairs.std(ddof=1)))


def d_av(a: ArrayLike, b: ArrayLike) -> float:
    """Mean difference in the root mean square of both standard deviations (Cumming 2012, eq. 11.9).

    Unlike d_z it does not grow with the correlation of the pairs, so it compares between designs. Lakens
    (2013) takes the plain mean of both standard deviations: a touch smaller where they differ.
    """
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    spread = np.sqrt((first.var(ddof=1) + second.var(ddof=1)) / 2)
    return _ratio(float((first - second).mean()), float(spread))


def d_z_ci95(effect: float, n: int) -> tuple[float, float]:
    """95 % confidence interval of d_z over n pairs, by its large-sample standard error.

    Variance 1 / n + d_z^2 / (2 n) (Hedges & Olkin 1985); close to the exact interval from n = 10 on.
    """
    if not np.isfinite(effect):
        return np.nan, np.nan
    half = _Z95 * np.sqrt(1 / n + effect**2 / (2 * n))
    return float(effect - half), float(effect + half)


def _ratio(mean: float, spread: float) -> float:
    if spread > 0:
        return mean / spread
    return np.nan if mean == 0 else float(np.copysign(np.inf, mean))
