"""Reliability of angles and stride measures over two days, measure by measure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, Side
from kinelab.reports.angle_names import SUFFIX, drawn_joints, label_of
from kinelab.reports.stride_curves import side_curves
from kinelab.stats.bland_altman import Agreement, bland_altman
from kinelab.stats.cmc import cmc_between_days, cmc_within_day
from kinelab.stats.icc import IccForm, icc
from kinelab.stats.measurement_error import MeasurementError, sem_from_icc, sem_within
from kinelab.study.retest_sessions import Session

Days = tuple[Session, Session]
_LEAST_PEOPLE = 3


@dataclass(frozen=True)
class RetestRow:
    """One measure of one side over n people and two days.

    value (n, 2): mean over the strides of each day. icc: ICC(A,1), a shift between the days counts. sem by
    two definitions, each with its mdc95. agreement: day 2 - day 1 after Bland and Altman. people: who is in
    it.
    """

    measure: str
    side: Side
    unit: str
    people: tuple[str, ...]
    value: tuple[tuple[float, float], ...]
    icc: IccForm
    sem_icc: MeasurementError
    sem_within: MeasurementError
    agreement: Agreement


@dataclass(frozen=True)
class CurveRow:
    """How alike the curves of one angle are: CMC of each person, then mean and smallest; n people."""

    angle: str
    side: Side
    n: int
    within_day: float
    between_days: float
    between_days_least: float


def stride_values(session: Session, side: Side) -> dict[str, tuple[float, str]]:
    """Mean over the used strides of one side: name -> (value, unit)."""
    strides = session.strides
    chosen = strides.chosen(side)
    if not chosen.any():
        return {}
    duration_s = (strides.stop_s - strides.start_s)[chosen]
    found = {
        "Cadence": (float(np.mean(120 / duration_s)), "steps/min"),
        "Stride time": (float(duration_s.mean()), "s"),
    }
    for stem in drawn_joints(strides.names):
        curves = side_curves(strides, stem, side).curves_deg
        if len(curves):
            label = label_of(stem).label
            top, bottom = curves.max(axis=1), curves.min(axis=1)
            found[f"{label} range of motion"] = (float((top - bottom).mean()), "deg")
            found[f"{label} largest angle"] = (float(top.mean()), "deg")
            found[f"{label} smallest angle"] = (float(bottom.mean()), "deg")
    return found


def reliability(people: Mapping[str, Days]) -> tuple[RetestRow, ...]:
    """Every measure that three people or more have on both days, and that is not the same for all of them."""
    rows = []
    for side in SIDES:
        held = {name: tuple(stride_values(day, side) for day in days) for name, days in people.items()}
        measures = {measure: unit for one, _ in held.values() for measure, (_, unit) in one.items()}
        for measure, unit in measures.items():
            have = [name for name, (one, two) in held.items() if measure in one and measure in two]
            if len(have) >= _LEAST_PEOPLE:
                pairs = tuple((held[name][0][measure][0], held[name][1][measure][0]) for name in have)
                if np.ptp(pairs) > 0:
                    rows.append(_row(measure, side, unit, tuple(have), pairs))
    return tuple(rows)


def curve_likeness(people: Mapping[str, Days]) -> tuple[CurveRow, ...]:
    """CMC of every joint's curves after Kadaba et al. 1989, with the same number of strides on both days."""
    rows = []
    for side in SIDES:
        stems = dict.fromkeys(
            stem for days in people.values() for stem in drawn_joints(days[0].strides.names)
        )
        for stem in stems:
            curves = [c for days in people.values() if (c := _both_days(days, stem, side)) is not None]
            if curves:
                within = np.array([cmc_within_day(c) for c in curves])
                between = np.array([cmc_between_days(c) for c in curves])
                rows.append(
                    CurveRow(
                        stem + SUFFIX[side], side, len(curves), _mean(within), _mean(between),
                        float(between.min()) if np.isfinite(between).all() else float("nan"),
                    )
                )  # fmt: skip
    return tuple(rows)


def _both_days(days: Days, stem: str, side: Side) -> Array | None:
    """(2, strides, 101) curves; None with fewer than two strides on a day."""
    curves = [side_curves(day.strides, stem, side).curves_deg for day in days]
    n = min(len(c) for c in curves)
    return np.stack([c[:n] for c in curves]) if n > 1 else None


def _row(
    measure: str, side: Side, unit: str, people: tuple[str, ...], pairs: tuple[tuple[float, float], ...]
) -> RetestRow:
    table = np.array(pairs)
    return RetestRow(
        measure=measure,
        side=side,
        unit=unit,
        people=people,
        value=pairs,
        icc=icc(table)["ICC(A,1)"],
        sem_icc=sem_from_icc(table),
        sem_within=sem_within(table),
        agreement=bland_altman(table[:, 1], table[:, 0]),
    )


def _mean(values: Array) -> float:
    """NaN where one is: a curve that is no curve must not vanish from the mean."""
    return float(values.mean())
