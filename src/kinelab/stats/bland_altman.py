"""Limits of agreement after Bland and Altman, for single pairs and for several pairs a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import chi2
from scipy.stats import t as student_t

from kinelab.core.checks import Array, IntArray
from kinelab.errors import InputError

_Z95 = 1.959963984540054
Interval = tuple[float, float]


@dataclass(frozen=True)
class Agreement:
    """Differences a - b, in the unit of the values: n pairs of `people` people.

    bias: their mean; sd: of a single difference; lower, upper = bias -+ 1.96 sd hold 95 % of differences.
    Each with its 95 % confidence interval.
    """

    n: int
    people: int
    bias: float
    bias_ci95: Interval
    sd: float
    lower: float
    lower_ci95: Interval
    upper: float
    upper_ci95: Interval


def bland_altman(a: ArrayLike, b: ArrayLike) -> Agreement:
    """Of one pair a person, a and b (n,).

    Bland & Altman 1986 (Lancet 327:307). The variance of a limit is s^2 (1 / n + 1.96^2 / (2 (n - 1))) as
    they gave in 1999 (Stat Methods Med Res 8:135); in 1986 they rounded it to 3 s^2 / n.

    Raises:
        InputError: the shapes differ, a value is missing, or there are fewer than three pairs.
    """
    difference = _differences(a, b)
    n = difference.size
    bias, sd = float(difference.mean()), float(difference.std(ddof=1))
    t = float(student_t.ppf(0.975, n - 1))
    half_bias = t * sd / np.sqrt(n)
    half_limit = t * sd * np.sqrt(1 / n + _Z95**2 / (2 * (n - 1)))
    lower, upper = bias - _Z95 * sd, bias + _Z95 * sd
    return Agreement(
        n, n, bias, _around(bias, half_bias), sd,
        lower, _around(lower, half_limit), upper, _around(upper, half_limit),
    )  # fmt: skip


def bland_altman_repeated(
    a: ArrayLike,
    b: ArrayLike,
    person: Sequence[object],
    true_value: Literal["varies", "constant"] = "varies",
) -> Agreement:
    """Of several pairs a person; a, b, person (n,). Bland & Altman 2007 (J Biopharm Stat 17:571).

    "varies": the true value may change between a person's pairs, which belong together. The variance of a
    difference is that within people plus that between them, by analysis of variance (their section 3).
    "constant": it does not, and both methods measured it several times; the variance is that of the people's
    mean differences plus what the means took from the spread within people of each method (section 2).
    Pooling all pairs as if they were of different people makes the limits too narrow where people differ in
    their bias. The bias is the mean over all pairs. The intervals recover the variances of the parts (Zou
    2013, Stat Methods Med Res 22:630, formulas from memory; coverage is tested).

    Raises:
        InputError: the shapes differ, a value is missing, fewer than three people, or one pair a person.
    """
    difference = _differences(a, b)
    if len(person) != difference.size:
        raise InputError(f"{len(person)} people were given for {difference.size} pairs")
    _, member, counts = np.unique(
        np.array([str(who) for who in person]), return_inverse=True, return_counts=True
    )
    people, n = counts.size, difference.size
    if people < 3 or n == people:
        raise InputError(
            f"{n} pairs of {people} people; repeated pairs need three people or more and a person with two"
            " pairs (with one pair each, use bland_altman)"
        )
    within, of_people = _mean_squares(difference, member, counts)
    # What n_i is for equal numbers of pairs.
    usual = float((n - np.square(counts).sum() / n) / (people - 1))
    if true_value == "varies":
        parts = [(of_people / usual, people - 1), ((1 - 1 / usual) * within, n - people)]
    else:
        means = np.bincount(member, difference) / counts
        share = float(1 - np.mean(1 / counts))
        methods = (np.asarray(one, dtype=np.float64) for one in (a, b))
        parts = [(float(means.var(ddof=1)), people - 1)]
        parts += [(share * _mean_squares(one, member, counts)[0], n - people) for one in methods]
    variance = sum(size for size, _ in parts)
    sd, bias = float(np.sqrt(variance)), float(difference.mean())
    low, high = _variance_ci95(variance, *parts)
    # Of the mean over all pairs, in which a person with more pairs weighs more.
    between = max((of_people - within) / usual, 0.0)
    error = float(between * np.square(counts).sum() / n**2 + within / n)
    inner, outer = (float(np.hypot(_Z95 * np.sqrt(error), _Z95 * (np.sqrt(v) - sd))) for v in (low, high))
    lower, upper = bias - _Z95 * sd, bias + _Z95 * sd
    half_bias = float(student_t.ppf(0.975, people - 1)) * np.sqrt(error)
    return Agreement(
        n, people, bias, _around(bias, half_bias), sd,
        lower, (lower - outer, lower + inner), upper, (upper - inner, upper + outer),
    )  # fmt: skip


def _mean_squares(values: Array, member: IntArray, counts: IntArray) -> tuple[float, float]:
    """Mean squares within people and between them, each person weighing as its values."""
    means = np.bincount(member, values) / counts
    within = np.square(values - means[member]).sum() / (values.size - counts.size)
    between = (counts * np.square(means - values.mean())).sum() / (counts.size - 1)
    return float(within), float(between)


def _variance_ci95(total: float, *parts: tuple[float, int]) -> Interval:
    """Interval of a sum of variances, each (its size, its degrees of freedom)."""
    low = sum((size * (1 - df / float(chi2.ppf(0.975, df)))) ** 2 for size, df in parts)
    high = sum((size * (df / float(chi2.ppf(0.025, df)) - 1)) ** 2 for size, df in parts)
    return max(total - float(np.sqrt(low)), 0.0), total + float(np.sqrt(high))


def _around(middle: float, half: float) -> Interval:
    return float(middle - half), float(middle + half)


def _differences(a: ArrayLike, b: ArrayLike) -> Array:
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.shape != second.shape or first.ndim != 1:
        raise InputError(f"a has shape {first.shape}, b {second.shape}; expected two series of pairs")
    difference = first - second
    if not np.isfinite(difference).all():
        raise InputError(f"pair {int(np.argmin(np.isfinite(difference)))} misses a value; leave it out first")
    if difference.size < 3:
        raise InputError(f"{difference.size} pairs; limits of agreement need three or more")
    return difference
