"""A clinic is written, lost, and made again, also on the other kind of database."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Connection, Table, func, select, text

from kinelab.clinic import audit
from kinelab.clinic.actor import Actor, Role, command_actor
from kinelab.clinic.backup import writing
from kinelab.clinic.backup.restoring import restore_backup
from kinelab.clinic.backup.writing import Backup, write_backup
from kinelab.clinic.store.database import Database, clock_of
from kinelab.clinic.store.files import FileStore, note
from kinelab.clinic.store.tables import (
    AuditRow,
    Base,
    Correction,
    Login,
    MeasureRow,
    Patient,
    Result,
    StoredFile,
    Visit,
)
from kinelab.errors import FileFormatError, InputError, OutputError

if TYPE_CHECKING:
    from tests.clinic.conftest import Known


@pytest.fixture
def full(database: Database, people: dict[Role, Actor], a_patient: Known, tmp_path: Path) -> Database:
    """A clinic with a visit, a result with two files, a measure, a correction, a login and an audit."""
    store, by = FileStore(database.folder), people["clinician"]
    kept = []
    for name in ("report.html", "kinematics.nc"):
        (tmp_path / name).write_text(f"<p>{name}</p>")
        kept.append(store.put(tmp_path / name))
    with database.writing() as db:
        now = clock_of(db).now()
        visit = Visit(
            patient_id=a_patient.id, visited_on=now.date(), created_by=by.user_id, created_at=now,
            options={"height_m": 1.8, "note": "zwölf \U0001f600"},
        )  # fmt: skip
        db.add(visit)
        for one in kept:
            note(db, one, "text/html")
        db.flush()
        result = Result(
            visit_id=visit.id,
            patient_id=a_patient.id,
            version=1,
            report_sha256=kept[0].sha256,
            created_at=now,
        )
        db.add(result)
        db.flush()
        db.add(
            MeasureRow(
                result_id=result.id, patient_id=a_patient.id, quantity="speed_mps", side="both",
                value=0.1 + 0.2, unit="m/s", n=4,
            )
        )  # fmt: skip
        db.add(
            Correction(
                visit_id=visit.id,
                number=1,
                body={"kind": "note", "text": "x"},
                made_by=by.user_id,
                made_at=now,
            )
        )
        db.add(
            Login(
                user_id=by.user_id, kind="browser", secret_hash="0" * 64, created_at=now, seen_at=now,
                ends_at=datetime(2100, 1, 1, tzinfo=UTC),
            )
        )  # fmt: skip
        audit.record(db, by, "create", "visit", visit.id, patient_id=a_patient.id)
    return database


@pytest.fixture
def backup(full: Database, tmp_path: Path) -> Backup:
    return write_backup(full, tmp_path / "backups")


def contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table but those that restoring itself writes."""
    left_out = {"audit", "audit_head", "logins"}
    with database.reading() as db:
        return {
            table.name: sorted(map(tuple, db.execute(select(table)).all()), key=str)
            for table in Base.metadata.sorted_tables
            if table.name not in left_out
        }


@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
def test_all_of_it_comes_back_on_either_database(
    full: Database, backup: Backup, tmp_path: Path, target: str, request: pytest.FixtureRequest
) -> None:
    url = None if target == "sqlite" else request.getfixturevalue("new_postgres")()
    restored = restore_backup(backup.folder, tmp_path / "again", url)
    again = Database(tmp_path / "again", url)
    assert contents(again) == contents(full)
    assert (restored.n_files, backup.n_files) == (2, 2)
    with again.writing() as db:
        for sha256 in db.scalars(select(StoredFile.sha256)):
            FileStore(again.folder).verify(sha256)
        assert audit.verify(db, (1, restored.audit.head)).problem == ""
        assert db.scalars(select(AuditRow.action).order_by(AuditRow.seq)).all() == ["create", "restore"]
        assert db.scalars(select(Login.ended_at)).one() is not None
        # PostgreSQL's own counter goes on after the rows that came back.
        first = db.scalars(select(MeasureRow)).one()
        db.add(
            MeasureRow(
                result_id=first.result_id, patient_id=first.patient_id, quantity="cadence_spm", side="both",
                value=100.0, unit="1/min", n=4,
            )
        )  # fmt: skip
        db.flush()
        assert db.scalar(select(func.max(MeasureRow.id))) == first.id + 1
        audit.record(db, command_actor(), "read", "clinic")
    again.close()


def test_the_second_backup_copies_only_what_is_new(full: Database, backup: Backup, tmp_path: Path) -> None:
    (tmp_path / "new.txt").write_text("new")
    kept = FileStore(full.folder).put(tmp_path / "new.txt")
    with full.writing() as db:
        note(db, kept, "text/plain")
        clock_of(db).catch_up(datetime(2099, 1, 1, tzinfo=UTC))
    second = write_backup(full, tmp_path / "backups")
    assert (backup.n_new_files, second.n_files, second.n_new_files) == (2, 3, 1)
    assert sorted(path.name for path in (tmp_path / "backups").iterdir())[-2:] == [
        "2099-01-01T00-00-00Z",
        "files",
    ]


def test_the_owner_alone_reads_a_backup(backup: Backup) -> None:
    assert stat.S_IMODE((backup.folder / "server.key").stat().st_mode) == 0o600


def test_a_clinic_that_is_there_is_left_alone(full: Database, backup: Backup, tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match="is there already; a backup is restored into a folder that does not"
    ):
        restore_backup(backup.folder, full.folder, None)
    if not full.is_sqlite:
        with pytest.raises(InputError, match="the database holds a clinic already"):
            restore_backup(backup.folder, tmp_path / "again", full.url)
        assert not (tmp_path / "again").exists()


def alter_row(folder: Path) -> None:
    path = folder / "tables" / "patients.jsonl"
    path.write_text(path.read_text().replace("P-0001", "P-0002"))


def lose_table(folder: Path) -> None:
    (folder / "tables" / "visits.jsonl").unlink()


def lose_key(folder: Path) -> None:
    (folder / "server.key").unlink()


def other_key(folder: Path) -> None:
    (folder / "server.key").chmod(0o600)
    (folder / "server.key").write_text("ab" * 32)


def lose_file(folder: Path) -> None:
    shutil.rmtree(folder.parent / "files")


def alter_file(folder: Path) -> None:
    path = next(path for path in (folder.parent / "files").rglob("*") if path.is_file())
    path.chmod(0o600)
    path.write_text("other")


def other_format(folder: Path) -> None:
    (folder / "manifest.json").write_text('{"format": "tar"}')


def not_json(folder: Path) -> None:
    (folder / "manifest.json").write_text("{")


def older_tables(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"tables_version": "0000"}))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (alter_row, r"patients\.jsonl: was altered after the backup was made"),
        (lose_table, r"visits\.jsonl: is missing from the backup"),
        (lose_key, r"server\.key: is missing from the backup; without it"),
        (other_key, "the audit in it does not hold: row 1 was altered, or was written with another key"),
        (lose_file, "is missing from the store's files"),
        (alter_file, "was altered or damaged"),
        (other_format, "its format is 'tar', expected 'kinelab clinic backup 1'"),
        (not_json, "is not JSON; the backup was altered"),
        (older_tables, r"of version 0000, this kinelab's of \d+; restore it with kinelab"),
        (shutil.rmtree, "no backup there; name the folder with the date"),
    ],
)
def test_a_spoilt_backup_is_told_and_leaves_nothing(
    backup: Backup, tmp_path: Path, spoil: Callable[[Path], None], said: str
) -> None:
    spoil(backup.folder)
    with pytest.raises((FileFormatError, InputError), match=said):
        restore_backup(backup.folder, tmp_path / "again")
    assert not [path for path in tmp_path.iterdir() if "again" in path.name]


def test_a_file_that_is_missing_stops_the_backup_and_leaves_none(full: Database, tmp_path: Path) -> None:
    shutil.rmtree(full.folder / "files")
    with pytest.raises(FileFormatError, match="is missing from the store's files"):
        write_backup(full, tmp_path / "backups")
    assert not list((tmp_path / "backups").glob("*20*"))


def test_a_backup_in_the_way_of_a_file_is_told(full: Database, tmp_path: Path) -> None:
    (tmp_path / "backups").write_text("a file")
    with pytest.raises(OutputError, match="the backup cannot be written"):
        write_backup(full, tmp_path / "backups")


def test_a_backup_is_of_one_moment(full: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change that is made while the tables are being written is not in the backup, not even in part."""
    rows_of = writing.write_rows

    def meanwhile(connection: Connection, table: Table, path: Path) -> dict[str, Any]:
        with full.writing() as db:
            db.execute(text("UPDATE patients SET code = 'P-9999'"))
        return rows_of(connection, table, path)

    monkeypatch.setattr(writing, "write_rows", meanwhile)
    made = write_backup(full, tmp_path / "backups")
    assert "P-0001" in (made.folder / "tables" / "patients.jsonl").read_text()
    with full.reading() as db:
        assert db.scalars(select(Patient.code)).one() == "P-9999"
