"""What is to be computed, by whom it is being computed, and what came of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kinelab.clinic.store.base import Base, Id, PatientRef, PlainData, Sha256, UserRef, VisitRef


class Job(Base):
    """A piece of work in the queue. Only who holds its last lease (`lease` is its number) may end it.

    state: queued | running | done | failed | cancelled. `key` makes asking twice the same as asking once.
    `not_before`: a job that waits is not taken earlier; it was put off `put_off` times.
    """

    __tablename__ = "jobs"
    __table_args__ = (Index("ix_jobs_next", "state", "created_at"),)

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(160), unique=True)
    kind: Mapped[str] = mapped_column(String(16))  # analyse | rebuild | blur | export
    visit_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("visits.id"), index=True)
    asked_by: Mapped[UserRef]
    what: Mapped[PlainData] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(String(12), default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    lease: Mapped[int] = mapped_column(default=0)
    leased_by: Mapped[str] = mapped_column(String(120), default="")
    leased_until: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    put_off: Mapped[int] = mapped_column(default=0, server_default="0")
    progress: Mapped[float] = mapped_column(default=0.0)
    message: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Result(Base):
    """A version of a visit's results: every file by content, the measures in rows, the report's state.

    version 1 is the machine's own; each rebuild from corrections makes the next. state: preliminary | final
    | amended | superseded. `n_corrections` is the number of the last correction in it. `files` maps the
    names in the run folder to hashes.
    """

    __tablename__ = "results"
    __table_args__ = (UniqueConstraint("visit_id", "version"),)

    id: Mapped[Id]
    visit_id: Mapped[VisitRef]
    patient_id: Mapped[PatientRef]
    version: Mapped[int]
    state: Mapped[str] = mapped_column(String(12), default="preliminary")
    n_corrections: Mapped[int] = mapped_column(default=0)
    job_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("jobs.id"), unique=True)
    files: Mapped[PlainData] = mapped_column(default=dict)
    findings: Mapped[PlainData] = mapped_column(default=dict)  # {"rows": [{level, text, evidence}]}
    needs: Mapped[PlainData] = mapped_column(default=dict)  # {"rows": [{what, reason, threshold}]}
    report_sha256: Mapped[Sha256]
    created_at: Mapped[datetime]


class MeasureRow(Base):
    """One measure of one result, for lists and timelines."""

    __tablename__ = "measures"
    __table_args__ = (Index("ix_measures_line", "patient_id", "quantity", "side"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    result_id: Mapped[str] = mapped_column(String(32), ForeignKey("results.id"), index=True)
    patient_id: Mapped[str] = mapped_column(String(32), ForeignKey("patients.id"))
    quantity: Mapped[str] = mapped_column(String(64))
    side: Mapped[str] = mapped_column(String(8))
    value: Mapped[float]
    unit: Mapped[str] = mapped_column(String(24))
    n: Mapped[int]
    sd: Mapped[float | None]
    mdc95: Mapped[float | None]
    machine_value: Mapped[float | None]
    outside: Mapped[bool | None]
    reference_low: Mapped[float | None]
    reference_high: Mapped[float | None]
    reference_source: Mapped[str | None] = mapped_column(Text)
