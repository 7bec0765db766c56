"""The chain of the audit: what holds, and what is seen when somebody has been at it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from kinelab.clinic import audit
from kinelab.clinic.actor import Actor, Role, command_actor
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.tables import AuditRow
from kinelab.errors import ConflictError

TRIGGERS = {"update": "audit_no_update", "delete": "audit_no_delete"}

if TYPE_CHECKING:
    from .conftest import Known


@pytest.fixture
def five_acts(database: Database, people: dict[Role, Actor], a_patient: Known) -> Database:
    """A store with five rows in its audit."""
    for i in range(5):
        with database.writing() as db:
            detail = {"number": i / 3, "tiny": -0.0, "text": "ä\x00\ud800"}
            audit.record(
                db,
                people["clinician"],
                "read",
                "patient",
                a_patient.id,
                patient_id=a_patient.id,
                detail=detail,
            )
    return database


def check(database: Database, known: tuple[int, str] | None = None) -> audit.Verdict:
    with database.reading() as db:
        return audit.verify(db, known)


def run(database: Database, statement: str) -> None:
    with database.writing() as db:
        db.execute(text(statement))


def force(database: Database, statement: str) -> None:
    """What somebody with the database's own tools could do: the triggers taken away first."""
    with database.engine.begin() as connection:
        if database.is_sqlite:
            for name in TRIGGERS.values():
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("ALTER TABLE audit DISABLE TRIGGER ALL"))
        connection.execute(text(statement))


def test_an_untouched_chain_holds(five_acts: Database) -> None:
    verdict = check(five_acts)
    assert (verdict.n_rows, verdict.problem) == (5, "")
    assert check(five_acts, (5, verdict.head)).problem == ""
    with five_acts.reading() as db:
        third = db.get(AuditRow, 3)
        assert third is not None
        known = (3, third.hash)
    assert check(five_acts, known).problem == ""


def test_an_empty_chain_holds(database: Database) -> None:
    assert check(database) == audit.Verdict(0, audit.START)
    assert check(database, (0, audit.START)).problem == ""


@pytest.mark.parametrize("act", ["UPDATE audit SET action = 'nothing'", "DELETE FROM audit"])
def test_the_database_itself_refuses(five_acts: Database, act: str) -> None:
    # SQLite reports it as a constraint, PostgreSQL in the trigger's own words.
    with pytest.raises((ConflictError, ProgrammingError), match=r"never altered|is there already"):
        run(five_acts, act)
    assert check(five_acts).n_rows == 5


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE audit SET action = 'nothing' WHERE seq = 3", "row 3 was altered"),
        ("UPDATE audit SET user_id = 'me' WHERE seq = 1", "row 1 was altered"),
        ("UPDATE audit SET detail = '{}' WHERE seq = 5", "row 5 was altered"),
        ("UPDATE audit SET previous_hash = hash WHERE seq = 4", "row 4 does not follow"),
        ("DELETE FROM audit WHERE seq = 2", "row 2 is missing: after row 1 comes row 3"),
        ("DELETE FROM audit WHERE seq = 1", "row 1 is missing"),
        ("DELETE FROM audit WHERE seq = 5", "ends at row 4, but its end is noted as row 5"),
        ("DELETE FROM audit", "ends at row 0, but its end is noted as row 5"),
    ],
)
def test_what_was_done_to_it_is_told(five_acts: Database, statement: str, said: str) -> None:
    force(five_acts, statement)
    assert said in check(five_acts).problem


def test_a_chain_cut_off_with_its_note_is_seen_by_who_noted_an_earlier_end(five_acts: Database) -> None:
    known = (5, check(five_acts).head)
    with five_acts.reading() as db:
        fourth = db.get(AuditRow, 4)
        assert fourth is not None
    force(five_acts, "DELETE FROM audit WHERE seq = 5")
    with five_acts.engine.begin() as connection:
        connection.execute(text(f"UPDATE audit_head SET seq = 4, hash = '{fourth.hash}'"))
    assert check(five_acts).problem == ""  # nothing in it tells
    assert "row 5 with the hash that was noted earlier is not in the chain" in check(five_acts, known).problem


def test_a_chain_made_with_another_key_does_not_hold(five_acts: Database) -> None:
    key = five_acts.folder / "server.key"
    key.write_text("ab" * 32)
    other = Database(five_acts.folder, five_acts.url)
    assert "row 1 was altered, or was written with another key" in check(other).problem
    other.close()


def test_act_and_audit_are_kept_together_or_not_at_all(five_acts: Database, a_patient: Known) -> None:
    def fail() -> None:
        with five_acts.writing() as db:
            audit.record(db, command_actor(), "change", "patient", a_patient.id)
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        fail()
    assert check(five_acts).n_rows == 5


def test_time_never_goes_back_in_it(five_acts: Database) -> None:
    with five_acts.reading() as db:
        at: list[datetime] = [row.at for row in db.query(AuditRow).order_by(AuditRow.seq)]
    assert at == sorted(at)
    assert all(moment.tzinfo is not None for moment in at)
