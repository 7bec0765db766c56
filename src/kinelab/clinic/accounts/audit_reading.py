"""The audit read: by whom, when, what; for administrators. Reading it is in it too."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from kinelab.clinic import audit
from kinelab.clinic.actor import Actor
from kinelab.clinic.permissions import require
from kinelab.clinic.store.tables import AuditRow, Patient, User

MOST = 500


def rows(
    db: Session,
    actor: Actor,
    *,
    before: int | None = None,
    patient_id: str = "",
    user_id: str = "",
    action: str = "",
    limit: int = 100,
) -> list[AuditRow]:
    """Up to `limit` rows, the newest first, from before row `before`; only those that fit what is given.

    Raises:
        NotAllowedError: the actor does not read the audit.
    """
    require(actor, "audit")
    wanted = select(AuditRow).order_by(AuditRow.seq.desc()).limit(min(limit, MOST))
    if before is not None:
        wanted = wanted.where(AuditRow.seq < before)
    for column, value in (
        (AuditRow.patient_id, patient_id),
        (AuditRow.user_id, user_id),
        (AuditRow.action, action),
    ):
        if value:
            wanted = wanted.where(column == value)
    found = list(db.scalars(wanted))
    audit.record(db, actor, "read", "audit", patient_id=patient_id or None)
    return found


def verdict(db: Session, actor: Actor, known: tuple[int, str] | None = None) -> audit.Verdict:
    """Whether the chain holds (see `audit.verify`); that it was asked is in it afterwards.

    Raises:
        NotAllowedError: the actor does not read the audit.
    """
    require(actor, "audit")
    return audit.verify(db, known)


def names(db: Session, actor: Actor) -> dict[str, str]:
    """Accounts' names by their ids, for showing rows."""
    require(actor, "audit")
    return dict(db.execute(select(User.id, User.name)).all())


def actions(db: Session, actor: Actor) -> list[str]:
    """Every kind of act that is in the audit."""
    require(actor, "audit")
    return list(db.scalars(select(AuditRow.action).distinct().order_by(AuditRow.action)))


def codes(db: Session, actor: Actor, patient_ids: set[str]) -> dict[str, str]:
    """Patients' pseudonyms by their ids, for showing rows."""
    require(actor, "audit")
    wanted = select(Patient.id, Patient.code).where(Patient.id.in_(patient_ids))
    return dict(db.execute(wanted).all())


def patient_id(db: Session, actor: Actor, code: str) -> str | None:
    """Whose pseudonym it is; None: nobody's."""
    require(actor, "audit")
    return db.scalar(select(Patient.id).where(Patient.code == code.strip()))
