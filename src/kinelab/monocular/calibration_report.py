"""Whether stated standard deviations hold: what was stated against what was found, on people held out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array, BoolArray, IntArray
from kinelab.errors import InputError
from kinelab.monocular.calibration import Calibration, calibrated, fit_calibration
from kinelab.monocular.calibration_judging import GOOD, Judged
from kinelab.monocular.evaluation import LOWER_BODY
from kinelab.monocular.vector import Vector

BINS = 12
_TWO_SIDED = {68: 1.0, 95: 1.96}  # sd of a normal error within which so many of a hundred lie


@dataclass(frozen=True, eq=False)
class DoubtReport:
    """Of N pictures and J told coordinates: stated_deg (N, J), error_deg (N, J) signed; kind (N,)."""

    names: tuple[str, ...]
    stated_deg: Array
    error_deg: Array
    kind: tuple[str, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """Good first, then how pictures were spoilt."""
        return (GOOD, *sorted(set(self.kind) - {GOOD}))

    def rows(self, kind: str) -> BoolArray:
        """(N,) pictures of a kind."""
        return np.array([one == kind for one in self.kind])

    def coverage(self, percent: int, kind: str = GOOD) -> float:
        """Share of all errors within what 68 or 95 % of normal errors would be."""
        rows = self.rows(kind)
        within = np.abs(self.error_deg[rows]) <= _TWO_SIDED[percent] * self.stated_deg[rows]
        return float(within.mean())

    def mean_stated_deg(self, kind: str = GOOD) -> float:
        """Root mean square of the stated sd over pictures and coordinates."""
        return float(np.sqrt((self.stated_deg[self.rows(kind)] ** 2).mean()))

    def mean_error_deg(self, kind: str = GOOD) -> float:
        """Root mean square of the errors found."""
        return float(np.sqrt((self.error_deg[self.rows(kind)] ** 2).mean()))

    def curve(self, kind: str = GOOD) -> tuple[Array, Array]:
        """Stated sd and found error (root mean squares, deg) in bins of equal counts, by what was stated."""
        rows = self.rows(kind)
        stated, error = self.stated_deg[rows].ravel(), self.error_deg[rows].ravel()
        order = np.argsort(stated)
        parts: list[IntArray] = np.array_split(order, BINS)
        return tuple(  # type: ignore[return-value]
            np.array([np.sqrt((value[part] ** 2).mean()) for part in parts if part.size])
            for value in (stated, error)
        )


def doubt_report(judged: Judged, vector: Vector, calibration: Calibration | None) -> DoubtReport:
    """The report of what was judged, with the sd as told (None) or calibrated."""
    values = judged.vectors if calibration is None else calibrated(judged.vectors, vector, calibration)
    j, model = len(vector.head.columns), vector.head.model
    poses = vector.poses(values, 100)
    return DoubtReport(
        tuple(model.coordinate_names[i] for i in vector.head.columns),
        np.degrees(poses.sd_rad[:, vector.head.columns]),
        np.degrees(judged.errors[:, :j]),
        judged.kind,
    )


def calibrate_crosswise(judged: Judged, vector: Vector) -> tuple[Calibration, DoubtReport]:
    """The calibration on all people, and what it would hold on others: each half of the people is stated by a
    calibration on the other half.

    Raises:
        InputError: fewer than two people, or too few pictures.
    """
    people = np.unique(judged.person)
    if people.size < 2:
        raise InputError("one person is too few to calibrate on: nobody is left to check it on")
    second = np.isin(judged.person, people[1::2])
    parts = []
    for others, own in ((second, ~second), (~second, second)):
        part = judged.of(np.flatnonzero(others))
        calibration = fit_calibration(part.vectors, part.errors, part.good, vector)
        parts.append(doubt_report(judged.of(np.flatnonzero(own)), vector, calibration))
    report = DoubtReport(
        parts[0].names,
        np.concatenate([part.stated_deg for part in parts]),
        np.concatenate([part.error_deg for part in parts]),
        parts[0].kind + parts[1].kind,
    )
    return fit_calibration(judged.vectors, judged.errors, judged.good, vector), report


def angle_rows(report: DoubtReport) -> list[tuple[str, float, float, float, float, float]]:
    """Of each coordinate, then of the legs and of all: MAE, RMS, bias, stated sd (deg), share within it."""
    rows = report.rows(GOOD)
    error, stated = report.error_deg[rows], report.stated_deg[rows]
    legs = [i for i, name in enumerate(report.names) if name.startswith(LOWER_BODY)]
    groups = [(name, [i]) for i, name in enumerate(report.names)]
    groups += [("legs", legs), ("all", list(range(len(report.names))))]
    return [
        (
            name,
            float(np.abs(error[:, own]).mean()),
            float(np.sqrt((error[:, own] ** 2).mean())),
            float(error[:, own].mean()),
            float(np.sqrt((stated[:, own] ** 2).mean())),
            float((np.abs(error[:, own]) <= stated[:, own]).mean()),
        )
        for name, own in groups
        if own
    ]
