"""What in a stride is unlike healthy walking: a score, how rare it is among the healthy, where it lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array, Problems, read_only
from kinelab.core.events import SIDES, Side
from kinelab.core.strides import STRIDE_POINTS
from kinelab.gait.deviation import without_offset
from kinelab.gait.deviation_variables import NAMES
from kinelab.gait.norms import NormLabel
from kinelab.learning.weights import ModelCard
from kinelab.patterns.autoencoders import Networks
from kinelab.patterns.calibration import limit_of, p_values
from kinelab.patterns.explaining import Cause, blame, cause_of
from kinelab.patterns.stride_curves import mean_curves


@dataclass(frozen=True, eq=False)
class AnomalyModel:
    """Networks that know healthy strides, and how healthy people score whom they have not seen.

    label: who the healthy are, as a norm set says it. networks: one entry a kind, each of one or more seeds.
    healthy_deg (m,): each healthy person's score, that of the more unusual leg, by networks that were trained
    without this person; healthy_legs_deg: the same of single legs. mean_deg, sd_deg (9, 101): of these legs.
    rate: of false alarms that the limit is set for. offset_free: every curve less its own mean over the
    stride, so that only the shape of the movement counts.
    """

    label: NormLabel
    networks: tuple[Networks, ...]
    healthy_deg: Array
    healthy_legs_deg: Array
    mean_deg: Array
    sd_deg: Array
    rate: float
    offset_free: bool
    card: ModelCard

    def __post_init__(self) -> None:
        for name in ("healthy_deg", "healthy_legs_deg", "mean_deg", "sd_deg"):
            object.__setattr__(self, name, read_only(getattr(self, name)))
        with Problems(f"AnomalyModel {self.label.name}") as problems:
            problems.add_if(not self.networks, "there is no network")
            for name in ("mean_deg", "sd_deg"):
                problems.shape(name, getattr(self, name), (len(NAMES), STRIDE_POINTS))
            scores = np.concatenate([self.healthy_deg, self.healthy_legs_deg])
            problems.add_if(not np.isfinite(scores).all(), "a score of a healthy person is no number")

    @property
    def limit_deg(self) -> float:
        """The largest usual score of a person, of the more unusual of two legs."""
        return limit_of(self.healthy_deg, self.rate)

    @property
    def leg_limit_deg(self) -> float:
        """The largest usual score of one leg."""
        return limit_of(self.healthy_legs_deg, self.rate)

    def prepared(self, curves_deg: Array) -> Array:
        """Curves (..., 9, 101) as this model takes them."""
        return without_offset(curves_deg) if self.offset_free else curves_deg


@dataclass(frozen=True, eq=False)
class AnomalousLeg:
    """One leg: its mean curves (9, 101) of n strides as the model took them, score, p, and what made it.

    given_back_deg (9, 51): what the networks made of every second point of the curves, mean of them.
    blame (9, 10): share of the squared score that goes when a curve in a tenth of the stride is replaced by
    what the networks gave back. cause: where it is largest.
    """

    n: int
    curves_deg: Array
    given_back_deg: Array
    score_deg: float
    p: float
    blame: Array
    cause: Cause


@dataclass(frozen=True, eq=False)
class Anomaly:
    """A person: the legs that have all nine curves; score and p of the more unusual one.

    Of two legs p is that of the higher among the healthy people's higher ones: who has two has two chances.
    """

    model: AnomalyModel
    legs: Mapping[Side, AnomalousLeg]
    score_deg: float
    p: float

    @property
    def unusual(self) -> bool:
        """Whether the score passes the limit."""
        return self.p <= self.model.rate


def find_anomaly(model: AnomalyModel, strides_deg: Mapping[Side, Array]) -> Anomaly | None:
    """Score the mean stride of each leg; None where no leg has all nine curves.

    strides_deg: (n, 9, 101) deg a side, as `deviation_variables.nine_curves` gives them. The mean of the
    strides is scored, as the healthy people's were: a single stride varies more than a mean.
    """
    legs: dict[Side, AnomalousLeg] = {}
    for side in SIDES:
        curves = model.prepared(mean_curves(strides_deg[side]))
        if not np.isfinite(curves).all():
            continue
        left = left_deg(model.networks, curves[None])
        score = scores_deg(left)
        shares = blame(model.networks, curves)
        legs[side] = AnomalousLeg(
            n=int(np.isfinite(strides_deg[side]).all(axis=(1, 2)).sum()) or 1,
            curves_deg=curves,
            given_back_deg=curves[:, ::2] - left[:, 0].mean(axis=0),
            score_deg=float(score[0]),
            p=float(p_values(score, model.healthy_legs_deg)[0]),
            blame=shares,
            cause=cause_of(shares, curves - model.mean_deg),
        )
    if not legs:
        return None
    score = np.array([max([leg.score_deg for leg in legs.values()])])
    healthy = model.healthy_deg if len(legs) == len(SIDES) else model.healthy_legs_deg
    return Anomaly(model, legs, float(score[0]), float(p_values(score, healthy)[0]))


def left_deg(networks: Sequence[Networks], curves_deg: Array) -> Array:
    """What is not given back of curves (n, 9, 101): (kinds, n, 9, 51) deg, the mean over seeds of a kind."""
    return np.stack([own.left_deg(curves_deg).mean(axis=0) for own in networks])


def scores_deg(left: Array) -> Array:
    """(n,) score of what is left (kinds, n, 9, 51): root mean square over the nine curves, mean of kinds."""
    scores: Array = np.sqrt(np.square(left).mean(axis=(-2, -1))).mean(axis=0)
    return scores
