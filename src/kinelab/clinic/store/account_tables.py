"""Who works here: accounts, their logins, whose patients are whose."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from kinelab.clinic.store.base import Base, Id, PatientRef, UserRef


class User(Base):
    """One account. `password_hash` is argon2's; empty for who logs in through the clinic's own system (OIDC).

    `totp_secret` is sealed with the server's key. `version` counts changes, so that two administrators do not
    overwrite each other.
    """

    __tablename__ = "users"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(80), unique=True)
    full_name: Mapped[str] = mapped_column(String(120), default="")
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str] = mapped_column(String(255), default="")
    must_change_password: Mapped[bool] = mapped_column(default=False)
    totp_secret: Mapped[str] = mapped_column(String(255), default="")
    totp_last_step: Mapped[int] = mapped_column(default=0)
    oidc_subject: Mapped[str | None] = mapped_column(String(255), unique=True)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Login(Base):
    """A browser that is logged in, or a token of a program. Only the hash of its secret is kept.

    `read_only` tokens change nothing. `via_oidc`: the clinic's own system said who it is.
    """

    __tablename__ = "logins"

    id: Mapped[Id]
    user_id: Mapped[UserRef]
    kind: Mapped[str] = mapped_column(String(8))  # browser | token
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    read_only: Mapped[bool] = mapped_column(default=False)
    via_oidc: Mapped[bool] = mapped_column(default=False)
    label: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code that stands in once for the one-time password of a lost telephone."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)

    id: Mapped[Id]
    user_id: Mapped[UserRef]
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]


class Attempts(Base):
    """How often somebody tried to come in, by account, address or browser (see `clinic.accounts.attempts`).

    `level` leaks away with time; `bucket` is one of a bounded number, so that no attacker can fill the disk.
    """

    __tablename__ = "attempts"

    bucket: Mapped[str] = mapped_column(String(80), primary_key=True)
    level: Mapped[float]
    at: Mapped[datetime]
    blocked_until: Mapped[datetime | None]


class CareTeam(Base):
    """Which account may see which patient. A row that ended stays, so that the past can be told."""

    __tablename__ = "care_team"
    __table_args__ = (
        Index("uq_care_team_open", "user_id", "patient_id", unique=True,
              sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL")),
    )  # fmt: skip

    id: Mapped[Id]
    user_id: Mapped[UserRef]
    patient_id: Mapped[PatientRef]
    granted_by: Mapped[str] = mapped_column(String(32), ForeignKey("users.id"))
    granted_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
