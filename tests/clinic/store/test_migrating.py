"""The migrations make the tables that the code has, on both databases."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from kinelab.clinic.store.database import Database
from kinelab.clinic.store.migrating import prepare
from kinelab.clinic.store.tables import Base, Job
from kinelab.clinic.work.leasing import Watch, take
from kinelab.errors import InputError


def test_the_migrations_end_where_the_tables_are(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_preparing_again_changes_nothing(database: Database) -> None:
    prepare(database)
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit_head")).scalar() == 1


def test_a_store_of_the_first_tables_keeps_its_jobs(database: Database) -> None:
    with database.engine.begin() as connection:
        back = (
            "ALTER TABLE jobs DROP COLUMN not_before",
            "ALTER TABLE jobs DROP COLUMN put_off",
            "UPDATE alembic_version SET version_num = '0001'",
            "INSERT INTO users (id, name, full_name, role, password_hash, must_change_password, totp_secret,"
            " totp_last_step, created_at, version) VALUES"
            " ('u', 'anna', '', 'clinician', '', false, '', 0, '2026-01-01 00:00:00', 1)",
            "INSERT INTO jobs (id, key, kind, asked_by, what, state, attempts, lease, leased_by, progress,"
            " message, created_at) VALUES"
            " ('j', 'k#1', 'export', 'u', '{}', 'queued', 0, 0, '', 0, '', '2026-01-01 00:00:00')",
        )
        for step in back:
            connection.execute(text(step))
    prepare(database)
    with database.reading() as db:
        job = db.get_one(Job, "j")
        assert (job.state, job.not_before, job.put_off) == ("queued", None, 0)
    assert take(database, "w", Watch(), 3) is not None


def test_a_store_of_a_newer_kinelab_is_left_alone(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(InputError, match="at version 9999, which this kinelab does not know"):
        prepare(database)


@pytest.mark.parametrize("table", ["audit", "corrections", "signatures", "exports", "reliance"])
@pytest.mark.parametrize("act", ["UPDATE", "DELETE"])
def test_append_only_tables_have_their_guard(database: Database, table: str, act: str) -> None:
    asked = (
        "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"
        if database.is_sqlite
        else "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = CAST(:table AS regclass)"
    )
    with database.engine.connect() as connection:
        definitions = connection.execute(text(asked), {"table": table}).scalars().all()
    assert any("BEFORE" in one and act in one for one in definitions)
