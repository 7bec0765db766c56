"""Accounts and the audit: for administrators."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from kinelab.clinic.accounts import attempts, audit_reading, users
from kinelab.clinic.fields import Line, RowId, Strict, Version
from kinelab.clinic.store.tables import User
from kinelab.clinic.web.dependencies import Acting, Store
from kinelab.clinic.web.errors import problems

router = APIRouter()
_Role = Literal["clinician", "assistant", "researcher", "administrator"]
_Subject = Annotated[str, Field(max_length=255, description="issuer#sub of the clinic's own login system")]


class UserWish(Strict):
    """A new account."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "dr.lee", "role": "clinician", "full_name": "Dr Lee"}]}
    )

    name: Annotated[str, Field(min_length=2, max_length=80)]
    role: _Role
    full_name: Line = ""
    oidc_subject: _Subject = ""


class UserChange(Strict):
    """What is to change of an account that was read at `version`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": 3, "disabled": True}]})

    version: Version
    role: _Role | None = None
    full_name: Line | None = None
    disabled: bool | None = None
    oidc_subject: _Subject | None = None


class Reset(Strict):
    """A new password for an account that was read at `version`."""

    version: Version
    without_codes: Annotated[bool, Field(description="also switch one-time codes off")] = False


class UserRow(BaseModel):
    """An account."""

    id: str
    name: str
    full_name: str
    role: _Role
    version: int
    created_at: datetime
    disabled_at: datetime | None
    must_change_password: bool
    has_one_time_codes: bool
    oidc_subject: str | None
    blocked_until: datetime | None


class UserMade(UserRow):
    """An account and the password of its next login, which is told only here and changed there."""

    one_time_password: str


class AuditLine(BaseModel):
    """One act."""

    seq: int
    at: datetime
    user_id: str
    via: str
    action: str
    object_kind: str
    object_id: str
    patient_id: str | None
    detail: dict[str, Any]
    hash: str


class Verdict(BaseModel):
    """Whether the chain holds; note both elsewhere, to find out later if its end was cut off."""

    n_rows: int
    head: str
    problem: str


@router.get("/users", tags=["accounts"], summary="All accounts", responses=problems())
def list_users(actor: Acting, store: Store) -> list[UserRow]:
    """By name, closed ones too."""
    with store.reading() as db:
        return [
            UserRow.model_validate(_row(user, attempts.blocked_until(db, user.id)))
            for user in users.list_users(db, actor)
        ]


@router.post("/users", tags=["accounts"], summary="Make an account", status_code=201, responses=problems(409))
def make_user(body: UserWish, actor: Acting, store: Store) -> UserMade:
    """With a password for its first login, unless the clinic's own login system knows the person."""
    with store.writing() as db:
        made = users.create(db, actor, body.name, body.role, body.full_name, body.oidc_subject)
    return UserMade.model_validate({**_row(made.user), "one_time_password": made.one_time_password})


@router.patch(
    "/users/{user_id}", tags=["accounts"], summary="Change an account", responses=problems(404, 409)
)
def change_user(user_id: RowId, body: UserChange, actor: Acting, store: Store) -> UserRow:
    """Another role, or closing it, ends its logins and tokens at once."""
    what = users.Change(body.role, body.full_name, body.disabled, body.oidc_subject)
    with store.writing() as db:
        return UserRow.model_validate(_row(users.change(db, actor, user_id, body.version, what)))


@router.post(
    "/users/{user_id}/reset", tags=["accounts"], summary="A new password", responses=problems(404, 409)
)
def reset_user(user_id: RowId, body: Reset, actor: Acting, store: Store) -> UserMade:
    """All logins of the account end, and its waits."""
    with store.writing() as db:
        password = users.reset_password(db, actor, user_id, body.version, without_codes=body.without_codes)
        row = _row(users.get(db, actor, user_id))
    return UserMade.model_validate({**row, "one_time_password": password})


@router.post(
    "/users/{user_id}/unlock",
    tags=["accounts"],
    summary="End a wait",
    status_code=204,
    responses=problems(404),
)
def unlock_user(user_id: RowId, actor: Acting, store: Store) -> None:
    """After too many failed logins."""
    with store.writing() as db:
        users.unlock(db, actor, user_id)


@router.get("/audit", tags=["audit"], summary="The audit, the newest first", responses=problems())
def read_audit(
    actor: Acting,
    store: Store,
    before: Annotated[int | None, Query(ge=1, le=2**62, description="only rows before this one")] = None,
    patient_id: Annotated[str, Query(pattern="^([0-9a-f]{32})?$")] = "",
    user_id: Annotated[str, Query(pattern="^([0-9a-f]{32})?$")] = "",
    action: Annotated[str, Query(pattern="^[a-z_]{0,32}$")] = "",
    limit: Annotated[int, Query(ge=1, le=audit_reading.MOST)] = 100,
) -> list[AuditLine]:
    """Who read, changed, exported or was refused what. Reading it is in it too."""
    with store.writing() as db:
        found = audit_reading.rows(
            db, actor, before=before, patient_id=patient_id, user_id=user_id, action=action, limit=limit
        )
        return [
            AuditLine(
                seq=row.seq, at=row.at, user_id=row.user_id, via=row.via, action=row.action,
                object_kind=row.object_kind, object_id=row.object_id, patient_id=row.patient_id,
                detail=json.loads(row.detail), hash=row.hash,
            )
            for row in found
        ]  # fmt: skip


@router.get("/audit/verdict", tags=["audit"], summary="Whether the audit's chain holds", responses=problems())
def verify_audit(actor: Acting, store: Store) -> Verdict:
    """Follows it from its start."""
    with store.reading() as db:
        found = audit_reading.verdict(db, actor)
    return Verdict(n_rows=found.n_rows, head=found.head, problem=found.problem)


def _row(user: User, blocked_until: datetime | None = None) -> dict[str, Any]:
    return {
        "id": user.id, "name": user.name, "full_name": user.full_name, "role": user.role,
        "version": user.version, "created_at": user.created_at, "disabled_at": user.disabled_at,
        "must_change_password": user.must_change_password, "has_one_time_codes": bool(user.totp_secret),
        "oidc_subject": user.oidc_subject, "blocked_until": blocked_until,
    }  # fmt: skip
