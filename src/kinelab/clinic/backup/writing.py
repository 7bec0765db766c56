"""A backup: every table at one moment, every file once, the key and the settings.

    OUT/files/ab/cdef...          files by content, shared by all backups in OUT, so that each is copied once
    OUT/2026-05-01T12-00-00Z/     manifest.json, tables/NAME.jsonl, server.key, clinic.toml

Whoever has a backup has the clinic: it holds the server's key. Keep it as safe as the server itself.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.runtime.migration import MigrationContext
from rich.console import Console
from sqlalchemy import Connection, func, select

import kinelab
from kinelab.clinic.backup.rows import write_rows
from kinelab.clinic.keys import FILE as KEY_FILE
from kinelab.clinic.settings import FILE as SETTINGS_FILE
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.files import FileStore
from kinelab.clinic.store.tables import AuditHead, Base, StoredFile
from kinelab.errors import FileFormatError, OutputError
from kinelab.pipeline.progress import Advance, progress

FORMAT = "kinelab clinic backup 1"
MANIFEST, TABLES = "manifest.json", "tables"


@dataclass(frozen=True)
class Backup:
    """A backup that was made: its folder, its rows, its files, and how many of these were new."""

    folder: Path
    n_rows: int
    n_files: int
    n_new_files: int


def write_backup(database: Database, out: str | Path, console: Console | None = None) -> Backup:
    """Write a backup of the whole clinic while it goes on working; the folder appears when it is complete.

    Raises:
        OutputError: the folder cannot be written, or holds a backup of this very second.
        FileFormatError: a file of the store is missing or was altered.
    """
    out = Path(out)
    folder = out / database.clock.now().strftime("%Y-%m-%dT%H-%M-%SZ")
    part = out / f".{folder.name}.part"
    try:
        (part / TABLES).mkdir(parents=True, mode=0o700)
        with _snapshot(database) as connection:
            manifest = _tables(connection, part)
            known = connection.execute(select(StoredFile.sha256).order_by(StoredFile.sha256)).scalars().all()
        with progress("backup", len(known), console or Console(quiet=True), "files") as advance:
            n_new = _copy_files(FileStore(database.folder), FileStore(out), known, advance)
        for name in (KEY_FILE, SETTINGS_FILE):
            if (database.folder / name).exists():
                shutil.copy2(database.folder / name, part / name)
        (part / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        _sync(part)
        part.rename(folder)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(f"{folder}: the backup cannot be written ({error.strerror})") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    n_rows = sum(table["rows"] for table in manifest["tables"].values())
    return Backup(folder, n_rows, len(known), n_new)


def _snapshot(database: Database) -> Connection:
    """A connection that sees one moment: SQLite's readers do anyway, PostgreSQL's when asked."""
    connection = database.engine.connect()
    if not database.is_sqlite:
        connection = connection.execution_options(isolation_level="REPEATABLE READ")
    return connection


def _tables(connection: Connection, part: Path) -> dict[str, Any]:
    head = connection.execute(select(AuditHead.seq, AuditHead.hash)).one()
    tables = {
        table.name: write_rows(connection, table, part / TABLES / f"{table.name}.jsonl")
        for table in Base.metadata.sorted_tables
    }
    return {
        "format": FORMAT,
        "kinelab": kinelab.__version__,
        "tables_version": MigrationContext.configure(connection).get_current_revision(),
        "audit": {"seq": head.seq, "hash": head.hash},
        "n_bytes": int(connection.execute(select(func.sum(StoredFile.n_bytes))).scalar() or 0),
        "tables": tables,
    }


def _copy_files(source: FileStore, target: FileStore, known: Sequence[str], advance: Advance) -> int:
    n_new = 0
    for done, sha256 in enumerate(known, start=1):
        if not target.has(sha256):
            kept = target.put(source.path(sha256))
            if kept.sha256 != sha256:
                raise FileFormatError(source.path(sha256), "was altered: its bytes are not those of its name")
            n_new += 1
        advance(done)
    return n_new


def _sync(folder: Path) -> None:
    """The files' bytes on the disk before the folder gets its name."""
    for path in folder.rglob("*"):
        if path.is_file():
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
