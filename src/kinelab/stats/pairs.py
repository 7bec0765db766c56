"""Every level against every other: paired t tests, adjusted for their number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student_t

from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.stats.cells import full_table
from kinelab.stats.effect_sizes import d_av, d_z, d_z_ci95

Adjust = Literal["bonferroni", "holm", "none"]
ADJUSTMENTS: tuple[Adjust, ...] = ("bonferroni", "holm", "none")


@dataclass(frozen=True)
class Pair:
    """Level a against level b: difference = mean of a - mean of b, in the unit of the values.

    ci95 is of this difference alone, not adjusted; p_adjusted is p after the adjustment.
    """

    a: str
    b: str
    difference: float
    ci95: tuple[float, float]
    t: float
    df: int
    p: float
    p_adjusted: float
    d_z: float
    d_z_ci95: tuple[float, float]
    d_av: float


def paired_comparisons(
    values: ArrayLike, levels: Sequence[str], adjust: Adjust = "bonferroni"
) -> tuple[Pair, ...]:
    """All k (k - 1) / 2 pairs of levels, values (n units, k levels).

    Raises:
        InputError: a cell is missing, another number of level names, an unknown adjustment.
    """
    table = full_table(values, levels=[list(levels)])
    if len(levels) != table.shape[1]:
        raise InputError(f"{len(levels)} level names were given for {table.shape[1]} levels")
    couples = list(combinations(range(table.shape[1]), 2))
    tests = [_test(table[:, i], table[:, j]) for i, j in couples]
    adjusted = adjust_p([p for *_, p in tests], adjust)
    return tuple(
        _pair(table, levels, couple, test, float(p))
        for couple, test, p in zip(couples, tests, adjusted, strict=True)
    )


def adjust_p(p: ArrayLike, adjust: Adjust) -> Array:
    """p values adjusted for their number: Bonferroni, or Holm (1979, Scand J Stat 6:65), never weaker.

    Raises:
        InputError: an unknown adjustment.
    """
    raw = np.asarray(p, dtype=np.float64)
    if adjust not in ADJUSTMENTS:
        raise InputError(f"adjustment is {adjust!r}, allowed are {', '.join(ADJUSTMENTS)}")
    if adjust == "none":
        return raw
    if adjust == "bonferroni":
        return np.minimum(raw * raw.size, 1.0)
    order = np.argsort(raw, kind="stable")
    stepped = raw[order] * np.arange(raw.size, 0, -1)
    adjusted = np.empty_like(raw)
    adjusted[order] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return adjusted


def _test(a: Array, b: Array) -> tuple[float, float, float, float]:
    """(mean difference, standard error, t, p) of pairs; equal pairs have t 0 and p 1."""
    difference = a - b
    mean = float(difference.mean())
    error = float(difference.std(ddof=1) / np.sqrt(difference.size))
    if error == 0:
        return mean, 0.0, (0.0 if mean == 0 else float(np.copysign(np.inf, mean))), float(mean == 0)
    t = mean / error
    return mean, error, t, float(2 * student_t.sf(abs(t), difference.size - 1))


def _pair(
    table: Array,
    levels: Sequence[str],
    couple: tuple[int, int],
    test: tuple[float, float, float, float],
    p_adjusted: float,
) -> Pair:
    i, j = couple
    mean, error, t, p = test
    df = len(table) - 1
    half = float(student_t.ppf(0.975, df)) * error
    effect = d_z(table[:, i] - table[:, j])
    return Pair(
        a=levels[i], b=levels[j], difference=mean, ci95=(mean - half, mean + half), t=t, df=df, p=p,
        p_adjusted=p_adjusted, d_z=effect, d_z_ci95=d_z_ci95(effect, len(table)),
        d_av=d_av(table[:, i], table[:, j]),
    )  # fmt: skip
