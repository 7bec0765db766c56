"""The audit: who read, changed or took out what. The database itself refuses to alter or delete a row."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kinelab.clinic.store.base import Base


class AuditRow(Base):
    """One act. `hash` covers the row and the hash before it (see `clinic.audit`).

    No foreign keys: the audit outlives what it tells of.
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_patient", "patient_id", "seq"),
        Index("ix_audit_user", "user_id", "seq"),
    )

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    user_id: Mapped[str] = mapped_column(String(32))
    via: Mapped[str] = mapped_column(String(12))
    action: Mapped[str] = mapped_column(String(32))
    object_kind: Mapped[str] = mapped_column(String(24))
    object_id: Mapped[str] = mapped_column(String(80))
    patient_id: Mapped[str | None] = mapped_column(String(32))
    detail: Mapped[str] = mapped_column(Text, default="{}")  # JSON, letter by letter as it was hashed
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """The end of the chain, in one row that every writer locks: two could else append the same number."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
