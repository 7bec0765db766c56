"""Training of generators of strides: one for use, with a card, or many side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

from kinelab.errors import InputError, MissingExtraError
from kinelab.learning.weights import ModelCard
from kinelab.patterns.gaussian import fit_gaussian
from kinelab.patterns.generator import Kind, StrideGenerator
from kinelab.patterns.likeness import energy_distance_deg, find_copies, spread_ratio
from kinelab.patterns.people_folds import folds_of
from kinelab.patterns.stride_curves import StrideCurves, joined, measured_only

if TYPE_CHECKING:
    from kinelab.patterns.adversarial import GanRecipe

_FOLDS = 5
_DRAWN = 40  # strides a group and fold, to be judged
LIMITS = (
    "strides of nobody: for teaching, for trying software and for training; never for an evaluation",
    "mean strides of a leg of its training people's laboratories and marker models; no speed, no events",
    "a group of few people looks more alike than such people are",
)


def train_generator(
    curves: StrideCurves,
    card: ModelCard,
    kind: Kind = "gaussian",
    recipe: GanRecipe | None = None,
    seed: int = 0,
    advance: Callable[[int], None] | None = None,
) -> StrideGenerator:
    """A generator of all people of `curves`, with figures on its card from people it was not shown.

    For the figures each fifth of the people is held out in turn. Means over folds and groups of:
    held_out_energy_distance_deg, its floor (real strides instead of made ones), spread_ratio, and
    nearer_than_new_people (0.5 = as a new person, 1 = copies).

    Raises:
        InputError: as `fit_gaussian`; a group of fewer than five people.
        MissingExtraError: a GAN is asked for and torch is not installed.
        ModelError: a network went astray.
    """
    measured_only(curves, "a generator")
    for name in dict.fromkeys(curves.group):
        of = set(np.array(curves.person, dtype=object)[curves.of_group(name)])
        if len(of) < _FOLDS:
            raise InputError(
                f"group {name!r} has {len(of)} people; {_FOLDS} or more are needed, for one in {_FOLDS} is"
                " held out to see whether strides of the others are given back"
            )
    fold = folds_of(curves, _FOLDS, seed)
    parts = [curves, *(curves.chosen(fold != number) for number in range(_FOLDS))]
    if kind == "gan":
        whole, *others = fit_gans(parts, recipe, seed, card, advance)
    else:
        whole, *others = (fit_gaussian(part, card=card) for part in parts)
    tests = [curves.chosen(fold == number) for number in range(_FOLDS)]
    figures = _figures(others, parts[1:], tests, seed)
    return replace(whole, card=replace(card, figures=figures, limits=(*LIMITS, *card.limits)))


def _figures(
    generators: Sequence[StrideGenerator],
    parts: Sequence[StrideCurves],
    tests: Sequence[StrideCurves],
    seed: int,
) -> dict[str, float]:
    rows, nearer = [], []
    for i, (one, part, test) in enumerate(zip(generators, parts, tests, strict=True)):
        drawn = {name: one.draw(name, _DRAWN, seed + i) for name in one.groups}
        nearer.append(find_copies(joined(*drawn.values()), part, test, one.space).nearer)
        for name, made in drawn.items():
            known, new = (of.curves_deg[of.of_group(name)] for of in (part, test))
            if len(new) > 1:
                rows.append(
                    (
                        energy_distance_deg(made.curves_deg, new),
                        energy_distance_deg(known, new),
                        spread_ratio(made.curves_deg, known),
                    )
                )
    energy, floor, spread = np.mean(rows, axis=0).tolist()
    return {
        "held_out_energy_distance_deg": round(energy, 3),
        "held_out_energy_distance_of_real_deg": round(floor, 3),
        "spread_ratio": round(spread, 3),
        "nearer_than_new_people": round(float(np.mean(nearer)), 3),
    }


def need_torch() -> None:
    """Raises: MissingExtraError: torch is not installed."""
    if find_spec("torch") is None:
        raise MissingExtraError("training of a GAN of strides", "train")


def fit_gans(
    parts: Sequence[StrideCurves],
    recipe: GanRecipe | None = None,
    seed: int = 0,
    card: ModelCard | None = None,
    advance: Callable[[int], None] | None = None,
) -> list[StrideGenerator]:
    """One conditional GAN for each set of curves, trained side by side; all have the same number of groups.

    Raises:
        MissingExtraError: torch is not installed.
        InputError: as `fit_gaussian`, or sets of different numbers of groups.
        ModelError: a network went astray.
    """
    need_torch()
    from kinelab.patterns.adversarial import GanRecipe, Lesson, train_gans

    recipe = recipe or GanRecipe()
    starts = [fit_gaussian(part, card=card) for part in parts]
    if len({len(start.groups) for start in starts}) > 1:
        raise InputError("GANs trained side by side need the same number of groups in every set of curves")
    lessons = [
        Lesson(
            start.space.scores(part.curves_deg),
            np.array([start.groups.index(name) for name in part.group], np.int64),
            start.centre,
            start.spread,
        )
        for start, part in zip(starts, parts, strict=True)
    ]
    share = 1.0 if recipe.from_gaussian else 0.0
    return [
        replace(
            start, kind="gan", centre=share * start.centre, spread=share * start.spread, layers=one.layers
        )
        for start, one in zip(starts, train_gans(lessons, recipe, seed, advance), strict=True)
    ]
