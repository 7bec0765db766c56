"""Analysis of variance of groups of units (between) measured at several levels (within)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.stats.cells import full_table
from kinelab.stats.rm_anova import Effect, make_effect
from kinelab.stats.sphericity import contrast_scores, sphericity_of


def mixed_anova(
    values: ArrayLike, groups: Sequence[object], names: tuple[str, str] = ("group", "level")
) -> tuple[Effect, Effect, Effect]:
    """The factor between the units, the one within them, and their interaction.

    values (n units, k levels), groups (n,) the group of each unit. Groups of unlike size are taken with the
    mean of all units for the factor within (the sums of squares that pingouin gives); F of the interaction is
    the same under every choice.

    Raises:
        InputError: a cell is missing, fewer than two groups, or no group with two units.
    """
    table = full_table(values)
    names_of, member = np.unique([str(group) for group in groups], return_inverse=True)
    n, g = len(table), len(names_of)
    if len(groups) != n:
        raise InputError(f"{len(groups)} groups were given for {n} units; expected one for each unit")
    if g < 2 or n - g < 1:
        raise InputError(
            f"{n} units in {g} groups ({', '.join(names_of)}); a factor between units needs two groups or"
            " more and one of them with two units"
        )
    between, within = names
    means = table.mean(axis=1) * np.sqrt(table.shape[1])  # the orthonormal mean, as the contrasts are
    ss_group, ss_units = _group_parts(means[:, None], member, g)
    scores = contrast_scores(table, (True,))
    d = scores.shape[1]
    ss_both, ss_error = _group_parts(scores, member, g)
    ss_within = float(n * np.square(scores.mean(axis=0)).sum())
    pooled = _residual(scores, member, g)
    spread = sphericity_of(pooled.T @ pooled / (n - g), df=n - g, levels=table.shape[1], groups=g)
    measured = ss_units + ss_error
    error = (ss_error, d * (n - g))
    return (
        make_effect(between, (ss_group, g - 1), (ss_units, n - g), measured, None),
        make_effect(within, (ss_within, d), error, measured, spread),
        make_effect(f"{between} x {within}", (ss_both, d * (g - 1)), error, measured, spread),
    )


def _group_parts(scores: Array, member: np.typing.NDArray[np.intp], g: int) -> tuple[float, float]:
    """Sums of squares (between the groups' means, within the groups)."""
    inside = float(np.square(_residual(scores, member, g)).sum())
    whole = float(np.square(scores - scores.mean(axis=0)).sum())
    return whole - inside, inside


def _residual(scores: Array, member: np.typing.NDArray[np.intp], g: int) -> Array:
    means = np.stack([scores[member == i].mean(axis=0) for i in range(g)])
    left: Array = scores - means[member]
    return left
