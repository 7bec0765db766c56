"""Rows of a table as lines of JSON and back: the same text from SQLite and from PostgreSQL."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Date, Table, insert, select

from kinelab.clinic.store.base import UtcTime
from kinelab.errors import FileFormatError

_AT_ONCE = 500


def write_rows(connection: Connection, table: Table, path: Path) -> dict[str, Any]:
    """One line a row, in the order of the primary key; how many there are, and the file's hash."""
    n, hashed = 0, hashlib.sha256()
    ordered = select(table).order_by(*table.primary_key.columns)
    with path.open("wb") as file, connection.execution_options(yield_per=_AT_ONCE).execute(ordered) as rows:
        for row in rows.mappings():
            line = json.dumps(dict(row), ensure_ascii=True, allow_nan=False, default=_as_text) + "\n"
            file.write(line.encode())
            hashed.update(line.encode())
            n += 1
    return {"rows": n, "sha256": hashed.hexdigest()}


def read_rows(connection: Connection, table: Table, path: Path) -> int:
    """Insert every line; how many there were.

    Raises:
        FileFormatError: a line is not a row of this table.
    """
    n = 0
    for portion in _portions(path, table):
        connection.execute(insert(table), portion)
        n += len(portion)
    return n


def _portions(path: Path, table: Table) -> Iterator[list[dict[str, Any]]]:
    portion: list[dict[str, Any]] = []
    with path.open(encoding="ascii") as file:
        for number, line in enumerate(file, start=1):
            try:
                portion.append(_from_text(json.loads(line), table))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise FileFormatError(path, f"is not a row of {table.name} ({error})", row=number) from None
            if len(portion) == _AT_ONCE:
                yield portion
                portion = []
    if portion:
        yield portion


def _as_text(value: object) -> str:
    if isinstance(value, date):  # datetime is one, too
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} has no text here")


def _from_text(row: dict[str, Any], table: Table) -> dict[str, Any]:
    if set(row) != set(table.columns.keys()):
        raise KeyError(f"its columns are {', '.join(row)}")
    for column in table.columns:
        if row[column.name] is None:
            continue
        if isinstance(column.type, UtcTime):
            row[column.name] = datetime.fromisoformat(row[column.name])
        elif isinstance(column.type, Date):
            row[column.name] = date.fromisoformat(row[column.name])
    return row
