"""A patient's visits with what became of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from kinelab.clinic import audit
from kinelab.clinic.actor import Actor
from kinelab.clinic.permissions import require_patient
from kinelab.clinic.store.tables import Result, Visit


@dataclass(frozen=True)
class VisitLine:
    """A visit and the state of its newest result: preliminary, final, amended, or "" without one."""

    id: str
    visited_on: date
    title: str
    synthetic: bool
    version: int
    state: str


def visit_lines(db: Session, actor: Actor, patient_id: str) -> list[VisitLine]:
    """All visits of the patient, the newest first.

    Raises:
        NotAllowedError, NotFoundError: not this actor's patient.
    """
    require_patient(db, actor, "see", patient_id)
    newest: dict[str, Result] = {}
    for result in db.scalars(select(Result).where(Result.patient_id == patient_id).order_by(Result.version)):
        newest[result.visit_id] = result
    visits = db.scalars(
        select(Visit)
        .where(Visit.patient_id == patient_id)
        .order_by(Visit.visited_on.desc(), Visit.created_at.desc())
    )
    found = [_line(visit, newest.get(visit.id)) for visit in visits]
    audit.record(db, actor, "read", "visits", patient_id=patient_id, detail={"n": len(found)})
    return found


def _line(visit: Visit, result: Result | None) -> VisitLine:
    version, state = (result.version, result.state) if result else (0, "")
    return VisitLine(visit.id, visit.visited_on, visit.title, visit.synthetic, version, state)
