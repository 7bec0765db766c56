"""What the store knows of a patient's measures over the visits, as the rules of `gait.follow_up` want it."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from kinelab.clinic.store.tables import Alert, Mdc95, MeasureRow, Quiet, Result, Visit
from kinelab.core.measures import MeasureSide, Reference
from kinelab.gait.follow_up import visits as rules
from kinelab.gait.follow_up.rule import Course, follow

SIGNED = ("final", "amended")
PRELIMINARY = "preliminary"
Key = tuple[str, MeasureSide]


@dataclass(frozen=True)
class Point:
    """One value: the visit and the result behind it."""

    visit_id: str
    visited_on: date
    result_id: str
    version: int
    row: MeasureRow
    signed: bool
    synthetic: bool


@dataclass(frozen=True)
class Line:
    """One measure of a patient: its points in the order of the visits, and what the rules say of them."""

    key: Key
    unit: str
    points: tuple[Point, ...]
    course: Course
    mdc_source: str

    @property
    def synthetic(self) -> bool:
        """Whether any of it was made up."""
        return any(point.synthetic for point in self.points)

    @property
    def norm(self) -> Reference | None:
        """The range of the healthy that stood beside the newest value."""
        for point in reversed(self.points):
            row = point.row
            if row.reference_low is not None and row.reference_high is not None:
                return Reference(
                    row.reference_low, row.reference_high, row.reference_source or "of the report"
                )
        return None


def lines_of(
    db: Session, patient_id: str, now: datetime, quantities: Collection[str] | None = None
) -> dict[Key, Line]:
    """Every measure of the patient (or those of `quantities`), followed over all visits.

    Of each visit the newest signed result counts; a newer one that nobody signed is shown as preliminary.
    """
    results = _chosen(db, patient_id)
    at = _moments([visit for _, visit in results])
    rows = select(MeasureRow).where(MeasureRow.patient_id == patient_id)
    if quantities is not None:
        rows = rows.where(MeasureRow.quantity.in_(quantities))
    of_result: dict[str, list[MeasureRow]] = {}
    for row in db.scalars(rows):
        of_result.setdefault(row.result_id, []).append(row)
    points: dict[Key, list[Point]] = {}
    for result, visit in results:
        for row in of_result.get(result.id, []):
            signed = result.state in SIGNED
            point = Point(visit.id, visit.visited_on, result.id, result.version, row, signed, visit.synthetic)
            points.setdefault(_key(row), []).append(point)
    known = {_key(row): row for row in db.scalars(select(Mdc95))}
    said = _acknowledged(db, patient_id)
    quiet = _quiet(db, patient_id)
    return {
        key: _line(key, found, known.get(key), at, said.get(key, []), quiet.get(key[0], []), now)
        for key, found in points.items()
    }


def _line(
    key: Key,
    points: list[Point],
    known: Mdc95 | None,
    at: dict[str, datetime],
    said: list[rules.Acknowledged],
    quiet: list[rules.Quiet],
    now: datetime,
) -> Line:
    unit = points[-1].row.unit
    alike = tuple(point for point in points if point.row.unit == unit)
    own = [point.row.mdc95 for point in alike if point.signed and point.row.mdc95]
    mdc95, source = (own[-1], "of the result") if own else (None, "")
    if mdc95 is None and known is not None and known.unit == unit:
        mdc95, source = known.value, known.source
    values = [
        rules.Visit(
            point.visit_id if point.signed else point.result_id,
            at[point.visit_id],
            point.row.value,
            point.signed,
            _standard_error(point.row),
        )
        for point in alike
    ]
    course = follow(key[0], values, mdc95, acknowledged=said, quiet=quiet, now=now)
    return Line(key, unit, alike, course, source)


def _chosen(db: Session, patient_id: str) -> list[tuple[Result, Visit]]:
    """Of each visit the newest signed result, then a preliminary one that is newer; in the order of time."""
    rows = db.execute(
        select(Result, Visit)
        .join(Visit, Visit.id == Result.visit_id)
        .where(Result.patient_id == patient_id, Result.state.in_((*SIGNED, PRELIMINARY)))
        .order_by(Visit.visited_on, Visit.created_at, Visit.id, Result.version)
    ).all()
    newest: dict[tuple[str, bool], tuple[Result, Visit]] = {}
    for result, visit in rows:
        newest[visit.id, result.state in SIGNED] = (result, visit)
    return [
        (result, visit)
        for (visit_id, signed), (result, visit) in newest.items()
        if signed or (visit_id, True) not in newest or newest[visit_id, True][0].version < result.version
    ]


def _moments(visits: Iterable[Visit]) -> dict[str, datetime]:
    """When each visit was: its day, and within a day the order in which they were made."""
    of_day: dict[date, dict[str, datetime]] = {}
    for visit in visits:
        day = of_day.setdefault(visit.visited_on, {})
        day.setdefault(visit.id, midnight(visit.visited_on) + timedelta(seconds=len(day)))
    return {visit_id: at for day in of_day.values() for visit_id, at in day.items()}


def _acknowledged(db: Session, patient_id: str) -> dict[Key, list[rules.Acknowledged]]:
    found: dict[Key, list[rules.Acknowledged]] = {}
    for alert in db.scalars(
        select(Alert).where(Alert.patient_id == patient_id, Alert.acknowledged_at.is_not(None))
    ):
        through = datetime.fromisoformat(alert.facts["through"])
        one = rules.Acknowledged(alert.visit_id, through, float(alert.facts["latest"]))
        found.setdefault(_key(alert), []).append(one)
    return found


def _quiet(db: Session, patient_id: str) -> dict[str, list[rules.Quiet]]:
    found: dict[str, list[rules.Quiet]] = {}
    for row in db.scalars(select(Quiet).where(Quiet.patient_id == patient_id)):
        until = midnight(row.until)
        if row.set_at < until:  # else it was ended on the day on which it began
            found.setdefault(row.quantity, []).append(rules.Quiet(row.set_at, until))
    return found


def _key(row: MeasureRow | Alert | Mdc95) -> Key:
    return row.quantity, cast(MeasureSide, row.side)


def _standard_error(row: MeasureRow) -> float | None:
    return None if row.sd is None or not math.isfinite(row.sd) else row.sd / math.sqrt(row.n)


def midnight(day: date) -> datetime:
    """The beginning of a day, UTC."""
    return datetime.combine(day, time(), UTC)
