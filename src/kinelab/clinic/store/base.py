"""What all tables share: names of rows, times in UTC, plain data."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import JSON, DateTime, Dialect, ForeignKey, MetaData, String, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

# Constraints carry names, or a migration could not find them again.
_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
PlainData = dict[str, Any]


class UtcTime(TypeDecorator[datetime]):
    """A moment in UTC, with its zone on the way in and on the way out; SQLite keeps none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Only moments with a zone: a naive time would be read as another one elsewhere."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """As it went in."""
        if value is None or value.tzinfo is not None:
            return None if value is None else value.astimezone(UTC)
        return value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: UtcTime(),
        PlainData: JSON().with_variant(JSONB(), "postgresql"),
        str: String(),
    }


def new_id() -> str:
    """The name of a new row: random, so that nobody can guess or count others."""
    return uuid.uuid4().hex


Id = Annotated[str, mapped_column(String(32), primary_key=True, default=new_id)]
UserRef = Annotated[str, mapped_column(String(32), ForeignKey("users.id"), index=True)]
PatientRef = Annotated[str, mapped_column(String(32), ForeignKey("patients.id"), index=True)]
VisitRef = Annotated[str, mapped_column(String(32), ForeignKey("visits.id"), index=True)]
Sha256 = Annotated[str, mapped_column(String(64))]
