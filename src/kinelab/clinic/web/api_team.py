"""Care teams: who may see a patient."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from kinelab.clinic.accounts import team
from kinelab.clinic.fields import RowId, Strict
from kinelab.clinic.web.dependencies import Acting, Store
from kinelab.clinic.web.errors import problems

router = APIRouter(tags=["care team"])


class MemberRow(BaseModel):
    """An account in the team."""

    user_id: str
    name: str
    full_name: str
    role: str
    since: datetime


class Colleague(BaseModel):
    """An account that can be taken into a team."""

    user_id: str
    name: str
    full_name: str
    role: str


class Granted(Strict):
    """Whom to take into the team."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"user": "0f" * 16}]})

    user: RowId


@router.get("/colleagues", summary="Who can be taken into care teams", responses=problems())
def list_colleagues(actor: Acting, store: Store) -> list[Colleague]:
    """Clinicians and assistants, by name."""
    with store.reading() as db:
        return [
            Colleague(user_id=user.id, name=user.name, full_name=user.full_name, role=user.role)
            for user in team.colleagues(db, actor)
        ]


@router.get("/patients/{patient_id}/team", summary="A patient's care team", responses=problems(404))
def list_team(patient_id: RowId, actor: Acting, store: Store) -> list[MemberRow]:
    """Who may see the patient."""
    with store.writing() as db:
        return [MemberRow(**vars(member)) for member in team.team_of(db, actor, patient_id)]


@router.post(
    "/patients/{patient_id}/team", summary="Take an account into the team", status_code=204,
    responses=problems(404, 409),
)  # fmt: skip
def grant(patient_id: RowId, body: Granted, actor: Acting, store: Store) -> None:
    """It may see the patient from now on."""
    with store.writing() as db:
        team.grant(db, actor, patient_id, body.user)


@router.delete(
    "/patients/{patient_id}/team/{user_id}", summary="Take an account out of the team", status_code=204,
    responses=problems(404, 409),
)  # fmt: skip
def end(patient_id: RowId, user_id: RowId, actor: Acting, store: Store) -> None:
    """At once; the last clinician stays until another one is in it."""
    with store.writing() as db:
        team.end(db, actor, patient_id, user_id)
