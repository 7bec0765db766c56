"""Work that is put off: pauses that grow, by the store's clock; given up at last; tried now when asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from kinelab.clinic.actor import Actor, Role
from kinelab.clinic.clock import Clock
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.tables import AuditRow, Job
from kinelab.clinic.work.later import PAUSES_MIN, put_off, try_now
from kinelab.clinic.work.leasing import Lease, LeaseLostError, Watch, take
from kinelab.clinic.work.queue import as_data, cancel, enqueue

WHY = "https://records.example/r4 cannot be reached"


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.wall = datetime.now(UTC)

    def pass_s(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def store(database: Database, hands: Hands) -> Iterator[Database]:
    """The store, its clock in the test's hands."""
    made = Database(database.folder, database.url, Clock(lambda: hands.wall, lambda: 0.0))
    yield made
    made.close()


def _ask(store: Database, actor: Actor, key: str = "a") -> str:
    with store.writing() as db:
        return enqueue(db, actor, "export", None, {}, key).id


def _take(store: Database) -> Lease | None:
    return take(store, "w", Watch(), 3)


def _taken(store: Database) -> Lease:
    lease = _take(store)
    assert lease is not None
    return lease


def _job(store: Database, job_id: str) -> Job:
    with store.reading() as db:
        return db.get_one(Job, job_id)


def test_it_waits_longer_each_time_and_is_given_up_at_last(
    store: Database, people: dict[Role, Actor], hands: Hands
) -> None:
    job_id = _ask(store, people["clinician"])
    for times, minutes in enumerate(PAUSES_MIN, start=1):
        put_off(store, _taken(store), WHY)
        job = _job(store, job_id)
        assert (job.state, job.message, job.put_off, job.attempts) == ("queued", WHY, times, 0)
        assert job.not_before == hands.wall + timedelta(minutes=minutes)
        hands.pass_s(60 * minutes - 1)
        assert _take(store) is None
        hands.pass_s(1)
    lease = _taken(store)
    assert (lease.attempt, _job(store, job_id).not_before) == (1, None)
    put_off(store, lease, WHY)
    job = _job(store, job_id)
    assert (job.state, job.not_before) == ("failed", None)
    assert job.message == f"{WHY}; given up after 5 tries in 81 minutes"
    hands.pass_s(86_400)
    assert _take(store) is None
    with store.reading() as db:
        rows = db.scalars(select(AuditRow).where(AuditRow.object_id == job_id).order_by(AuditRow.seq)).all()
    assert [row.action for row in rows] == ["ask", *["put_off"] * 4, "fail"]
    assert json.loads(rows[2].detail) == {"kind": "export", "times": 2}


def test_others_are_taken_meanwhile(store: Database, people: dict[Role, Actor]) -> None:
    first = _ask(store, people["clinician"])
    put_off(store, _taken(store), WHY)
    second = _ask(store, people["clinician"], "b")
    assert _taken(store).job_id == second
    assert _job(store, first).state == "queued"


def test_asked_for_again_it_waits_no_longer(store: Database, people: dict[Role, Actor]) -> None:
    job_id = _ask(store, people["clinician"])
    put_off(store, _taken(store), WHY)
    with store.writing() as db:
        try_now(db, db.get_one(Job, job_id))
    assert _job(store, job_id).message == "waits for a worker"
    lease = _taken(store)
    with store.writing() as db:
        try_now(db, db.get_one(Job, job_id))  # of one that is under way nothing changes
    put_off(store, lease, WHY)
    assert _job(store, job_id).put_off == 2


def test_who_lost_the_job_puts_off_nothing(store: Database, people: dict[Role, Actor]) -> None:
    job_id = _ask(store, people["clinician"])
    lease = _taken(store)
    with store.writing() as db:
        cancel(db, people["clinician"], job_id)
    with pytest.raises(LeaseLostError, match=r"taken over \(cancelled\)"):
        put_off(store, lease, WHY)


def test_called_off_it_is_not_tried_again(store: Database, people: dict[Role, Actor], hands: Hands) -> None:
    job_id = _ask(store, people["clinician"])
    put_off(store, _taken(store), WHY)
    with store.writing() as db:
        said = cancel(db, people["clinician"], job_id)
    assert (said["state"], said["not_before"]) == ("cancelled", None)
    hands.pass_s(7200)
    assert _take(store) is None


def test_the_time_of_the_next_try_is_told(store: Database, people: dict[Role, Actor], hands: Hands) -> None:
    job_id = _ask(store, people["clinician"])
    put_off(store, _taken(store), WHY)
    said = as_data(_job(store, job_id))
    assert (said["state"], said["put_off"]) == ("queued", 1)
    assert datetime.fromisoformat(said["not_before"]) == hands.wall + timedelta(minutes=1)
