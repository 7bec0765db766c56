"""Sphericity of repeated measures: Mauchly's test and the epsilons that correct degrees of freedom."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import helmert
from scipy.stats import chi2

from kinelab.core.checks import Array
from kinelab.stats.cells import full_table


@dataclass(frozen=True)
class Sphericity:
    """Whether the differences between levels vary alike, and what to do where they do not.

    w, chi2, df, p: Mauchly's test (NaN with two levels, where there is nothing to test, and with no more
    units than contrasts, where W is 0 whatever the data). greenhouse_geisser, huynh_feldt, lower_bound: by
    what both degrees of freedom of F are multiplied; 1 = spherical.
    """

    w: float
    chi2: float
    df: int
    p: float
    greenhouse_geisser: float
    huynh_feldt: float
    lower_bound: float


def sphericity(values: ArrayLike) -> Sphericity:
    """Sphericity of one repeated factor, values (n units, k levels).

    Raises:
        InputError: a cell is missing, or fewer than two units or levels.
    """
    table = full_table(values)
    scores = contrast_scores(table, (True,))
    return sphericity_of(covariance_of(scores), df=len(table) - 1, levels=table.shape[1])


def contrast_scores(table: Array, in_effect: tuple[bool, ...]) -> Array:
    """(n units, d) scores on the orthonormal contrasts of one effect of a design of repeated factors.

    table (n, k1, k2, ...); in_effect says for each factor whether it is part of the effect. A factor that is
    not is averaged out (by the orthonormal mean, so that sums of squares need no further factor).
    """
    sizes = table.shape[1:]
    parts = [
        helmert(k) if within else np.full((1, k), 1 / np.sqrt(k))
        for k, within in zip(sizes, in_effect, strict=True)
    ]
    contrasts = reduce(np.kron, parts)
    scores: Array = table.reshape(len(table), -1) @ contrasts.T
    return scores


def covariance_of(scores: Array) -> Array:
    """(d, d) covariance of contrast scores."""
    return np.atleast_2d(np.cov(scores, rowvar=False))


def sphericity_of(covariance: Array, *, df: int, levels: int, groups: int = 1) -> Sphericity:
    """Sphericity from the covariance of d orthonormal contrasts, estimated with `df` degrees of freedom.

    With groups the covariance is the pooled one within them and df = units - groups. Mauchly (1940, Ann Math
    Stat 11:204); its p value has the second-order term of Anderson, with the number of `levels` where R's
    mauchly.test has it. Greenhouse & Geisser (1959, Psychometrika 24:95). Huynh & Feldt (1976, J Educ Stat
    1:69) as corrected by Lecoutre (1991, J Educ Stat 16:371), who puts units - groups + 1 for the number of
    units; with one group this is the formula as published.
    """
    d = len(covariance)
    if d == 1:
        return Sphericity(np.nan, np.nan, 0, np.nan, 1.0, 1.0, 1.0)
    trace = float(np.trace(covariance))
    total = float(np.sum(covariance * covariance.T))
    gg = trace**2 / (d * total) if total > 0 else 1.0
    hf = _huynh_feldt(gg, d, df + groups, groups)
    w, statistic, p = _mauchly(covariance, trace, df, levels)
    return Sphericity(w, statistic, d * (d + 1) // 2 - 1, p, gg, hf, 1 / d)


def _huynh_feldt(gg: float, d: int, units: int, groups: int) -> float:
    below = d * (units - groups - d * gg)
    if below <= 0:
        return 1.0
    return float(min(((units - groups + 1) * d * gg - 2) / below, 1.0))


def _mauchly(covariance: Array, trace: float, df: int, levels: int) -> tuple[float, float, float]:
    d = len(covariance)
    sign, log_det = np.linalg.slogdet(covariance)
    if df < d or sign <= 0 or trace <= 0:
        return np.nan, np.nan, np.nan
    log_w = float(log_det) - d * np.log(trace / d)
    shrink = 1 - (2 * d**2 + d + 2) / (6 * d * df)
    statistic = -df * shrink * log_w
    second: float = (d + 2) * (d - 1) * (d - 2) * (2 * d**3 + 6 * d**2 + 3 * levels + 2)
    second /= 288 * (df * d * shrink) ** 2
    free = d * (d + 1) / 2 - 1
    p = chi2.sf(statistic, free)
    p += second * (chi2.sf(statistic, free + 4) - p)
    # The expansion leaves 0 to 1 where few units stand against many levels.
    return float(np.exp(log_w)), float(statistic), float(np.clip(p, 0, 1))
