"""Whom the clinic looks after: patients by pseudonym, their visits, what was recorded there."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kinelab.clinic.store.base import Base, Id, PatientRef, PlainData, Sha256, UserRef, VisitRef


class Patient(Base):
    """A person under a pseudonym (`code`); the name stays in the clinic's own system.

    `urgency` and `reason` are the patient's place in the list (higher first) as monitoring last found it.
    From `recheck_on` on it may be another though nothing happens: a quiet period ends, a visit is overdue.
    """

    __tablename__ = "patients"
    __table_args__ = (Index("ix_patients_order", "urgency", "last_visit_on", "id"),)

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(64), unique=True)
    birth_year: Mapped[int | None]
    sex: Mapped[str | None] = mapped_column(String(8))
    height_m: Mapped[float | None]
    mass_kg: Mapped[float | None]
    affected_side: Mapped[str | None] = mapped_column(String(8))
    research_consent: Mapped[bool] = mapped_column(default=False)
    created_by: Mapped[UserRef]
    created_at: Mapped[datetime]
    urgency: Mapped[float] = mapped_column(default=0.0)
    reason: Mapped[str] = mapped_column(Text, default="")
    last_visit_on: Mapped[date | None]
    next_visit_on: Mapped[date | None]
    recheck_on: Mapped[date | None] = mapped_column(index=True)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Visit(Base):
    """One day's recording of a patient and what came of it.

    `options` are what the estimator was told (see `clinic.visits`). `n_corrections` is the number of the last
    correction: who appends one must have seen it.
    """

    __tablename__ = "visits"
    __table_args__ = (Index("ix_visits_patient_day", "patient_id", "visited_on"),)

    id: Mapped[Id]
    patient_id: Mapped[PatientRef]
    visited_on: Mapped[date]
    title: Mapped[str] = mapped_column(String(120), default="")
    options: Mapped[PlainData] = mapped_column(default=dict)
    synthetic: Mapped[bool] = mapped_column(default=False)
    n_corrections: Mapped[int] = mapped_column(default=0)
    created_by: Mapped[UserRef]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class StoredFile(Base):
    """A file by its content; the bytes lie beside the database under their hash."""

    __tablename__ = "files"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    n_bytes: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]


class Upload(Base):
    """A recording that was handed in for a visit.

    `name` is what its owner called it: shown, never used as a path. `kind` is what the bytes are.
    """

    __tablename__ = "uploads"
    __table_args__ = (UniqueConstraint("visit_id", "sha256"),)

    id: Mapped[Id]
    visit_id: Mapped[VisitRef]
    sha256: Mapped[Sha256] = mapped_column(ForeignKey("files.sha256"))
    name: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(16))
    uploaded_by: Mapped[UserRef]
    uploaded_at: Mapped[datetime]
