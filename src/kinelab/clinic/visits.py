"""Visits: one day's recording of a patient, and how it is to be analysed."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from kinelab.clinic import audit
from kinelab.clinic.actor import Actor
from kinelab.clinic.fields import Code, Line, Strict, Version
from kinelab.clinic.monitoring.refresh import refresh_patient
from kinelab.clinic.patients import HeightM, MassKg
from kinelab.clinic.permissions import require_patient, require_visit
from kinelab.clinic.store.database import clock_of
from kinelab.clinic.store.tables import Visit
from kinelab.errors import ConflictError, InputError

_FIRST_DAY = date(1950, 1, 1)
Seconds = Annotated[float, Field(ge=0, le=86_400)]


class VisitOptions(Strict):
    """How the recordings of a visit are analysed; what is left out is the estimator's own default.

    Models are named as `kinelab models list` names them: a path is refused, so that no request reads a file
    of the server.
    """

    movement: Literal["gait", "other"] = "gait"
    height_m: HeightM | None = None  # None: as the patient's row has it
    mass_kg: MassKg | None = None
    min_strides: Annotated[int, Field(ge=1, le=100)] = 2
    # video; monocular: angles in space, told directly by a network (docs/monocular.md)
    method: Literal["landmarks", "monocular"] = "landmarks"
    pose: Code | None = None
    detector: Code | None = None
    detect_every: Annotated[int, Field(ge=1, le=60)] = 2
    person: Annotated[int, Field(ge=0, le=100)] | None = None
    slow_motion: Annotated[float, Field(gt=0, le=100)] = 1.0
    px_per_m: Annotated[float, Field(gt=0, le=100_000)] | None = None
    cutoff_hz: Annotated[float, Field(ge=1, le=50)] = 6.0
    # markers
    events: Literal["auto", "file", "found"] = "auto"
    vertical: Literal["+x", "-x", "+y", "-y", "+z", "-z"] | None = None
    c3d_subject: Line | None = None
    # worn sensors
    calibration: Literal["auto", "static", "functional", "none"] = "auto"
    static_s: tuple[Seconds, Seconds] | None = None
    accept_findings: bool = False
    networks: bool = True

    @model_validator(mode="after")
    def _stood_still(self) -> VisitOptions:
        if self.static_s is not None and self.static_s[0] >= self.static_s[1]:
            raise ValueError("static_s: the start comes before the stop")
        return self


class NewVisit(Strict):
    """A visit to be made."""

    visited_on: date
    title: Line = ""
    options: VisitOptions = VisitOptions()
    synthetic: bool = False


class VisitChange(Strict):
    """What is to change: fields that are left out stay as they are."""

    version: Version
    visited_on: date | None = None
    title: Line | None = None
    options: VisitOptions | None = None


def create_visit(db: Session, actor: Actor, patient_id: str, new: NewVisit) -> Visit:
    """Make a visit of a patient.

    Raises:
        NotAllowedError: the role does not allow it.
        NotFoundError: no such patient, or the account is not in the care team.
        InputError: the day lies in the future, or before 1950.
    """
    patient = require_patient(db, actor, "record", patient_id)
    now = clock_of(db).now()
    _check_day(new.visited_on, now.date())
    visit = Visit(
        patient_id=patient.id, visited_on=new.visited_on, title=new.title, synthetic=new.synthetic,
        options=_kept(new.options), created_by=actor.user_id, created_at=now,
    )  # fmt: skip
    db.add(visit)
    db.flush()
    refresh_patient(db, patient.id)
    audit.record(db, actor, "create", "visit", visit.id, patient_id=patient.id)
    return visit


def list_visits(db: Session, actor: Actor, patient_id: str) -> list[Visit]:
    """All visits of a patient, the newest first. Raises as `read_visit`."""
    patient = require_patient(db, actor, "see", patient_id)
    rows = db.scalars(
        select(Visit)
        .where(Visit.patient_id == patient.id)
        .order_by(Visit.visited_on.desc(), Visit.created_at.desc())
    ).all()
    audit.record(db, actor, "read", "visits", patient.id, patient_id=patient.id, detail={"n": len(rows)})
    return list(rows)


def read_visit(db: Session, actor: Actor, visit_id: str) -> Visit:
    """One visit.

    Raises:
        NotAllowedError: the role does not allow it.
        NotFoundError: no such visit, or the account is not in the patient's care team.
    """
    visit = require_visit(db, actor, "see", visit_id)
    audit.record(db, actor, "read", "visit", visit.id, patient_id=visit.patient_id)
    return visit


def change_visit(db: Session, actor: Actor, visit_id: str, change: VisitChange) -> Visit:
    """Change a visit's day, title or options; results that are there stay as they were computed.

    Raises:
        NotAllowedError: the role does not allow it.
        NotFoundError: no such visit, or the account is not in the patient's care team.
        ConflictError: somebody changed the visit since `change.version`.
        InputError: the day lies in the future, or before 1950.
    """
    visit = require_visit(db, actor, "record", visit_id)
    if visit.version != change.version:
        raise ConflictError(
            f"the visit was changed meanwhile (version {visit.version}, yours was {change.version});"
            " look again"
        )
    changed = []
    if change.visited_on is not None and change.visited_on != visit.visited_on:
        _check_day(change.visited_on, clock_of(db).now().date())
        visit.visited_on = change.visited_on
        changed.append("visited_on")
    if change.title is not None and change.title != visit.title:
        visit.title = change.title
        changed.append("title")
    if change.options is not None and _kept(change.options) != visit.options:
        visit.options = _kept(change.options)
        changed.append("options")
    db.flush()
    if "visited_on" in changed:
        refresh_patient(db, visit.patient_id)
    audit.record(
        db, actor, "change", "visit", visit.id, patient_id=visit.patient_id, detail={"fields": changed}
    )
    return visit


def options_of(visit: Visit) -> VisitOptions:
    """The visit's options as they are checked."""
    return VisitOptions.model_validate(visit.options)


def _kept(options: VisitOptions) -> dict[str, object]:
    return options.model_dump(mode="json", exclude_defaults=True)


def _check_day(day: date, today: date) -> None:
    # One day ahead: the clinic's day may have begun before the one in UTC.
    if day < _FIRST_DAY or (day - today).days > 1:
        raise InputError(f"visited_on is {day}; allowed are days from {_FIRST_DAY} to today")
