"""Who is learned from and who is tested in the study of synthetic strides, and what the tested got right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from kinelab.core.checks import Array, BoolArray
from kinelab.gait.deviation import without_offset
from kinelab.patterns.classifier import StrideClassifier, fit_classifier
from kinelab.patterns.stride_curves import StrideCurves, measured_only

VARIANTS = ("as measured", "free of offsets")
Right = dict[str, float]  # by person: the share of tests in which his group was found
_DRAWS = 2000


def few_known(curves: StrideCurves, rare: str, known: int, rng: np.random.Generator) -> StrideCurves:
    """The same strides, with those of `known` people of the rare group only."""
    person = np.array(curves.person, dtype=object)
    members = sorted(set(person[curves.of_group(rare)]))
    kept = rng.permutation(len(members))[:known]
    chosen: BoolArray = ~curves.of_group(rare) | np.isin(person, [members[i] for i in kept])
    return curves.chosen(chosen)


def as_variant(curves: StrideCurves, variant: str) -> StrideCurves:
    """As measured, or each curve less its own mean."""
    if variant == VARIANTS[0]:
        return curves
    return StrideCurves(
        without_offset(curves.curves_deg), curves.person, curves.session, curves.side, curves.group,
        curves.synthetic,
    )  # fmt: skip


def right_of(
    learned: StrideCurves, weight: Array, tested: StrideCurves, groups: Sequence[str], variant: str
) -> Right:
    """By person: 1 where the mean probability over the legs is largest for the group that is his, else 0.

    Raises:
        InputError: a tested stride is synthetic.
    """
    measured_only(tested, "a test of a classifier")
    model: StrideClassifier = fit_classifier(as_variant(learned, variant), weight, groups)
    likely = model.probability(as_variant(tested, variant).curves_deg)
    person, found = np.array(tested.person, dtype=object), {}
    for who in dict.fromkeys(tested.person):
        mine = np.flatnonzero(person == who)
        guess = model.groups[int(likely[mine].mean(axis=0).argmax())]
        found[who] = float(guess == tested.group[mine[0]])
    return found


def mean_right(tests: Sequence[Right]) -> Right:
    """Mean by person over tests."""
    return {
        who: float(np.mean([one[who] for one in tests if who in one]))
        for who in dict.fromkeys(who for one in tests for who in one)
    }


def sensitivities(right: Right, group_of: Mapping[str, str]) -> dict[str, Array]:
    """By group: the shares of its people, in the order of their names, so that ways can be compared."""
    found: dict[str, list[float]] = {}
    for who in sorted(right):
        found.setdefault(group_of[who], []).append(right[who])
    return {name: np.array(shares) for name, shares in found.items()}


def interval(
    shares: Mapping[str, Array], less: Mapping[str, Array] | None = None
) -> tuple[float, float, float]:
    """Mean over groups of their mean share, and its 95 % interval over people, drawn anew in each group.

    less: the same people's shares of another way; then all is of the difference, person by person. The
    percentile bootstrap (Efron & Tibshirani 1993, chapter 13) with a fixed seed: equal input, equal interval.
    """
    rng, drawn, mean = np.random.default_rng(12), np.zeros(_DRAWS), 0.0
    for name, values in shares.items():
        own = values if less is None else values - less[name]
        drawn += own[rng.integers(own.size, size=(_DRAWS, own.size))].mean(axis=1)
        mean += float(own.mean())
    low, high = np.quantile(drawn / len(shares), [0.025, 0.975])
    return mean / len(shares), float(low), float(high)
