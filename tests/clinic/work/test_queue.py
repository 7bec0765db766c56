"""The queue as people see it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from kinelab.clinic.actor import Actor, Role
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.tables import Job
from kinelab.clinic.work.queue import cancel, enqueue, job_of, jobs_of
from kinelab.errors import ConflictError, NotAllowedError, NotFoundError


def _ask(
    database: Database, actor: Actor, visit: str | None, key: str = "k", kind: str = "analyse", **more: Any
) -> str:
    with database.writing() as db:
        return enqueue(db, actor, kind, visit, {}, key, **more).id


def _end(database: Database, job_id: str, state: str) -> None:
    with database.writing() as db:
        db.get_one(Job, job_id).state = state


def test_asking_twice_is_asking_once(database: Database, people: dict[Role, Actor], a_visit: str) -> None:
    first = _ask(database, people["clinician"], a_visit)
    assert _ask(database, people["assistant"], a_visit) == first
    _end(database, first, "done")
    assert _ask(database, people["clinician"], a_visit) == first
    with database.reading() as db:
        assert db.scalar(select(func.count(Job.id))) == 1


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_what_ended_badly_may_be_asked_for_again(
    database: Database, people: dict[Role, Actor], a_visit: str, state: str
) -> None:
    first = _ask(database, people["clinician"], a_visit)
    _end(database, first, state)
    assert _ask(database, people["clinician"], a_visit) != first


def test_what_was_overtaken_is_done_again(
    database: Database, people: dict[Role, Actor], a_visit: str
) -> None:
    first = _ask(database, people["clinician"], a_visit)
    _end(database, first, "done")
    assert _ask(database, people["clinician"], a_visit, standing=first) == first
    assert _ask(database, people["clinician"], a_visit, standing="another") != first


def test_a_key_is_not_taken_for_the_beginning_of_another(
    database: Database, people: dict[Role, Actor], a_visit: str
) -> None:
    first = _ask(database, people["clinician"], a_visit, key="a_1", kind="export")
    assert _ask(database, people["clinician"], a_visit, key="ab1", kind="export") != first


def test_one_work_on_a_visits_results_at_a_time(
    database: Database, people: dict[Role, Actor], a_visit: str
) -> None:
    _ask(database, people["clinician"], a_visit)
    with pytest.raises(ConflictError, match=r"under way \(analyse, asked for by clinician_1\); wait"):
        _ask(database, people["assistant"], a_visit, key="other", kind="rebuild")
    _ask(database, people["clinician"], a_visit, key="e", kind="export")


def test_jobs_are_seen_by_the_team_alone(database: Database, people: dict[Role, Actor], a_visit: str) -> None:
    job_id = _ask(database, people["clinician"], a_visit)
    with database.reading() as db:
        assert job_of(db, people["assistant"], job_id)["state"] == "queued"
        assert [row["id"] for row in jobs_of(db, people["assistant"], a_visit)] == [job_id]
        for role in ("researcher", "administrator"):
            with pytest.raises((NotAllowedError, NotFoundError)):
                job_of(db, people[role], job_id)  # type: ignore[index]
        stranger = Actor("0" * 32, "stranger", "clinician")
        with pytest.raises(NotFoundError, match="no such"):
            job_of(db, stranger, job_id)
        with pytest.raises(NotFoundError, match="no such"):
            jobs_of(db, stranger, a_visit)
    with database.writing() as db, pytest.raises(NotFoundError, match="no such"):
        cancel(db, stranger, job_id)


def test_work_without_a_visit_is_its_askers(database: Database, people: dict[Role, Actor]) -> None:
    job_id = _ask(database, people["clinician"], None, kind="export")
    with database.reading() as db:
        assert job_of(db, people["clinician"], job_id)["visit_id"] is None
        with pytest.raises(NotFoundError, match="no such"):
            job_of(db, people["assistant"], job_id)


def test_what_has_ended_cannot_be_called_off(
    database: Database, people: dict[Role, Actor], a_visit: str
) -> None:
    job_id = _ask(database, people["clinician"], a_visit)
    with database.writing() as db:
        said = cancel(db, people["clinician"], job_id)
    assert (said["state"], said["message"]) == ("cancelled", "called off by clinician_1")
    with database.writing() as db, pytest.raises(ConflictError, match=r"ended already \(cancelled\)"):
        cancel(db, people["clinician"], job_id)
