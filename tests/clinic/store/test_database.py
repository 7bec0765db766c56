"""The store's transactions and its errors, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, text

from kinelab.clinic import audit
from kinelab.clinic.actor import Actor, Role, command_actor
from kinelab.clinic.store.database import FILE, Database, answers, clock_of
from kinelab.clinic.store.migrating import prepare
from kinelab.clinic.store.tables import AuditRow, Patient, Result, User
from kinelab.errors import BusyError, ConflictError, InputError

if TYPE_CHECKING:
    from tests.clinic.conftest import Known


def test_what_was_acknowledged_is_there_for_the_next_one(database: Database, a_patient: Known) -> None:
    again = Database(database.folder, database.url)
    with again.reading() as db:
        patient = db.get(Patient, a_patient.id)
        assert patient is not None
        assert patient.code == "P-0001"
        assert patient.created_at.tzinfo is not None
    again.close()


def test_an_error_keeps_nothing(database: Database, people: dict[Role, Actor]) -> None:
    def fail() -> None:
        with database.writing() as db:
            db.add(User(name="late", role="clinician", created_at=clock_of(db).now()))
            db.flush()
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        fail()
    with database.reading() as db:
        assert db.scalar(select(func.count()).where(User.name == "late")) == 0


def test_reading_changes_nothing(database: Database) -> None:
    with database.reading() as db:
        db.add(User(name="late", role="clinician", created_at=clock_of(db).now()))
    with database.reading() as db:
        assert db.scalar(select(func.count()).where(User.name == "late")) == 0


def test_the_same_name_twice_is_a_conflict(database: Database, people: dict[Role, Actor]) -> None:
    with pytest.raises(ConflictError, match="this is there already"), database.writing() as db:
        db.add(User(name="clinician_1", role="clinician", created_at=clock_of(db).now()))


def test_two_who_change_the_same_patient_do_not_overwrite_each_other(
    database: Database, a_patient: Known
) -> None:
    with database.reading() as db:
        seen = db.get(Patient, a_patient.id)
        assert seen is not None
    with database.writing() as db:
        first = db.get(Patient, a_patient.id)
        assert first is not None
        first.height_m = 1.7
    seen.height_m = 1.8
    with pytest.raises(ConflictError, match="another change came first"), database.writing() as db:
        db.add(seen)


def test_many_writers_at_once_make_one_chain(database: Database) -> None:
    def write(name: str) -> None:
        for i in range(20):
            with database.writing() as db:
                audit.record(db, command_actor(name=name), "create", "thing", f"{name}-{i}")

    writers = [threading.Thread(target=write, args=(f"w{i}",)) for i in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with database.reading() as db:
        assert audit.verify(db) == audit.Verdict(160, audit.verify(db).head)
        assert len(set(db.scalars(select(AuditRow.object_id)))) == 160


def test_moments_have_a_zone_and_come_back_in_utc(database: Database) -> None:
    berlin = datetime(2026, 5, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    with database.writing() as db:
        db.add(User(name="u", role="clinician", created_at=berlin))
    with database.reading() as db:
        assert db.scalars(select(User.created_at)).one() == datetime(2026, 5, 1, 12, tzinfo=UTC)
    with pytest.raises(Exception, match="has no time zone"), database.writing() as db:
        db.add(User(name="v", role="clinician", created_at=datetime(2026, 5, 1)))


def test_rows_rest_on_rows_that_are_there(database: Database, people: dict[Role, Actor]) -> None:
    nowhere, now = "0" * 32, database.clock.now()
    result = Result(visit_id=nowhere, patient_id=nowhere, version=1, report_sha256="0" * 64, created_at=now)
    with pytest.raises(ConflictError, match="rests on what is not there"), database.writing() as db:
        db.add(result)


def test_after_a_restart_the_clock_is_not_before_the_audit(database: Database) -> None:
    with database.writing() as db:
        clock_of(db).catch_up(datetime(2100, 1, 1, tzinfo=UTC))
        audit.record(db, command_actor(), "create", "thing")
    again = Database(database.folder, database.url)
    prepare(again)
    assert again.clock.now() >= datetime(2100, 1, 1, tzinfo=UTC)
    again.close()


def test_a_database_that_is_away_is_told(tmp_path: Path) -> None:
    away = Database(tmp_path, "postgresql+psycopg://nobody@127.0.0.1:9/none")
    assert not answers(away)
    with (
        pytest.raises(BusyError, match="the database did not answer; nothing was changed"),
        away.reading() as db,
    ):
        db.execute(text("SELECT 1"))
    away.close()


@pytest.mark.parametrize(
    "url", ["mysql://somewhere/x", "not an address", "postgresql+asyncpg://a:secret@b/c"]
)
def test_only_the_two_kinds_of_database(tmp_path: Path, url: str) -> None:
    with pytest.raises(InputError, match=r"expected sqlite:///FILE or postgresql\+psycopg://") as told:
        Database(tmp_path, url)
    assert "secret" not in str(told.value)


def test_sqlite_is_safe_by_its_settings(tmp_path: Path) -> None:
    made = Database(tmp_path)
    prepare(made)
    with made.reading() as db:
        asked = {
            name: db.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert asked == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    assert (tmp_path / FILE).exists()
    made.close()


def test_many_writers_at_once_all_get_their_turn(database: Database, people: dict[Role, Actor]) -> None:
    """As many as a server has threads; each reads, waits a little and writes."""
    by, each = people["clinician"].user_id, 5

    def write(number: int) -> None:
        for i in range(each):
            with database.writing() as db:
                now = clock_of(db).now()
                db.add(Patient(code=f"M-{number}-{i}", created_by=by, created_at=now))
                audit.record(db, people["clinician"], "create", "patient")

    with ThreadPoolExecutor(40) as pool:
        list(pool.map(write, range(40)))
    with database.reading() as db:
        assert db.scalar(select(func.count()).select_from(Patient)) == 40 * each
        assert audit.verify(db).n_rows == 40 * each
