"""After a result, a signature, an acknowledgement: a patient's alerts and place in the list, found anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kinelab.clinic import audit
from kinelab.clinic.actor import Actor
from kinelab.clinic.monitoring.lines import SIGNED, Key, Line, lines_of
from kinelab.clinic.monitoring.standing import Facts, OpenAlert, standing
from kinelab.clinic.store.database import clock_of
from kinelab.clinic.store.tables import Alert, MeasureRow, Patient, Quiet, Result, Visit
from kinelab.core.quantities import QUANTITIES
from kinelab.gait.follow_up.followed import is_followed
from kinelab.gait.follow_up.rule import Alert as Found
from kinelab.gait.follow_up.rule import Kind
from kinelab.reports.words_follow_up import alert_words, name_words

DIRECTIONS: dict[Kind, str] = {"worse": "regression", "improved": "improvement", "changed": "change"}
KINDS: dict[str, Kind] = {direction: kind for kind, direction in DIRECTIONS.items()}
_FOLLOWED = tuple(name for name in QUANTITIES if is_followed(name))
_MACHINE = Actor("", "monitoring", "system", "worker")
_AT_ONCE = 200


def refresh_patient(db: Session, patient_id: str) -> None:
    """Find a patient's alerts and standing anew; call it in the transaction that changed what they rest on.

    An alert that nobody acknowledged and that no longer holds (a result was amended, the error of measurement
    is another) is taken back, and the audit keeps it. One that was acknowledged stays.
    """
    lock_patient(db, patient_id)
    now = clock_of(db).now()
    lines = lines_of(db, patient_id, now, _FOLLOWED)
    gone = _write_alerts(db, patient_id, lines, now)
    facts = _facts(db, patient_id, lines, now)
    found = standing(facts)
    # Not through the object: a patient's `version` counts what people change, and this is not such a change.
    db.execute(
        update(Patient)
        .where(Patient.id == patient_id)
        .values(
            urgency=found.urgency, reason=found.reason, last_visit_on=facts.last_visit_on,
            recheck_on=_recheck_on(db, patient_id, facts),
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    for alert in gone:
        told = {"quantity": alert.quantity, "side": alert.side, "direction": alert.direction}
        audit.record(db, _MACHINE, "withdraw", "alert", alert.id, patient_id=patient_id, detail=told)


def lock_patient(db: Session, patient_id: str) -> None:
    """Others who change what this patient's standing rests on wait from here on, and then see this change.

    Take it before any row of the patient's alerts: two who take locks the other way round wait for ever.
    """
    db.execute(select(Patient.id).where(Patient.id == patient_id).with_for_update())


def refresh_due(db: Session) -> int:
    """Refresh those whose place changes by the day alone: quiet periods that end, visits that are overdue.

    Cheap when nobody is due (an index tells); the number of patients that were. Call it before the list.
    """
    today = clock_of(db).now().date()
    due = select(Patient.id).where(Patient.recheck_on <= today).limit(_AT_ONCE)
    found = list(db.scalars(due))
    for patient_id in found:
        refresh_patient(db, patient_id)
    return len(found)


def _write_alerts(db: Session, patient_id: str, lines: Mapping[Key, Line], now: datetime) -> list[Alert]:
    """Rows for what was found, and the rows that were taken away."""
    rows = {
        (row.visit_id, row.quantity, row.side, row.direction): row
        for row in db.scalars(select(Alert).where(Alert.patient_id == patient_id))
    }
    kept = set()
    for (quantity, side), line in lines.items():
        for found in line.course.alerts:
            key = (found.visit.key, quantity, side, DIRECTIONS[found.kind])
            kept.add(key)
            row = rows.get(key)
            if row is None:
                row = Alert(
                    patient_id=patient_id, visit_id=found.visit.key, quantity=quantity, side=side,
                    direction=DIRECTIONS[found.kind], raised_at=now,
                )  # fmt: skip
                db.add(row)
            if row.acknowledged_at is None:
                row.text, row.facts = alert_words(line.course, found, side, line.unit), facts_of(line, found)
    gone = [row for key, row in rows.items() if key not in kept and row.acknowledged_at is None]
    for row in gone:
        db.delete(row)
    db.flush()
    return gone


def facts_of(line: Line, found: Found) -> dict[str, object]:
    """What an alert rests on. `latest` and `through` make the new reference once it is acknowledged."""
    signed = [judged.visit.at for judged in line.course.visits if judged.visit.signed]
    return {
        "value": found.visit.value, "reference": found.reference, "limit": found.limit, "unit": line.unit,
        "change": found.change, "beyond": found.beyond, "of": found.counted, "stands": found.stands,
        "hushed": found.hushed, "latest": found.latest, "through": signed[-1].isoformat(),
        "mdc_source": line.mdc_source or "own scatter",
    }  # fmt: skip


def _facts(db: Session, patient_id: str, lines: Mapping[Key, Line], now: datetime) -> Facts:
    patient = db.get_one(Patient, patient_id)
    waiting = _waiting(db, patient_id)
    warnings = [
        str(row.get("text", ""))
        for result in waiting
        for row in result.findings.get("rows", [])
        if row.get("level") == "warning"
    ]
    alerts = [
        OpenAlert(KINDS[row.direction], row.text, abs(row.facts["change"]) / row.facts["limit"])
        for row in db.scalars(
            select(Alert).where(Alert.patient_id == patient_id, Alert.acknowledged_at.is_(None))
        )
        if not row.facts["hushed"]
    ]
    watched = [
        name_words(quantity, side)
        for (quantity, side), line in lines.items()
        if line.course.state == "watch" or line.course.unsettled
    ]
    last = db.scalar(
        select(Visit.visited_on)
        .where(Visit.patient_id == patient_id)
        .order_by(Visit.visited_on.desc())
        .limit(1)
    )
    return Facts(
        today=now.date(),
        alerts=alerts,
        unsigned_since=[result.created_at.date() for result in waiting],
        warnings=warnings,
        watched=watched,
        next_visit_on=patient.next_visit_on,
        last_visit_on=last,
        deviation_deg=_deviation(db, patient_id),
    )


def _waiting(db: Session, patient_id: str) -> Sequence[Result]:
    """The newest result of each visit, where it is not signed."""
    newest: dict[str, Result] = {}
    rows = select(Result).where(Result.patient_id == patient_id).order_by(Result.version)
    for result in db.scalars(rows):
        if result.state != "superseded":
            newest[result.visit_id] = result
    return [result for result in newest.values() if result.state not in SIGNED]


def _deviation(db: Session, patient_id: str) -> float | None:
    """Gait profile score of both legs in the newest signed result."""
    score: float | None = db.scalar(
        select(MeasureRow.value)
        .join(Result, Result.id == MeasureRow.result_id)
        .join(Visit, Visit.id == Result.visit_id)
        .where(
            MeasureRow.patient_id == patient_id, MeasureRow.quantity == "gps_deg", MeasureRow.side == "both",
            Result.state.in_(SIGNED),
        )
        .order_by(Visit.visited_on.desc(), Result.version.desc())
        .limit(1)
    )  # fmt: skip
    return score


def _recheck_on(db: Session, patient_id: str, facts: Facts) -> date | None:
    """The first day after today on which the standing may be another though nothing happened."""
    days = list(db.scalars(select(Quiet.until).where(Quiet.patient_id == patient_id)))
    if facts.next_visit_on is not None:
        days.append(facts.next_visit_on + timedelta(days=1))
    later = [day for day in days if day > facts.today]
    return min(later, default=None)
