"""Patients: made, read, changed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from kinelab.clinic import audit
from kinelab.clinic.actor import Actor
from kinelab.clinic.fields import Code, Strict, Version
from kinelab.clinic.permissions import require, require_patient
from kinelab.clinic.store.database import clock_of
from kinelab.clinic.store.tables import CareTeam, Patient
from kinelab.errors import ConflictError

BirthYear = Annotated[int, Field(ge=1900, le=2100)]
HeightM = Annotated[float, Field(ge=0.3, le=2.6)]
MassKg = Annotated[float, Field(ge=1.0, le=400.0)]
Sex = Literal["female", "male", "other"]
AffectedSide = Literal["left", "right", "both", "none"]


class PatientFacts(Strict):
    """What is known of a person beside the pseudonym; None is not known."""

    birth_year: BirthYear | None = None
    sex: Sex | None = None
    height_m: HeightM | None = None
    mass_kg: MassKg | None = None
    affected_side: AffectedSide | None = None
    research_consent: bool = False


class NewPatient(PatientFacts):
    """A patient to be made. `code` is a pseudonym: the name stays in the clinic's own system."""

    code: Code


class PatientChange(PatientFacts):
    """What is to change: fields that are left out stay as they are."""

    version: Version


def create_patient(db: Session, actor: Actor, new: NewPatient) -> Patient:
    """Make a patient; who makes one is the first in the care team.

    Raises:
        NotAllowedError: the role does not allow it.
        ConflictError: the pseudonym is taken.
    """
    require(actor, "record")
    if db.scalar(select(Patient.id).where(Patient.code == new.code)) is not None:
        raise ConflictError(
            f"the pseudonym {new.code} is taken; if the patient is yours, ask to join the care team"
        )
    now = clock_of(db).now()
    patient = Patient(**new.model_dump(), created_by=actor.user_id, created_at=now)
    db.add(patient)
    db.flush()
    db.add(CareTeam(user_id=actor.user_id, patient_id=patient.id, granted_by=actor.user_id, granted_at=now))
    audit.record(db, actor, "create", "patient", patient.id, patient_id=patient.id)
    return patient


def read_patient(db: Session, actor: Actor, patient_id: str) -> Patient:
    """One patient.

    Raises:
        NotAllowedError: the role does not allow it.
        NotFoundError: no such patient, or the account is not in the care team.
    """
    patient = require_patient(db, actor, "see", patient_id)
    audit.record(db, actor, "read", "patient", patient.id, patient_id=patient.id)
    return patient


def change_patient(db: Session, actor: Actor, patient_id: str, change: PatientChange) -> Patient:
    """Change what is known of a patient; the pseudonym stays.

    Raises:
        NotAllowedError: the role does not allow it.
        NotFoundError: no such patient, or the account is not in the care team.
        ConflictError: somebody changed the patient since `change.version`.
    """
    patient = require_patient(db, actor, "record", patient_id)
    if patient.version != change.version:
        raise ConflictError(
            f"the patient was changed meanwhile (version {patient.version}, yours was {change.version});"
            " look again"
        )
    changed = {
        name: value
        for name, value in change.model_dump(exclude_unset=True, exclude={"version"}).items()
        if getattr(patient, name) != value
    }
    for name, value in changed.items():
        setattr(patient, name, value)
    db.flush()
    audit.record(
        db, actor, "change", "patient", patient.id, patient_id=patient.id, detail={"fields": sorted(changed)}
    )
    return patient
