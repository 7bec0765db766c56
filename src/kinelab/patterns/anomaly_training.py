"""From healthy people's curves to a model that tells what is unlike them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from kinelab.core.checks import Array, BoolArray, IntArray, Problems
from kinelab.errors import InputError
from kinelab.gait.deviation import without_offset
from kinelab.gait.deviation_variables import NAMES
from kinelab.gait.norms import POINTS, NormLabel
from kinelab.learning.weights import ModelCard
from kinelab.patterns.anomaly import AnomalyModel, left_deg, scores_deg
from kinelab.patterns.autoencoder_training import Training, train
from kinelab.patterns.autoencoders import KINDS, Networks, Size
from kinelab.patterns.calibration import limit_of, rate_range
from kinelab.patterns.planted import choose_middle
from kinelab.patterns.stride_curves import StrideCurves, leg_means, measured_only

_LIMITS = (
    "all nine curves of a leg are needed: pelvis, hip, knee, ankle, foot progression",
    "healthy adults of one laboratory walking at their own speed: other marker models, other speeds and"
    " children score as unusual for that reason alone",
    "unusual is not a diagnosis, and usual does not mean healthy",
)


@dataclass(frozen=True)
class AnomalyTraining:
    """What is trained. middle: None = chosen with the healthy people (`planted.choose_middle`)."""

    seed: int = 0
    seeds: int = 1
    folds: int = 7
    rate: float = 0.05
    offset_free: bool = False
    middle: int | None = None
    width: int = 24
    training: Training = field(default_factory=Training)

    def __post_init__(self) -> None:
        with Problems("AnomalyTraining") as problems:
            problems.add_if(self.seeds < 1, f"seeds is {self.seeds}, expected 1 or more")
            problems.add_if(self.folds < 2, f"folds is {self.folds}, expected 2 or more")


def quick(design: AnomalyTraining) -> AnomalyTraining:
    """The same way in seconds: too short a training to be used."""
    return replace(design, seeds=1, folds=3, training=replace(design.training, steps=12))


def train_anomaly(
    curves: StrideCurves,
    label: NormLabel,
    design: AnomalyTraining,
    recipe: str = "",
    advance: Callable[[int], None] = lambda _: None,
) -> AnomalyModel:
    """Networks of both kinds that have seen all these people, and what each person scores unseen.

    curves: of healthy people; rows without all nine curves are left out, strides of a leg become their mean.
    People are parted into folds; networks of the same size and seeds that were trained without a fold score
    its people. The networks that are kept saw everybody, so that a new healthy person scores a little less.

    Raises:
        InputError: synthetic strides, or too few people for the rate of false alarms.
        MissingExtraError: torch is not installed.
    """
    legs = leg_means(measured_only(curves.chosen(curves.whole), "what healthy people score"))
    people = len(set(legs.person))
    mean_rate, low, high = rate_range(people, design.rate)
    rows = without_offset(legs.curves_deg) if design.offset_free else legs.curves_deg
    middle = design.middle or choose_middle(rows, legs.person)
    fold = folds_of(legs.person, design.folds, design.seed)
    known = np.concatenate([fold[None] != np.arange(design.folds)[:, None], np.full((1, legs.n), True)])
    kinds = train_kinds(middle, rows, known, design, advance)
    scores = scores_deg(unseen_left_deg(kinds, known, rows))
    networks = tuple(of_fold(own, -1, len(known)) for own in kinds)
    own_scores = scores_deg(left_deg(networks, rows))
    by_person = np.array([scores[np.array(legs.person) == one].max() for one in dict.fromkeys(legs.person)])
    card = ModelCard(
        name=f"unusual strides: LSTM and Transformer autoencoders, middle of {middle}",
        licence="Apache-2.0",
        data=f"{people} people, {legs.n} legs: {label.source} ({label.licence})",
        synthetic=False,
        figures={
            "seen_people_score_deg": round(float(own_scores.mean()), 3),
            "unseen_people_score_deg": round(float(scores.mean()), 3),
            "limit_deg": round(limit_of(by_person, design.rate), 3),
            "false_alarms_mean": round(mean_rate, 4),
            "false_alarms_low": round(low, 4),
            "false_alarms_high": round(high, 4),
        },
        limits=_LIMITS,
        recipe=recipe,
    )
    return AnomalyModel(
        label=replace(label, people=people), networks=networks, healthy_deg=by_person,
        healthy_legs_deg=scores, mean_deg=rows.mean(axis=0), sd_deg=rows.std(axis=0, ddof=1),
        rate=design.rate, offset_free=design.offset_free, card=card,
    )  # fmt: skip


def train_kinds(
    middle: int,
    rows: Array,
    known: BoolArray,
    design: AnomalyTraining,
    advance: Callable[[int], None] = lambda _: None,
) -> tuple[Networks, ...]:
    """Each kind with its seeds one after the other: (seeds x M) networks, those of a seed together."""
    found = []
    done = 0
    for kind in KINDS:
        size = Size(kind, middle, design.width)
        of_seeds = []
        for seed in range(design.seed, design.seed + design.seeds):
            of_seeds.append(train(size, rows, known, design.training, seed))
            done += 1
            advance(done)
        found.append(joined_networks(of_seeds))
    return tuple(found)


def joined_networks(parts: Sequence[Networks]) -> Networks:
    """Networks of one size in one noun, in their order."""
    names = parts[0].weights
    weights = {name: np.concatenate([part.weights[name] for part in parts]) for name in names}
    return Networks(parts[0].size, weights, np.concatenate([part.mean_deg for part in parts]))


def of_fold(networks: Networks, fold: int, folds: int) -> Networks:
    """The networks of all seeds that were trained on one of the folds' choices of rows."""
    at = list(range(fold % folds, len(networks.mean_deg), folds))
    weights = {name: one[at] for name, one in networks.weights.items()}
    return Networks(networks.size, weights, networks.mean_deg[at])


def unseen_left_deg(kinds: Sequence[Networks], known: BoolArray, rows: Array) -> Array:
    """What networks leave of rows (n, 9, 101) that they have not seen: (kinds, n, 9, 51) deg.

    known (M, n) as they were trained; a row that several folds have not seen gets their mean.
    """
    total = np.zeros((len(kinds), len(rows), len(NAMES), POINTS))
    for m, seen in enumerate(known):
        if not seen.all():
            total[:, ~seen] += left_deg([of_fold(own, m, len(known)) for own in kinds], rows[~seen])
    counts = (~known).sum(axis=0)
    mean: Array = total / np.maximum(counts, 1)[:, None, None]
    return mean


def folds_of(person: Sequence[str], folds: int, seed: int) -> IntArray:
    """(n,) which fold each row is of: people are kept together, folds differ by one person at most.

    Raises:
        InputError: fewer people than folds.
    """
    people = list(dict.fromkeys(person))
    if len(people) < folds:
        raise InputError(f"{len(people)} people cannot be parted into {folds} folds")
    order = np.random.default_rng([seed, 7]).permutation(len(people))
    fold = {people[i]: place % folds for place, i in enumerate(order)}
    return np.array([fold[one] for one in person], np.int64)
