"""The API's routes of visits."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict

from kinelab.clinic import visits
from kinelab.clinic.store.tables import Visit
from kinelab.clinic.web.api_patients import PatientId
from kinelab.clinic.web.dependencies import Acting, Store
from kinelab.clinic.web.errors import problems

router = APIRouter(prefix="/api/v1", tags=["visits"])
_EXAMPLE: JsonDict = {
    "id": "7c9e6679742540de944be07fc1f90ae7", "patient_id": "0f8fad5bd9cb469fa1658ec7d2ad51a1",
    "visited_on": "2026-11-20", "title": "six weeks after surgery", "options": {"height_m": 1.64},
    "synthetic": False, "n_corrections": 2, "created_at": "2026-11-20T09:12:00Z", "version": 1,
}  # fmt: skip
VisitId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", examples=[_EXAMPLE["id"]])]


class VisitView(BaseModel):
    """A visit. `n_corrections` is the number of the last correction of its review."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str
    patient_id: str
    visited_on: date
    title: str
    options: visits.VisitOptions
    synthetic: bool
    n_corrections: int
    created_at: datetime
    version: int


def _view(visit: Visit) -> VisitView:
    return VisitView(
        id=visit.id, patient_id=visit.patient_id, visited_on=visit.visited_on, title=visit.title,
        options=visits.options_of(visit), synthetic=visit.synthetic, n_corrections=visit.n_corrections,
        created_at=visit.created_at, version=visit.version,
    )  # fmt: skip


@router.get("/patients/{patient_id}/visits", summary="A patient's visits", responses=problems(404))
def list_visits(actor: Acting, store: Store, patient_id: PatientId) -> list[VisitView]:
    """All visits, the newest first."""
    with store.writing() as db:
        return [_view(visit) for visit in visits.list_visits(db, actor, patient_id)]


@router.post(
    "/patients/{patient_id}/visits", status_code=201, summary="Make a visit", responses=problems(404, 507)
)
def create_visit(actor: Acting, store: Store, patient_id: PatientId, new: visits.NewVisit) -> VisitView:
    """Make a visit, with the options that its recordings will be analysed with."""
    with store.writing() as db:
        return _view(visits.create_visit(db, actor, patient_id, new))


@router.get("/visits/{visit_id}", summary="One visit", responses=problems(404))
def read_visit(actor: Acting, store: Store, visit_id: VisitId) -> VisitView:
    """The visit and its options."""
    with store.writing() as db:
        return _view(visits.read_visit(db, actor, visit_id))


@router.patch("/visits/{visit_id}", summary="Change a visit", responses=problems(404, 409, 507))
def change_visit(actor: Acting, store: Store, visit_id: VisitId, change: visits.VisitChange) -> VisitView:
    """Change day, title or options; `version` is the one you read."""
    with store.writing() as db:
        return _view(visits.change_visit(db, actor, visit_id, change))
