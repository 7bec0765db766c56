"""Loans of jobs: one holder, signs of life, dead workers, no second end; whatever the clocks say."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from kinelab.clinic.actor import Actor, Role
from kinelab.clinic.clock import Clock
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.tables import AuditRow, Job
from kinelab.clinic.work.leasing import (
    Lease,
    LeaseLostError,
    Watch,
    fail,
    finish,
    give_back,
    held,
    show_life,
    take,
)
from kinelab.clinic.work.queue import cancel, enqueue


class _Steady:
    """A clock that runs as the test says."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def steady() -> _Steady:
    return _Steady()


@pytest.fixture
def watch(steady: _Steady) -> Watch:
    return Watch(30.0, steady)


def _ask(database: Database, actor: Actor, *keys: str) -> list[str]:
    with database.writing() as db:
        return [enqueue(db, actor, "export", None, {"n": key}, key).id for key in keys]


def _job(database: Database, job_id: str) -> Job:
    with database.reading() as db:
        return db.get_one(Job, job_id)


def _taken(database: Database, watch: Watch, worker: str = "w1", most: int = 3) -> Lease:
    lease = take(database, worker, watch, most)
    assert lease is not None
    return lease


def test_jobs_are_taken_in_the_order_of_asking(
    database: Database, people: dict[Role, Actor], watch: Watch
) -> None:
    first, second = _ask(database, people["clinician"], "a", "b")
    assert [_taken(database, watch).job_id, _taken(database, watch).job_id] == [first, second]
    assert take(database, "w1", watch, 3) is None
    job = _job(database, first)
    assert (job.state, job.lease, job.attempts, job.leased_by) == ("running", 1, 1, "w1")


def test_of_many_workers_one_gets_a_job(database: Database, people: dict[Role, Actor]) -> None:
    asked = set(_ask(database, people["clinician"], *"abcdefgh"))
    got: list[str] = []
    start = threading.Barrier(4)

    def work(name: str) -> None:
        watch = Watch()
        start.wait()
        while lease := take(database, name, watch, 3):
            got.append(lease.job_id)

    threads = [threading.Thread(target=work, args=(f"w{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # With rows locked by others, PostgreSQL may tell a worker that nothing waits; it looks again in a second.
    watch = Watch()
    while lease := take(database, "last", watch, 3):
        got.append(lease.job_id)
    assert sorted(got) == sorted(asked)


def test_a_sign_of_life_keeps_the_loan(
    database: Database, people: dict[Role, Actor], watch: Watch, steady: _Steady
) -> None:
    _ask(database, people["clinician"], "a")
    lease = _taken(database, Watch())
    for _ in range(5):
        assert take(database, "w2", watch, 3) is None
        steady.now += 20
        show_life(database, lease, 0.5, "finding people")
    job = _job(database, lease.job_id)
    assert (job.progress, job.message) == (0.5, "finding people")


def test_a_dead_workers_job_is_taken_over_and_it_may_not_end_it(
    database: Database, people: dict[Role, Actor], watch: Watch, steady: _Steady
) -> None:
    _ask(database, people["clinician"], "a")
    late = _taken(database, Watch(), "w1")
    assert take(database, "w2", watch, 3) is None
    steady.now += 29.9
    assert take(database, "w2", watch, 3) is None
    steady.now += 0.2
    lease = _taken(database, watch, "w2")
    assert (lease.job_id, lease.number, lease.attempt) == (late.job_id, 2, 2)
    for act in (
        lambda: show_life(database, late, 0.9, "back again"),
        lambda: give_back(database, late, "x"),
        lambda: fail(database, late, "x"),
    ):
        with pytest.raises(LeaseLostError, match="called off or taken over"):
            act()
    with database.writing() as db:
        finish(db, held(db, lease), "done")
    with pytest.raises(LeaseLostError, match=r"taken over \(done\)"):
        show_life(database, lease, 1.0, "again")
    assert _job(database, lease.job_id).state == "done"


def test_the_wall_clock_set_back_or_forward_ends_no_loan_and_keeps_none_alive(
    tmp_path: Path, people: dict[Role, Actor], database: Database, steady: _Steady
) -> None:
    """Workers whose clocks are a day apart either way: as one that was started after its clock was set."""
    _ask(database, people["clinician"], "a")
    walls = [datetime.now(UTC) + timedelta(days=day) for day in (0, -1, 1)]
    others = [Database(database.folder, database.url, Clock(lambda wall=wall: wall)) for wall in walls]  # type: ignore[misc]
    lease = _taken(others[0], Watch())
    watches = [Watch(30.0, steady) for _ in others]
    for other, watch in zip(others, watches, strict=True):
        assert take(other, "w2", watch, 3) is None
    steady.now += 20
    show_life(others[0], lease, 0.2, "lives")
    steady.now += 20
    for other, watch in zip(others, watches, strict=True):
        assert take(other, "w2", watch, 3) is None
    steady.now += 31
    assert take(others[1], "w2", watches[1], 3) is not None
    for other in others:
        other.close()


def test_who_kills_three_workers_is_failed_with_the_reason(
    database: Database, people: dict[Role, Actor], watch: Watch, steady: _Steady
) -> None:
    (job_id,) = _ask(database, people["clinician"], "a")
    for _ in range(3):
        assert take(database, "w", watch, 3) is not None
        assert take(database, "w", watch, 3) is None  # sees the new loan
        steady.now += 31
    assert take(database, "w", watch, 3) is None
    job = _job(database, job_id)
    assert job.state == "failed"
    assert job.message == "3 workers ended while they did this; the last one was w"
    with database.reading() as db:
        assert db.scalars(select(AuditRow.action).where(AuditRow.object_id == job_id)).all() == [
            "ask",
            "fail",
        ]


def test_a_job_that_is_given_back_waits_again(
    database: Database, people: dict[Role, Actor], watch: Watch
) -> None:
    _ask(database, people["clinician"], "a")
    give_back(database, _taken(database, watch), "its worker was stopped", counts=False)
    again = _taken(database, watch)
    assert (again.number, again.attempt) == (2, 1)
    give_back(database, again, "the disk is full; waits for another try")
    job = _job(database, again.job_id)
    assert (job.state, job.message, job.attempts) == ("queued", "the disk is full; waits for another try", 1)


def test_what_is_called_off_is_no_longer_its_workers(
    database: Database, people: dict[Role, Actor], watch: Watch
) -> None:
    (job_id,) = _ask(database, people["clinician"], "a")
    lease = _taken(database, watch)
    with database.writing() as db:
        assert cancel(db, people["clinician"], job_id)["state"] == "cancelled"
    with pytest.raises(LeaseLostError, match=r"taken over \(cancelled\)"):
        show_life(database, lease, 0.5, "x")
    assert take(database, "w", watch, 3) is None
