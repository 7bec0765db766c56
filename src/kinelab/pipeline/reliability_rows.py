"""Reliability of measures and of curves between two days, number by number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, Side
from kinelab.core.measures import MeasureSide
from kinelab.core.strides import Strides
from kinelab.reports.angle_names import side_of
from kinelab.stats.bland_altman import Agreement, bland_altman
from kinelab.stats.cmc import cmc_between_days, cmc_within_day
from kinelab.stats.icc import IccForm, icc
from kinelab.stats.measurement_error import MeasurementError, sem_from_icc, sem_within
from kinelab.stats.spm import CurveTest, paired

LEAST_PEOPLE = 3
_LEAST_FOR_SIGNS = 6  # people: with fewer, permutations of signs never come below p = 0.05


@dataclass(frozen=True)
class ReliabilityRow:
    """One measure over n people and two days.

    values (n, 2): mean over the strides of each day. icc: all six forms by name. sem_icc, sem_within: by two
    definitions, each with its mdc95. agreement: day 2 - day 1.
    """

    quantity: str
    side: MeasureSide
    unit: str
    people: tuple[str, ...]
    values: tuple[tuple[float, float], ...]
    icc: Mapping[str, IccForm]
    sem_icc: MeasurementError
    sem_within: MeasurementError
    agreement: Agreement

    @property
    def icc_a1(self) -> IccForm:
        """One day, absolute agreement: a shift between the days counts."""
        return self.icc["ICC(A,1)"]


@dataclass(frozen=True, eq=False)
class CurveRow:
    """One angle over n people and two days: day1_deg, day2_deg (n, 101) each person's mean curve.

    cmc_within, cmc_between: mean over people with two strides on both days, least: the smallest between.
    test: where along the stride the days differ; None with fewer than three people.
    """

    angle: str
    side: Side
    people: tuple[str, ...]
    day1_deg: Array
    day2_deg: Array
    cmc_within: float
    cmc_between: float
    cmc_between_least: float
    test: CurveTest | None

    @property
    def rmsd_deg(self) -> float:
        """Root mean square difference of the people's mean curves between the days."""
        return float(np.sqrt(np.square(self.day2_deg - self.day1_deg).mean()))


Held = Mapping[tuple[str, MeasureSide], tuple[float, str, int]]  # (quantity, side) -> value, unit, n


def measure_rows(people: Mapping[str, tuple[Held, Held]]) -> tuple[ReliabilityRow, ...]:
    """Every measure that three people or more have on both days in one unit, and that differs among them.

    people: name -> what is held of each day, as `Visit.values` gives it.
    """
    keys = dict.fromkeys(key for one, _ in people.values() for key in one)
    rows = []
    for key in keys:
        have = [
            name
            for name, (one, two) in people.items()
            if key in one and key in two and one[key][1] == two[key][1]
        ]
        if len(have) < LEAST_PEOPLE:
            continue
        values = tuple((people[name][0][key][0], people[name][1][key][0]) for name in have)
        table = np.array(values)
        if np.ptp(table) <= 1e-9 * np.abs(table).max():
            continue
        quantity, side = key
        rows.append(
            ReliabilityRow(
                quantity, side, people[have[0]][0][key][1], tuple(have), values, icc(table),
                sem_from_icc(table), sem_within(table), bland_altman(table[:, 1], table[:, 0]),
            )
        )  # fmt: skip
    return tuple(rows)


def curve_rows(
    people: Mapping[str, tuple[Sequence[Strides], Sequence[Strides]]], seed: int = 0
) -> tuple[CurveRow, ...]:
    """Every angle that somebody has on both days, over the strides of its own side (left for the trunk).

    people: name -> the strides of all recordings of each day.
    """
    angles = dict.fromkeys(name for one, _ in people.values() for strides in one for name in strides.names)
    rows = []
    for angle in angles:
        side: Side = side_of(angle) or SIDES[0]
        have, within, between = [], [], []
        means: list[list[Array]] = [[], []]
        for name, recordings in people.items():
            days = [_curves(day, angle, side) for day in recordings]
            if any(len(day) == 0 for day in days):
                continue
            have.append(name)
            for mean, day in zip(means, days, strict=True):
                mean.append(day.mean(axis=0))
            n = min(len(day) for day in days)
            if n > 1:
                alike = np.stack([day[:n] for day in days])
                within.append(cmc_within_day(alike))
                between.append(cmc_between_days(alike))
        if have:
            first, second = (np.array(mean) for mean in means)
            rows.append(
                CurveRow(
                    angle, side, tuple(have), first, second, _mean(within), _mean(between),
                    min(between, default=float("nan")), _test(second, first, seed),
                )
            )  # fmt: skip
    return tuple(rows)


def _curves(day: Sequence[Strides], angle: str, side: Side) -> Array:
    """Whole curves of one angle over the used strides of a side, (m, 101) deg."""
    held = [s.curves(side, angle) for s in day if angle in s.names]
    every = np.concatenate(held) if held else np.empty((0, 101))
    return every[np.isfinite(every).all(axis=1)]


def _test(second: Array, first: Array, seed: int) -> CurveTest | None:
    difference = second - first
    alike = bool((difference.std(axis=0) <= 1e-9 * max(1.0, float(np.abs(first).max()))).any())
    if len(first) < LEAST_PEOPLE or alike:
        return None
    by_signs = len(first) >= _LEAST_FOR_SIGNS
    return paired(second, first, by="permutation" if by_signs else "random field", seed=seed)


def _mean(values: list[float]) -> float:
    """NaN where one is: a curve that is no curve must not vanish from the mean."""
    return float(np.mean(values)) if values else float("nan")
