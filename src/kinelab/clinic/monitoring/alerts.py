"""Alerts of a patient: shown, acknowledged with a note, kept quiet for a time."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session

from kinelab.clinic import audit
from kinelab.clinic.actor import Actor
from kinelab.clinic.monitoring.refresh import KINDS, lock_patient, refresh_patient
from kinelab.clinic.permissions import require_patient
from kinelab.clinic.store.database import clock_of
from kinelab.clinic.store.tables import Alert, Quiet, User
from kinelab.core.quantities import quantity as catalogued
from kinelab.errors import ConflictError, InputError, NotFoundError

_LONGEST_NOTE = 2000
_LONGEST_QUIET_DAYS = 366
_FARTHEST_PLAN_DAYS = 3653


def alerts_of(db: Session, actor: Actor, patient_id: str, *, open_only: bool = True) -> list[dict[str, Any]]:
    """The patient's alerts, newest first; open ones are those that nobody acknowledged.

    Raises:
        NotAllowedError, NotFoundError: not this actor's patient.
    """
    require_patient(db, actor, "see", patient_id)
    rows = select(Alert).where(Alert.patient_id == patient_id).order_by(Alert.raised_at.desc(), Alert.id)
    if open_only:
        rows = rows.where(Alert.acknowledged_at.is_(None))
    found = [_plain(db, row) for row in db.scalars(rows)]
    audit.record(db, actor, "read", "alerts", patient_id=patient_id, detail={"n": len(found)})
    return found


def acknowledge(db: Session, actor: Actor, alert_id: str, note: str) -> dict[str, Any]:
    """Take note of an alert; later visits are held against its value, where the change still stood.

    Raises:
        NotAllowedError, NotFoundError: not this actor's to acknowledge.
        InputError: no note, or a very long one.
        ConflictError: somebody acknowledged it already.
    """
    alert = db.get(Alert, alert_id)
    if alert is None:
        raise NotFoundError("no such alert among those of your patients")
    require_patient(db, actor, "acknowledge", alert.patient_id)
    said = _note(note)
    lock_patient(db, alert.patient_id)
    try:
        db.refresh(alert)
    except InvalidRequestError:
        raise NotFoundError("the alert was taken back meanwhile: its result was amended") from None
    if alert.acknowledged_at is not None:
        raise ConflictError(
            f"this alert was acknowledged at {alert.acknowledged_at:%Y-%m-%d %H:%M} UTC already"
        )
    alert.acknowledged_by, alert.acknowledged_at = actor.user_id or None, clock_of(db).now()
    alert.acknowledged_note = said
    db.flush()
    refresh_patient(db, alert.patient_id)
    told = {"quantity": alert.quantity, "side": alert.side, "direction": alert.direction}
    audit.record(db, actor, "acknowledge", "alert", alert.id, patient_id=alert.patient_id, detail=told)
    return _plain(db, alert)


def keep_quiet(
    db: Session, actor: Actor, patient_id: str, quantity: str, until: date, reason: str
) -> dict[str, Any]:
    """Raise no alert of this quantity, of either side, before the day `until`; then it is due again.

    Raises:
        NotAllowedError, NotFoundError: not this actor's to do.
        InputError: an unknown quantity, a day that is not in the coming year, no reason.
    """
    require_patient(db, actor, "acknowledge", patient_id)
    catalogued(quantity)
    now = clock_of(db).now()
    days = (until - now.date()).days
    if not 1 <= days <= _LONGEST_QUIET_DAYS:
        raise InputError(
            f"quiet until {until}: expected a day from tomorrow to {_LONGEST_QUIET_DAYS} days from now"
        )
    row = Quiet(
        patient_id=patient_id, quantity=quantity, until=until, reason=_note(reason), set_by=actor.user_id,
        set_at=now,
    )  # fmt: skip
    db.add(row)
    db.flush()
    refresh_patient(db, patient_id)
    told = {"quantity": quantity, "until": until.isoformat()}
    audit.record(db, actor, "create", "quiet", row.id, patient_id=patient_id, detail=told)
    return _plain_quiet(db, row)


def end_quiet(db: Session, actor: Actor, quiet_id: str) -> dict[str, Any]:
    """End a quiet period today. Raises as `keep_quiet`."""
    row = db.get(Quiet, quiet_id)
    if row is None:
        raise NotFoundError("no such quiet period among those of your patients")
    require_patient(db, actor, "acknowledge", row.patient_id)
    row.until = min(row.until, clock_of(db).now().date())
    db.flush()
    refresh_patient(db, row.patient_id)
    audit.record(db, actor, "change", "quiet", row.id, patient_id=row.patient_id, detail={"ended": True})
    return _plain_quiet(db, row)


def quiet_of(db: Session, actor: Actor, patient_id: str) -> list[dict[str, Any]]:
    """The quiet periods that run, the first to end first. Raises as `alerts_of`."""
    require_patient(db, actor, "see", patient_id)
    today = clock_of(db).now().date()
    rows = select(Quiet).where(Quiet.patient_id == patient_id, Quiet.until > today).order_by(Quiet.until)
    found = [_plain_quiet(db, row) for row in db.scalars(rows)]
    audit.record(db, actor, "read", "quiet", patient_id=patient_id, detail={"n": len(found)})
    return found


def plan_next_visit(db: Session, actor: Actor, patient_id: str, on: date | None) -> None:
    """Say when the patient is expected next; past that day without a visit the list says overdue.

    Raises:
        NotAllowedError, NotFoundError: not this actor's to do.
        InputError: a day that is more than ten years away.
        ConflictError: somebody changed the patient meanwhile.
    """
    patient = require_patient(db, actor, "record", patient_id)
    if on is not None and abs((on - clock_of(db).now().date()).days) > _FARTHEST_PLAN_DAYS:
        raise InputError(f"the next visit on {on} is more than ten years away; is the year right?")
    patient.next_visit_on = on
    db.flush()
    refresh_patient(db, patient_id)
    told = {"next_visit_on": on.isoformat() if on else None}
    audit.record(db, actor, "change", "patient", patient_id, patient_id=patient_id, detail=told)


def _note(text: str) -> str:
    said = text.strip()
    if not said:
        raise InputError("a note is needed: why, in a few words, for whoever looks next")
    if len(said) > _LONGEST_NOTE:
        raise InputError(f"the note has {len(said)} characters, at most {_LONGEST_NOTE} are kept")
    return said


def _plain(db: Session, row: Alert) -> dict[str, Any]:
    return {
        "id": row.id, "patient_id": row.patient_id, "visit_id": row.visit_id, "quantity": row.quantity,
        "side": row.side, "kind": KINDS[row.direction], "text": row.text, "facts": dict(row.facts),
        "raised_at": row.raised_at.isoformat(), "acknowledged_by": _name(db, row.acknowledged_by),
        "acknowledged_at": row.acknowledged_at.isoformat() if row.acknowledged_at else None,
        "note": row.acknowledged_note,
    }  # fmt: skip


def _plain_quiet(db: Session, row: Quiet) -> dict[str, Any]:
    return {
        "id": row.id, "patient_id": row.patient_id, "quantity": row.quantity, "until": row.until.isoformat(),
        "reason": row.reason, "set_by": _name(db, row.set_by), "set_at": row.set_at.isoformat(),
    }  # fmt: skip


def _name(db: Session, user_id: str | None) -> str:
    user = db.get(User, user_id) if user_id else None
    return user.name if user else ""
