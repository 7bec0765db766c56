"""A clinic made again from a backup, on either database: whole and checked, or not at all."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.runtime.migration import MigrationContext
from rich.console import Console
from sqlalchemy import Connection, delete, func, select, text, update
from sqlalchemy.orm import Session

from kinelab.clinic import audit
from kinelab.clinic.actor import command_actor
from kinelab.clinic.backup.rows import read_rows
from kinelab.clinic.backup.writing import FORMAT, MANIFEST, TABLES
from kinelab.clinic.keys import FILE as KEY_FILE
from kinelab.clinic.settings import FILE as SETTINGS_FILE
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.files import FileStore
from kinelab.clinic.store.migrating import prepare
from kinelab.clinic.store.tables import AuditHead, Base, Login, StoredFile, User
from kinelab.errors import FileFormatError, InputError, OutputError
from kinelab.files.atomic import sha256_of
from kinelab.pipeline.progress import progress


@dataclass(frozen=True)
class Restored:
    """A clinic that was made again: its rows, its files, and the end of its audit."""

    n_rows: int
    n_files: int
    audit: audit.Verdict


def restore_backup(
    backup: str | Path,
    folder: str | Path,
    url: str | None = None,
    console: Console | None = None,
) -> Restored:
    """Make the data folder `folder`, and the tables of the empty database `url`, from one backup.

    Every table and every file is compared with the backup's own hashes, the audit is followed from its start,
    logins of browsers are ended, and the restoring itself is audited. Either all of it is there afterwards or
    the folder does not exist and the database holds no row.

    Raises:
        FileFormatError: the backup is incomplete or was altered.
        InputError: the folder or the database is in use; the backup is of another version of the tables.
        OutputError: the disk is full.
    """
    backup, folder = Path(backup), Path(folder)
    manifest = _manifest(backup)
    if folder.exists():
        raise InputError(
            f"{folder}: is there already; a backup is restored into a folder that does not exist"
        )
    part = folder.with_name(f".{folder.name}.restoring")
    try:
        part.mkdir(parents=True, mode=0o700)
        for name in (KEY_FILE, SETTINGS_FILE):
            if (backup / name).exists():
                shutil.copy2(backup / name, part / name)
        database = Database(part, url)
        try:
            prepare(database)
            restored = _load(database, backup, manifest, FileStore(part), console or Console(quiet=True))
        finally:
            database.close()
        part.rename(folder)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(f"{folder}: cannot be written ({error.strerror})") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return restored


def _manifest(backup: Path) -> dict[str, Any]:
    path = backup / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FileFormatError(
            path, "no backup there; name the folder with the date, not the one above"
        ) from None
    except ValueError:
        raise FileFormatError(path, "is not JSON; the backup was altered") from None
    if manifest.get("format") != FORMAT:
        raise FileFormatError(path, f"its format is {manifest.get('format')!r}, expected {FORMAT!r}")
    for name, facts in manifest["tables"].items():
        table = backup / TABLES / f"{name}.jsonl"
        if not table.is_file():
            raise FileFormatError(table, "is missing from the backup")
        if sha256_of(table) != facts["sha256"]:
            raise FileFormatError(table, "was altered after the backup was made")
    if not (backup / KEY_FILE).is_file():
        raise FileFormatError(
            backup / KEY_FILE, "is missing from the backup; without it the audit cannot be checked"
        )
    return manifest


def _load(
    database: Database,
    backup: Path,
    manifest: dict[str, Any],
    store: FileStore,
    console: Console,
) -> Restored:
    with database.writing() as db:
        connection = db.connection()
        _want_same_version(connection, manifest)
        _want_empty(db)
        db.execute(delete(AuditHead))
        n_rows = 0
        for table in Base.metadata.sorted_tables:
            n_rows += read_rows(connection, table, backup / TABLES / f"{table.name}.jsonl")
            _count_on(connection, table.name, table.autoincrement_column)
        known = db.scalars(select(StoredFile.sha256).order_by(StoredFile.sha256)).all()
        source = FileStore(backup.parent)
        with progress("restore", len(known), console, "files") as advance:
            for done, sha256 in enumerate(known, start=1):
                store.put(source.verify(sha256))
                advance(done)
        verdict = audit.verify(db, (manifest["audit"]["seq"], manifest["audit"]["hash"]))
        if verdict.problem:
            raise FileFormatError(backup, f"the audit in it does not hold: {verdict.problem}")
        now = database.clock.now()
        browsers = (Login.kind == "browser") & Login.ended_at.is_(None)
        db.execute(update(Login).where(browsers).values(ended_at=now))
        audit.record(db, command_actor(), "restore", "clinic", backup.name, detail={"rows": n_rows})
    return Restored(n_rows, len(known), verdict)


def _want_same_version(connection: Connection, manifest: dict[str, Any]) -> None:
    ours = MigrationContext.configure(connection).get_current_revision()
    theirs = manifest["tables_version"]
    if ours != theirs:
        raise InputError(
            f"the backup's tables are of version {theirs}, this kinelab's of {ours}; restore it with kinelab"
            f" {manifest['kinelab']}, then start the newer one on the result"
        )


def _want_empty(db: Session) -> None:
    if db.scalar(select(func.count()).select_from(User)) or db.scalar(select(AuditHead.seq)):
        raise InputError("the database holds a clinic already; a backup is restored into an empty one")


def _count_on(connection: Connection, table: str, column: Any) -> None:
    """PostgreSQL counts by itself and has not seen these rows' numbers."""
    if column is None or connection.dialect.name == "sqlite":
        return
    newest = connection.execute(select(func.max(column))).scalar()
    if newest is not None:
        setting = text("SELECT setval(pg_get_serial_sequence(:table, :column), :newest)")
        connection.execute(setting, {"table": table, "column": column.name, "newest": newest})
