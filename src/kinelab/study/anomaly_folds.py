"""Scores of people whom nothing has seen, by networks and by what is simpler: distance and components."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array, BoolArray, IntArray
from kinelab.patterns.anomaly import left_deg, scores_deg
from kinelab.patterns.anomaly_training import (
    AnomalyTraining,
    folds_of,
    of_fold,
    train_kinds,
)
from kinelab.patterns.autoencoders import KINDS, Networks
from kinelab.patterns.calibration import p_values
from kinelab.patterns.planted import choose_middle
from kinelab.patterns.stride_curves import HEALTHY, StrideCurves

Scores = dict[str, Array]
DISTANCE, COMPONENTS = "distance from the mean (as GPS)", 15
BOTH = "both networks"
NETWORK_NAMES = {"lstm": "LSTM autoencoder", "transformer": "Transformer autoencoder"}


@dataclass(frozen=True)
class Folded:
    """Scores (n,) deg of every row by each way, and the middles that were chosen fold by fold."""

    scores: Scores
    middles: tuple[int, ...]


def left_out(
    legs: StrideCurves,
    rows: Array,
    fold: IntArray,
    design: AnomalyTraining,
    advance: Callable[[int], None] = lambda _: None,
) -> Folded:
    """Every healthy fold scored by what the other healthy people taught; patients by the mean of all folds.

    rows (n, 9, 101): the curves of `legs` as they are scored. fold (n,): which fold a healthy row is of (one
    a person for leave-one-person-out); patients' entries count for nothing.
    """
    healthy = legs.of_group(HEALTHY)
    names = (DISTANCE, _components(COMPONENTS), "components as many as the networks' middle")
    scores = {name: np.zeros(legs.n) for name in (*names, *NETWORK_NAMES.values(), BOTH)}
    folds = np.unique(fold[healthy])
    chosen: dict[int, list[int]] = {}
    for f in folds.tolist():
        known = healthy & (fold != f)
        person = tuple(np.array(legs.person, dtype=object)[known])
        k = design.middle or choose_middle(rows[known], person)
        chosen.setdefault(k, []).append(f)
        for name, count in zip(names, (0, COMPONENTS, k), strict=True):
            _add(scores[name], components_left(rows[known], rows, count), fold == f, healthy, len(folds))
    for k, alike in chosen.items():
        known = np.stack([(fold != f)[healthy] for f in alike])
        kinds = train_kinds(k, rows[healthy], known, design, advance)
        for m, f in enumerate(alike):
            left = left_deg([of_fold(own, m, len(alike)) for own in kinds], rows)
            for kind, one in zip(KINDS, left, strict=True):
                _add(scores[NETWORK_NAMES[kind]], scores_deg(one[None]), fold == f, healthy, len(folds))
            _add(scores[BOTH], scores_deg(left), fold == f, healthy, len(folds))
    return Folded(scores, tuple(k for k, alike in chosen.items() for _ in alike))


def components_left(known: Array, rows: Array, count: int) -> Array:
    """RMS, deg, of what `count` principal components of the curves `known` leave of rows (n, 9, 101)."""
    mean = known.mean(axis=0)
    basis = np.linalg.svd((known - mean).reshape(len(known), -1), full_matrices=False)[2][:count]
    less = (rows - mean).reshape(len(rows), -1)
    scores: Array = np.sqrt(np.square(less - less @ basis.T @ basis).mean(axis=1))
    return scores


def _components(count: int) -> str:
    return f"{count} principal components"


def _add(total: Array, found: Array, own: BoolArray, healthy: BoolArray, folds: int) -> None:
    total[own & healthy] = found[own & healthy]
    total[~healthy] += found[~healthy] / folds


def by_person(legs: StrideCurves, scores: Array, group: str, *, higher: bool = False) -> Array:
    """(people,) the mean over the legs of each person of a group, or the higher leg."""
    rows = np.flatnonzero(legs.of_group(group))
    who = np.array(legs.person, dtype=object)[rows]
    own = [scores[rows[who == one]] for one in dict.fromkeys(who)]
    return np.array([one.max() if higher else one.mean() for one in own])


@dataclass(frozen=True, eq=False)
class Nested:
    """Healthy people judged by a limit that others set: p (people,). networks[a] have not seen fold a."""

    p: Array
    networks: tuple[tuple[Networks, ...], ...]
    fold: IntArray


def nested(
    legs: StrideCurves, rows: Array, design: AnomalyTraining, advance: Callable[[int], None]
) -> Nested:
    """p of each healthy person as a model would give it that has never seen this person's fold.

    As `train_anomaly` does without fold a: networks that saw all others score the people of a; networks that
    also lack a second fold b score the people of b, and those scores, over all b, are what a is held
    against. With F folds that takes F + F (F - 1) / 2 networks of each kind and seed. The width of the middle
    is chosen once, with everybody.
    """
    fold = folds_of(legs.person, design.folds, design.seed)
    count = design.folds
    pairs = [(a, b) for a in range(count) for b in range(a, count)]
    known = np.stack([(fold != a) & (fold != b) for a, b in pairs])
    kinds = train_kinds(design.middle or choose_middle(rows, legs.person), rows, known, design, advance)
    at = {pair: m for m, pair in enumerate(pairs)}

    def scored(a: int, b: int, own: int) -> Array:
        """The more unusual leg of each person of fold `own` by the networks without a and b."""
        m = at[(min(a, b), max(a, b))]
        left = left_deg([of_fold(one, m, len(pairs)) for one in kinds], rows[fold == own])
        score, who = scores_deg(left), np.array(legs.person, dtype=object)[fold == own]
        return np.array([score[who == one].max() for one in dict.fromkeys(who)])

    p = [
        p_values(scored(a, a, a), np.concatenate([scored(a, b, b) for b in range(count) if b != a]))
        for a in range(count)
    ]
    alone = [at[(a, a)] for a in range(count)]
    networks = tuple(tuple(of_fold(one, m, len(pairs)) for one in kinds) for m in alone)
    return Nested(np.concatenate(p), networks, fold)
