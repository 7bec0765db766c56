"""Care teams: which accounts may see which patient."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kinelab.clinic import audit
from kinelab.clinic.actor import Actor
from kinelab.clinic.permissions import ALLOWED, require, require_patient
from kinelab.clinic.store.database import clock_of
from kinelab.clinic.store.tables import CareTeam, User
from kinelab.errors import ConflictError, InputError, NotFoundError

_CARERS = sorted(role for role, allowed in ALLOWED.items() if "see" in allowed and role != "system")


@dataclass(frozen=True)
class Member:
    """An account in a patient's care team."""

    user_id: str
    name: str
    full_name: str
    role: str
    since: datetime


def team_of(db: Session, actor: Actor, patient_id: str) -> list[Member]:
    """Who may see the patient, by name.

    Raises:
        NotAllowedError, NotFoundError: as `permissions.require_patient`.
    """
    require_patient(db, actor, "team", patient_id)
    rows = db.execute(
        select(User, CareTeam.granted_at)
        .join(CareTeam, CareTeam.user_id == User.id)
        .where(CareTeam.patient_id == patient_id, CareTeam.ended_at.is_(None))
        .order_by(User.name)
    )
    members = [Member(user.id, user.name, user.full_name, user.role, since) for user, since in rows]
    audit.record(db, actor, "read", "team", patient_id, patient_id=patient_id)
    return members


def colleagues(db: Session, actor: Actor) -> list[User]:
    """The accounts that can be taken into a team, by name."""
    require(actor, "team")
    return list(
        db.scalars(select(User).where(User.role.in_(_CARERS), User.disabled_at.is_(None)).order_by(User.name))
    )


def grant(db: Session, actor: Actor, patient_id: str, user_id: str) -> None:
    """Take an account into the patient's team.

    Raises:
        NotAllowedError, NotFoundError: as `permissions.require_patient`; no such account.
        InputError: the account's role sees no patients.
        ConflictError: it is in the team already.
    """
    require_patient(db, actor, "team", patient_id)
    user = db.get(User, user_id)
    if user is None or user.disabled_at is not None:
        raise NotFoundError("no such account")
    if user.role not in _CARERS:
        raise InputError(f"the role {user.role!r} sees no patients; a team takes: {', '.join(_CARERS)}")
    if _place(db, patient_id, user_id) is not None:
        raise ConflictError(f"{user.name} is in the team already")
    place = CareTeam(
        user_id=user_id, patient_id=patient_id, granted_by=actor.user_id, granted_at=clock_of(db).now()
    )
    db.add(place)
    db.flush()
    audit.record(db, actor, "grant", "team", user_id, patient_id=patient_id)


def end(db: Session, actor: Actor, patient_id: str, user_id: str) -> None:
    """Take an account out of the patient's team, at once; that it was in it stays written.

    Raises:
        NotAllowedError, NotFoundError: as `permissions.require_patient`; the account is not in the team.
        ConflictError: it is the last clinician, and nobody would look after the patient.
    """
    require_patient(db, actor, "team", patient_id)
    place = _place(db, patient_id, user_id)
    if place is None:
        raise NotFoundError("no such account in the team")
    clinicians = select(CareTeam.user_id).join(User, User.id == CareTeam.user_id).where(
        CareTeam.patient_id == patient_id, CareTeam.ended_at.is_(None), User.role == "clinician",
        User.disabled_at.is_(None),
    )  # fmt: skip
    if set(db.scalars(clinicians)) == {user_id}:
        raise ConflictError("this is the patient's last clinician; take another one into the team first")
    place.ended_at = clock_of(db).now()
    db.flush()
    audit.record(db, actor, "end", "team", user_id, patient_id=patient_id)


def _place(db: Session, patient_id: str, user_id: str) -> CareTeam | None:
    return db.scalar(
        select(CareTeam).where(
            CareTeam.patient_id == patient_id, CareTeam.user_id == user_id, CareTeam.ended_at.is_(None)
        )
    )
