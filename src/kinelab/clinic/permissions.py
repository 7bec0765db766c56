"""Who may do what, to whom: nothing is allowed that this table does not name.

A role says what kinds of acts an account may do; the care team says for which patients. An administrator
looks after accounts and care teams, not after patients: clinical content stays closed until a clinician's
role and a team open it.
"""

from __future__ import annotations

from typing import Literal, get_args

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from kinelab.clinic.actor import Actor, Role
from kinelab.clinic.store.tables import CareTeam, Patient, Visit
from kinelab.errors import NotAllowedError, NotFoundError

Permission = Literal[
    "see",  # a patient's data, results, files
    "record",  # make patients and visits, upload, start work
    "correct",  # review: corrections, notes
    "sign",
    "acknowledge",  # alerts, quiet periods
    "share",  # send a report to the record system or archive
    "export_research",  # pseudonymised tables of those who agreed to it
    "team",  # open a patient to another account
    "accounts",  # make, lock and change accounts
    "audit",  # read the audit
    "rely",  # raise or lower how far the machine is relied on
]
PERMISSIONS: tuple[Permission, ...] = get_args(Permission)
ALLOWED: dict[Role, frozenset[Permission]] = {
    "clinician": frozenset(
        ("see", "record", "correct", "sign", "acknowledge", "share", "export_research", "team", "rely")
    ),
    "assistant": frozenset(("see", "record", "correct")),
    "researcher": frozenset(("export_research",)),
    "administrator": frozenset(("team", "accounts", "audit")),
    "system": frozenset(PERMISSIONS),
}
# These need no place in the patient's team: they show nothing of the patient but the pseudonym.
_WITHOUT_TEAM: dict[Role, frozenset[Permission]] = {
    "administrator": frozenset(("team",)),
    "system": frozenset(PERMISSIONS),
}


def may(actor: Actor, permission: Permission) -> bool:
    """Whether the role allows it at all."""
    return permission in ALLOWED.get(actor.role, frozenset())


def require(actor: Actor, permission: Permission) -> None:
    """Raise `NotAllowedError` unless the role allows it."""
    if not may(actor, permission):
        raise NotAllowedError(f"the role {actor.role!r} may not do this ({permission})")


def require_patient(db: Session, actor: Actor, permission: Permission, patient_id: str) -> Patient:
    """The patient, if this account may do that to them.

    Raises:
        NotAllowedError: the role does not allow it.
        NotFoundError: no such patient, or the account is not in the care team.
    """
    require(actor, permission)
    patient = db.get(Patient, patient_id)
    if patient is None or not _in_team(db, actor, permission, patient_id):
        raise NotFoundError("no such patient among yours")
    return patient


def require_visit(db: Session, actor: Actor, permission: Permission, visit_id: str) -> Visit:
    """The visit, if this account may do that to its patient. Raises as `require_patient`."""
    require(actor, permission)
    visit = db.get(Visit, visit_id)
    if visit is None or not _in_team(db, actor, permission, visit.patient_id):
        raise NotFoundError("no such visit among those of your patients")
    return visit


def own_patients(actor: Actor) -> ColumnElement[bool]:
    """The condition of queries over `patients` that keeps those in whose team the account is."""
    if actor.role == "system":
        return Patient.id.is_not(None)
    return exists(
        select(CareTeam.id).where(
            CareTeam.patient_id == Patient.id, CareTeam.user_id == actor.user_id, CareTeam.ended_at.is_(None)
        )
    )


def n_own_patients(db: Session, actor: Actor) -> int:
    """How many patients `own_patients` keeps; counted by their places in the team, which an index holds."""
    if actor.role == "system":
        return db.scalar(select(func.count()).select_from(Patient)) or 0
    places = select(func.count()).where(CareTeam.user_id == actor.user_id, CareTeam.ended_at.is_(None))
    return db.scalar(places) or 0


def _in_team(db: Session, actor: Actor, permission: Permission, patient_id: str) -> bool:
    if permission in _WITHOUT_TEAM.get(actor.role, frozenset()):
        return True
    place = select(CareTeam.id).where(
        CareTeam.patient_id == patient_id, CareTeam.user_id == actor.user_id, CareTeam.ended_at.is_(None)
    )
    return db.scalar(place) is not None
