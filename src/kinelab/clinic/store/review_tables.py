"""What people said of results: corrections and signatures, appended and never altered; reliance; alerts."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kinelab.clinic.store.base import Base, Id, PatientRef, PlainData, Sha256, UserRef, VisitRef


class Correction(Base):
    """One correction of a visit, number 1, 2, ... (see `pipeline.corrections`); `undo` is one too."""

    __tablename__ = "corrections"
    __table_args__ = (UniqueConstraint("visit_id", "number"),)

    id: Mapped[Id]
    visit_id: Mapped[VisitRef]
    number: Mapped[int]
    body: Mapped[PlainData]
    made_by: Mapped[UserRef]
    made_at: Mapped[datetime]


class Signature(Base):
    """A reader's signature under one result, over the hash of its report.

    meaning: read (a first reader, not yet final) | final. evidence: of a final one, how far the review agreed
    with the machine (`clinic.review.agreement`).
    """

    __tablename__ = "signatures"
    __table_args__ = (UniqueConstraint("result_id", "user_id", "meaning"),)

    id: Mapped[Id]
    result_id: Mapped[str] = mapped_column(String(32), ForeignKey("results.id"), index=True)
    user_id: Mapped[UserRef]
    meaning: Mapped[str] = mapped_column(String(8))
    report_sha256: Mapped[Sha256]
    evidence: Mapped[PlainData] = mapped_column(default=dict)
    signed_at: Mapped[datetime]


class Reliance(Base):
    """How far the machine is relied on for a kind of recording; the newest row counts.

    level 0: every stride is looked at; 1: what thresholds name; 2: samples and what thresholds name.
    """

    __tablename__ = "reliance"
    __table_args__ = (Index("ix_reliance_newest", "kind", "decided_at"),)

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(16))
    level: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    evidence: Mapped[PlainData] = mapped_column(default=dict)
    decided_by: Mapped[str | None] = mapped_column(
        String(32), ForeignKey("users.id")
    )  # None: lowered by itself
    decided_at: Mapped[datetime]


class Alert(Base):
    """A change of one measure that held; open until acknowledged."""

    __tablename__ = "alerts"
    __table_args__ = (
        UniqueConstraint("visit_id", "quantity", "side", "direction"),
        Index("ix_alerts_open", "patient_id", "acknowledged_at"),
    )

    id: Mapped[Id]
    patient_id: Mapped[PatientRef]
    visit_id: Mapped[VisitRef]
    quantity: Mapped[str] = mapped_column(String(64))
    side: Mapped[str] = mapped_column(String(8))
    direction: Mapped[str] = mapped_column(String(12))  # regression | improvement | change
    text: Mapped[str] = mapped_column(Text)
    facts: Mapped[PlainData] = mapped_column(default=dict)
    raised_at: Mapped[datetime]
    acknowledged_by: Mapped[str | None] = mapped_column(String(32), ForeignKey("users.id"))
    acknowledged_at: Mapped[datetime | None]
    acknowledged_note: Mapped[str] = mapped_column(Text, default="")


class Quiet(Base):
    """A time in which one measure of a patient raises no alert."""

    __tablename__ = "quiet"

    id: Mapped[Id]
    patient_id: Mapped[PatientRef]
    quantity: Mapped[str] = mapped_column(String(64))
    until: Mapped[date]
    reason: Mapped[str] = mapped_column(Text, default="")
    set_by: Mapped[UserRef]
    set_at: Mapped[datetime]


class Mdc95(Base):
    """The smallest real change of a measure as this clinic measures it, from a study of reliability."""

    __tablename__ = "mdc95"
    __table_args__ = (UniqueConstraint("quantity", "side"),)

    id: Mapped[Id]
    quantity: Mapped[str] = mapped_column(String(64))
    side: Mapped[str] = mapped_column(String(8))
    unit: Mapped[str] = mapped_column(String(24))
    value: Mapped[float]
    source: Mapped[str] = mapped_column(String(255))
    set_at: Mapped[datetime]


class Export(Base):
    """What left the house, and whereto; `remote_id` is how the other side calls it."""

    __tablename__ = "exports"

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(16))  # fhir | dicom | research | video
    patient_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("patients.id"), index=True)
    result_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("results.id"), index=True)
    destination: Mapped[str] = mapped_column(String(255), default="")
    remote_id: Mapped[str] = mapped_column(String(255), default="")
    sha256: Mapped[Sha256]
    asked_by: Mapped[UserRef]
    made_at: Mapped[datetime]
