"""The simplest generator of strides: a normal distribution of the scores for each group."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.learning.weights import ModelCard
from kinelab.patterns.generator import StrideGenerator
from kinelab.patterns.score_space import SCORES, ScoreSpace, fit_space
from kinelab.patterns.stride_curves import StrideCurves, measured_only

_LEAST_LEGS = 2


def fit_gaussian(
    curves: StrideCurves, scores: int = SCORES, card: ModelCard | None = None
) -> StrideGenerator:
    """A generator of all groups of `curves` (rows with all nine, people who walked).

    A group's covariance is drawn towards that of all groups about their own means, which k scores of few
    people need: w own + (1 - w) pooled, w = n / (n + k) for n rows. The weight is a plain choice of ours;
    Friedman 1989 (J Am Stat Assoc 84:165, regularised discriminant analysis) finds it by cross-validation.

    Raises:
        InputError: a synthetic row, a group without a name or with fewer than two rows, too few rows.
    """
    measured_only(curves, "a generator")
    groups = groups_of(curves)
    space = fit_space(curves.curves_deg, scores)
    centre, spread = moments(space, curves, groups)
    return StrideGenerator(
        "gaussian", groups, space, centre, spread, (), card or ModelCard("", "", "", False)
    )


def groups_of(curves: StrideCurves) -> tuple[str, ...]:
    """Names of the groups, in their order.

    Raises:
        InputError: a row whose group is not known, or a group of fewer than two rows.
    """
    named = np.array(curves.group, dtype=object)
    for name in dict.fromkeys(curves.group):
        count = int((named == name).sum())
        if not name:
            raise InputError(f"the group of {count} strides is not known; a generator needs it of each")
        if count < _LEAST_LEGS:
            raise InputError(f"group {name!r} has {count} row; a spread needs {_LEAST_LEGS} or more")
    return tuple(dict.fromkeys(curves.group))


def moments(space: ScoreSpace, curves: StrideCurves, groups: tuple[str, ...]) -> tuple[Array, Array]:
    """Means (G, k) and factors (G, k, k) of the covariances of scores: z @ factor has the covariance."""
    scores = space.scores(curves.curves_deg)
    own = [scores[curves.of_group(name)] for name in groups]
    apart = np.concatenate([rows - rows.mean(axis=0) for rows in own])
    pooled = apart.T @ apart / (len(apart) - len(groups))
    spread = []
    for rows in own:
        weight = len(rows) / (len(rows) + space.size)
        mixed = weight * np.cov(rows.T) + (1 - weight) * pooled
        values, vectors = np.linalg.eigh(mixed)
        spread.append(np.sqrt(np.maximum(values, 0))[:, None] * vectors.T)
    return np.stack([rows.mean(axis=0) for rows in own]), np.stack(spread)
