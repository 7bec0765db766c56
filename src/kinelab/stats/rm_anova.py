"""Analysis of variance with repeated measures: one or two factors, every unit at every level.

An effect is judged on the scores of its orthonormal contrasts: the squared length of their mean over the
units against their spread about it. This gives the classical F of each effect with its own error term, for
any number of factors, and the covariance that sphericity is about.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import f as f_distribution

from kinelab.core.checks import Array
from kinelab.stats.cells import full_table
from kinelab.stats.sphericity import Sphericity, contrast_scores, covariance_of, sphericity_of


@dataclass(frozen=True)
class Effect:
    """One effect of an analysis of variance.

    df, df_error: uncorrected. p: taking sphericity as given; p_gg, p_hf: degrees of freedom multiplied by
    Greenhouse and Geisser's, Huynh and Feldt's epsilon. partial_eta2: of effect and its own error;
    generalised_eta2: also of the differences between units, comparable between designs (Olejnik & Algina
    2003, Psychol Methods 8:434). sphericity: None for a factor between the units.
    """

    name: str
    ss: float
    df: int
    ss_error: float
    df_error: int
    f: float
    p: float
    p_gg: float
    p_hf: float
    partial_eta2: float
    generalised_eta2: float
    sphericity: Sphericity | None


def rm_anova(values: ArrayLike, name: str = "level") -> Effect:
    """One repeated factor, values (n units, k levels).

    Raises:
        InputError: a cell is missing, or fewer than two units or levels.
    """
    table = full_table(values)
    between = _between_units(table)
    return _within(name, table, (True,), between)


def rm_anova_two_way(values: ArrayLike, names: tuple[str, str] = ("A", "B")) -> tuple[Effect, Effect, Effect]:
    """Two repeated factors, values (n units, a, b): the first, the second, their interaction.

    Raises:
        InputError: a cell is missing, or fewer than two units or levels.
    """
    table = full_table(values, factors=2)
    first, second = names
    effects = [
        _within(name, table, which, 0.0)
        for name, which in (
            (first, (True, False)),
            (second, (False, True)),
            (f"{first} x {second}", (True,) * 2),
        )
    ]
    measured = _between_units(table) + sum(effect.ss_error for effect in effects)
    a, b, both = (_with_generalised(effect, measured) for effect in effects)
    return a, b, both


def _between_units(table: Array) -> float:
    """Sum of squares of the units' own means."""
    means = table.reshape(len(table), -1).mean(axis=1)
    cells = table[0].size
    return float(cells * np.square(means - means.mean()).sum())


def _within(name: str, table: Array, in_effect: tuple[bool, ...], between: float) -> Effect:
    scores = contrast_scores(table, in_effect)
    n, d = scores.shape
    mean = scores.mean(axis=0)
    ss = float(n * np.square(mean).sum())
    ss_error = float(np.square(scores - mean).sum())
    levels = int(np.prod([k for k, within in zip(table.shape[1:], in_effect, strict=True) if within]))
    spread = sphericity_of(covariance_of(scores), df=n - 1, levels=levels)
    return make_effect(name, (ss, d), (ss_error, d * (n - 1)), between + ss_error, spread)


def make_effect(
    name: str, effect: tuple[float, int], error: tuple[float, int], measured: float, spread: Sphericity | None
) -> Effect:
    """An effect from (sum of squares, degrees of freedom) of itself and of its error.

    measured: the sum of squares of everything that was measured and not manipulated, for generalised eta
    squared.
    """
    (ss, df), (ss_error, df_error) = effect, error
    no_error = np.inf if ss > 0 else np.nan
    f = (ss / df) / (ss_error / df_error) if ss_error > 0 else no_error
    epsilons = (1.0, 1.0, 1.0) if spread is None else (1.0, spread.greenhouse_geisser, spread.huynh_feldt)
    p, p_gg, p_hf = (float(f_distribution.sf(f, e * df, e * df_error)) for e in epsilons)
    return Effect(
        name=name, ss=ss, df=df, ss_error=ss_error, df_error=df_error, f=float(f), p=p, p_gg=p_gg, p_hf=p_hf,
        partial_eta2=_share(ss, ss_error), generalised_eta2=_share(ss, measured), sphericity=spread,
    )  # fmt: skip


def _with_generalised(effect: Effect, measured: float) -> Effect:
    return make_effect(
        effect.name, (effect.ss, effect.df), (effect.ss_error, effect.df_error), measured, effect.sphericity
    )


def _share(part: float, rest: float) -> float:
    return part / (part + rest) if part + rest > 0 else np.nan
