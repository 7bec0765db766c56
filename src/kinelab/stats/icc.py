"""Intraclass correlation: how much of the spread is between the people, in all six forms, by name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import f as f_distribution

from kinelab.errors import InputError
from kinelab.stats.cells import full_table

# Name after McGraw & Wong, name after Shrout & Fleiss, what it asks.
_FORMS = {
    "ICC(1)": ("ICC(1,1)", "one measurement; each person may have had other raters or days"),
    "ICC(A,1)": ("ICC(2,1)", "one measurement, absolute agreement: a shift between days counts as error"),
    "ICC(C,1)": ("ICC(3,1)", "one measurement, consistency: a shift between days is forgiven"),
    "ICC(k)": ("ICC(1,k)", "mean of k measurements; each person may have had other raters or days"),
    "ICC(A,k)": ("ICC(2,k)", "mean of k measurements, absolute agreement"),
    "ICC(C,k)": ("ICC(3,k)", "mean of k measurements, consistency"),
}


@dataclass(frozen=True)
class IccForm:
    """One form: name after McGraw & Wong (1996), shrout_fleiss after Shrout & Fleiss (1979).

    value with ci95; f (df1, df2) and p test it against 0. Negative values are kept as they are computed.
    """

    name: str
    shrout_fleiss: str
    meaning: str
    value: float
    ci95: tuple[float, float]
    f: float
    df1: int
    df2: int
    p: float


@dataclass(frozen=True)
class MeanSquares:
    """Mean squares of n people measured k times: people, measurements (days, raters), within, error."""

    n: int
    k: int
    people: float
    measurements: float
    within: float
    error: float


def mean_squares(values: ArrayLike) -> MeanSquares:
    """Of values (n people, k measurements).

    Raises:
        InputError: a cell is missing, or fewer than two people or measurements.
    """
    table = full_table(values)
    n, k = table.shape
    grand = table.mean()
    people = k * np.square(table.mean(axis=1) - grand).sum()
    measurements = n * np.square(table.mean(axis=0) - grand).sum()
    within = np.square(table - table.mean(axis=1, keepdims=True)).sum()
    return MeanSquares(
        n=n,
        k=k,
        people=float(people / (n - 1)),
        measurements=float(measurements / (k - 1)),
        within=float(within / (n * (k - 1))),
        error=float((within - measurements) / ((n - 1) * (k - 1))),
    )


def icc(values: ArrayLike) -> dict[str, IccForm]:
    """The six forms by their name, values (n people, k measurements).

    Shrout & Fleiss 1979 (Psychol Bull 86:420), McGraw & Wong 1996 (Psychol Methods 1:30, with the correction
    on p. 390), whose names say what is asked. For test and retest of one device ICC(A,1) is the strict
    choice: a shift between the days is an error.

    Raises:
        InputError: a cell is missing, fewer than two people or measurements, or all values are alike.
    """
    ms = mean_squares(values)
    if ms.people == 0 and ms.within == 0:
        raise InputError("all values are alike; an intraclass correlation needs people who differ")
    single, mean = _one_way(ms)
    absolute, absolute_mean = _absolute(ms)
    consistent, consistent_mean = _consistent(ms)
    found = (single, absolute, consistent, mean, absolute_mean, consistent_mean)
    return {
        name: _form(ms, name, value, interval) for name, (value, interval) in zip(_FORMS, found, strict=True)
    }


_Estimate = tuple[float, tuple[float, float]]


def _one_way(ms: MeanSquares) -> tuple[_Estimate, _Estimate]:
    return _from_f(_divide(ms.people, ms.within), ms.k, ms.n - 1, ms.n * (ms.k - 1))


def _consistent(ms: MeanSquares) -> tuple[_Estimate, _Estimate]:
    return _from_f(_divide(ms.people, ms.error), ms.k, ms.n - 1, (ms.n - 1) * (ms.k - 1))


def _from_f(f: float, k: int, df1: int, df2: int) -> tuple[_Estimate, _Estimate]:
    """Forms that are functions of one F: of a single measurement, of the mean of k."""
    low = f / float(f_distribution.ppf(0.975, df1, df2))
    high = f * float(f_distribution.ppf(0.975, df2, df1))

    def single(ratio: float) -> float:
        return 1.0 if np.isinf(ratio) else (ratio - 1) / (ratio + k - 1)

    def mean(ratio: float) -> float:
        return 1 - 1 / ratio if ratio > 0 else -np.inf

    return (single(f), (single(low), single(high))), (mean(f), (mean(low), mean(high)))


def _absolute(ms: MeanSquares) -> tuple[_Estimate, _Estimate]:
    """Absolute agreement, its interval by Satterthwaite's degrees of freedom (McGraw & Wong, table 7)."""
    n, k = ms.n, ms.k
    below = ms.people + (k - 1) * ms.error + k * (ms.measurements - ms.error) / n
    value = _divide(ms.people - ms.error, below)
    mean = _divide(ms.people - ms.error, ms.people + (ms.measurements - ms.error) / n)
    a = k * value / (n * (1 - value)) if value < 1 else np.inf
    if not np.isfinite(a):
        return (value, (value, value)), (mean, (mean, mean))
    b = 1 + k * value * (n - 1) / (n * (1 - value))
    df = (a * ms.measurements + b * ms.error) ** 2
    df /= (a * ms.measurements) ** 2 / (k - 1) + (b * ms.error) ** 2 / ((n - 1) * (k - 1))
    above = float(f_distribution.ppf(0.975, n - 1, df))
    under = float(f_distribution.ppf(0.975, df, n - 1))
    spread = k * ms.measurements + (k * n - k - n) * ms.error
    low = n * (ms.people - above * ms.error) / (above * spread + n * ms.people)
    high = n * (under * ms.people - ms.error) / (spread + n * under * ms.people)
    return (value, (low, high)), (mean, (_of_mean(low, k), _of_mean(high, k)))


def _of_mean(single: float, k: int) -> float:
    """Spearman and Brown: from one measurement to the mean of k."""
    return k * single / (1 + (k - 1) * single)


def _form(ms: MeanSquares, name: str, value: float, ci95: tuple[float, float]) -> IccForm:
    one_way = name in ("ICC(1)", "ICC(k)")
    df2 = ms.n * (ms.k - 1) if one_way else (ms.n - 1) * (ms.k - 1)
    f = _divide(ms.people, ms.within if one_way else ms.error)
    shrout_fleiss, meaning = _FORMS[name]
    p = float(f_distribution.sf(f, ms.n - 1, df2))
    return IccForm(name, shrout_fleiss, meaning, value, ci95, f, ms.n - 1, df2, p)


def _divide(a: float, b: float) -> float:
    if b != 0:
        return a / b
    return np.inf if a > 0 else np.nan
