"""The list of patients, those to be looked at first on top: what monitoring found, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from kinelab.clinic import audit
from kinelab.clinic.actor import Actor
from kinelab.clinic.monitoring.refresh import refresh_due
from kinelab.clinic.permissions import n_own_patients, own_patients, require
from kinelab.clinic.store.tables import Alert, Patient
from kinelab.errors import InputError

Order = Literal["urgency", "code", "last_visit"]
MOST_ROWS = 200


@dataclass(frozen=True)
class PatientLine:
    """One row of the list; `reason` says why it stands where it stands."""

    id: str
    code: str
    birth_year: int | None
    sex: str | None
    urgency: float
    reason: str
    last_visit_on: date | None
    open_alerts: int


@dataclass(frozen=True)
class PatientPage:
    """Some rows of the list, and how many there are in all."""

    rows: tuple[PatientLine, ...]
    total: int


def patient_list(
    db: Session,
    actor: Actor,
    *,
    offset: int = 0,
    limit: int = 50,
    search: str = "",
    order: Order = "urgency",
) -> PatientPage:
    """The actor's own patients: part of the code in `search`, in the order that was asked for.

    Needs a transaction that writes: places that change by the day alone are put right first, and the audit
    keeps that the list was read.

    Raises:
        NotAllowedError: the role sees no patients.
        InputError: an offset below 0, or not 1 to 200 rows.
    """
    require(actor, "see")
    if offset < 0 or not 1 <= limit <= MOST_ROWS:
        raise InputError(f"rows {offset} to {offset + limit}: expected 1 to {MOST_ROWS} rows from 0 on")
    refresh_due(db)
    chosen = own_patients(actor)
    if search.strip():
        chosen &= Patient.code.icontains(search.strip(), autoescape=True)
        total = db.scalar(select(func.count()).select_from(Patient).where(chosen)) or 0
    else:
        total = n_own_patients(db, actor)
    found = db.execute(
        select(
            Patient.id, Patient.code, Patient.birth_year, Patient.sex, Patient.urgency, Patient.reason,
            Patient.last_visit_on,
        ).where(chosen).order_by(*_orders(order)).offset(offset).limit(limit)
    ).all()  # fmt: skip
    alerts = _open_alerts(db, [row.id for row in found])
    rows = tuple(PatientLine(*row, open_alerts=alerts.get(row.id, 0)) for row in found)
    audit.record(db, actor, "read", "patients", detail={"n": len(rows), "offset": offset, "order": order})
    return PatientPage(rows, total)


def _orders(order: Order) -> tuple[ColumnElement[Any], ...]:
    """The id comes last everywhere: pages must not overlap."""
    orders: dict[Order, tuple[ColumnElement[Any], ...]] = {
        "urgency": (Patient.urgency.desc(), Patient.last_visit_on.desc().nulls_last(), Patient.id.desc()),
        "code": (Patient.code.asc(),),
        "last_visit": (Patient.last_visit_on.desc().nulls_last(), Patient.id.desc()),
    }
    return orders[order]


def _open_alerts(db: Session, patient_ids: list[str]) -> dict[str, int]:
    rows = db.execute(
        select(Alert.patient_id, func.count())
        .where(Alert.patient_id.in_(patient_ids), Alert.acknowledged_at.is_(None))
        .group_by(Alert.patient_id)
    )
    return {str(patient_id): int(n) for patient_id, n in rows}
