"""The API's routes of patients."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict

from kinelab.clinic import patients
from kinelab.clinic.fields import Line
from kinelab.clinic.monitoring.triage import Order, patient_list
from kinelab.clinic.web.dependencies import Acting, Store
from kinelab.clinic.web.errors import problems

router = APIRouter(prefix="/api/v1", tags=["patients"])
_EXAMPLE: JsonDict = {
    "id": "0f8fad5bd9cb469fa1658ec7d2ad51a1", "code": "P-0001", "birth_year": 1956, "sex": "female",
    "height_m": 1.64, "mass_kg": 61.0, "affected_side": "left", "research_consent": True,
    "urgency": 2.0, "reason": "walks more slowly than at her baseline", "last_visit_on": "2026-11-20",
    "created_at": "2026-09-01T08:30:00Z", "version": 3,
}  # fmt: skip
_SHORT = ("id", "code", "birth_year", "sex", "urgency", "reason", "last_visit_on")
PatientId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", examples=[_EXAMPLE["id"]])]


class PatientView(BaseModel):
    """A patient. `urgency` orders the list, higher first; `reason` says why in words."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_EXAMPLE]})

    id: str
    code: str
    birth_year: int | None
    sex: str | None
    height_m: float | None
    mass_kg: float | None
    affected_side: str | None
    research_consent: bool
    urgency: float
    reason: str
    last_visit_on: date | None
    created_at: datetime
    version: int


class PatientLine(BaseModel):
    """A patient in the list."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={"examples": [{**{k: _EXAMPLE[k] for k in _SHORT}, "open_alerts": 1}]},
    )

    id: str
    code: str
    birth_year: int | None
    sex: str | None
    urgency: float
    reason: str
    last_visit_on: date | None
    open_alerts: int


class PatientPage(BaseModel):
    """A page of the list; `total` counts all that were found."""

    rows: list[PatientLine]
    total: int
    page: int
    per_page: int


@router.get("/patients", summary="Your patients, the most urgent first", responses=problems())
def list_patients(
    actor: Acting,
    store: Store,
    search: Annotated[Line, Query(max_length=64, description="part of the pseudonym")] = "",
    order: Order = "urgency",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    per_page: Annotated[int, Query(ge=1, le=200)] = 50,
) -> PatientPage:
    """One page of the patients in whose care team you are."""
    with store.writing() as db:
        found = patient_list(
            db, actor, search=search, order=order, offset=(page - 1) * per_page, limit=per_page
        )
        rows = [PatientLine.model_validate(row) for row in found.rows]
    return PatientPage(rows=rows, total=found.total, page=page, per_page=per_page)


@router.post("/patients", status_code=201, summary="Make a patient", responses=problems(409, 507))
def create_patient(actor: Acting, store: Store, new: patients.NewPatient) -> PatientView:
    """Make a patient under a pseudonym; you are the first in the care team."""
    with store.writing() as db:
        return PatientView.model_validate(patients.create_patient(db, actor, new))


@router.get("/patients/{patient_id}", summary="One patient", responses=problems(404))
def read_patient(actor: Acting, store: Store, patient_id: PatientId) -> PatientView:
    """What is known of the patient."""
    with store.writing() as db:
        return PatientView.model_validate(patients.read_patient(db, actor, patient_id))


@router.patch("/patients/{patient_id}", summary="Change a patient", responses=problems(404, 409, 507))
def change_patient(
    actor: Acting, store: Store, patient_id: PatientId, change: patients.PatientChange
) -> PatientView:
    """Change what is known of the patient; `version` is the one you read."""
    with store.writing() as db:
        return PatientView.model_validate(patients.change_patient(db, actor, patient_id, change))
