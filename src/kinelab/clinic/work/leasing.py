"""The queue as workers see it: a job is lent, the loan is kept up by signs of life, and only its holder may
end it.

Every loan has a number (`lease`), which grows with each: whoever comes back late with an old number is
refused, so that a job has one end whatever processes are killed, stopped or cut off. Whether a holder still
lives is told by its signs of life as the others see them arrive, on a clock of their own that nobody can set.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, not_, or_, select
from sqlalchemy.orm import Session

from kinelab.clinic import audit
from kinelab.clinic.actor import worker_actor
from kinelab.clinic.store.database import Database, clock_of
from kinelab.clinic.store.tables import Job
from kinelab.errors import ConflictError

LEASE_S = 30.0


class LeaseLostError(ConflictError):
    """The job was called off, or lent to another worker: what was done for it counts no more."""


@dataclass(frozen=True)
class Lease:
    """A job on loan. `attempt` counts how often it was lent, this one included."""

    job_id: str
    number: int
    kind: str
    visit_id: str | None
    asked_by: str
    what: dict[str, Any]
    attempt: int
    worker: str


@dataclass
class Watch:
    """What one worker has seen of the loans of others, and when, by a clock that never goes back.

    A loan that has not changed for `lease_s` is that of a dead worker.
    """

    lease_s: float = LEASE_S
    steady_s: Callable[[], float] = time.monotonic
    _seen: dict[str, tuple[tuple[int, datetime | None], float]] = field(default_factory=dict)

    def look(self, jobs: dict[str, tuple[int, datetime | None]]) -> list[str]:
        """Which of the running jobs (id: lease, leased_until) have shown no sign of life for too long."""
        now = self.steady_s()
        self._seen = {
            job_id: self._seen[job_id]
            if job_id in self._seen and self._seen[job_id][0] == mark
            else (mark, now)
            for job_id, mark in jobs.items()
        }
        return [job_id for job_id, (_, since) in self._seen.items() if now - since >= self.lease_s]


def take(database: Database, worker: str, watch: Watch, most_attempts: int) -> Lease | None:
    """The oldest job that waits and is due, or one whose worker died; None where there is none.

    A job whose workers died `most_attempts` times is failed here, with the reason.

    Raises:
        BusyError: the database did not answer.
    """
    with database.reading() as db:
        running = {
            job_id: (lease, until)
            for job_id, lease, until in db.execute(
                select(Job.id, Job.lease, Job.leased_until).where(Job.state == "running")
            )
        }
        waits = db.scalar(select(Job.id).where(_is_due(db)).limit(1)) is not None
    dead = watch.look(running)
    if not waits and not dead:
        return None
    with database.writing() as db:
        job = db.scalar(
            select(Job)
            .where(or_(_is_due(db), *(_is_still(job_id, running[job_id]) for job_id in dead)))
            .order_by(Job.created_at, Job.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if job is None:
            return None
        if job.attempts >= most_attempts:
            end_badly(
                db, job, f"{job.attempts} workers ended while they did this; the last one was {job.leased_by}"
            )
            return None
        job.state, job.leased_by = "running", worker
        job.lease, job.attempts = job.lease + 1, job.attempts + 1
        job.leased_until, job.not_before = _until(db, watch.lease_s), None
        job.progress, job.message = 0.0, "begins"
        return Lease(job.id, job.lease, job.kind, job.visit_id, job.asked_by, job.what, job.attempts, worker)


def show_life(
    database: Database, lease: Lease, progress: float, message: str, lease_s: float = LEASE_S
) -> None:
    """A sign of life, with how far the work is.

    Raises:
        LeaseLostError: the job is no longer this worker's.
        BusyError: the database did not answer; the loan may still be kept up.
    """
    with database.writing() as db:
        job = held(db, lease)
        job.leased_until = _until(db, lease_s)
        job.progress, job.message = min(max(progress, 0.0), 1.0), message


def held(db: Session, lease: Lease) -> Job:
    """The row of a job, locked, if the loan still counts.

    Raises:
        LeaseLostError: it does not.
    """
    job = db.scalar(select(Job).where(Job.id == lease.job_id).with_for_update())
    if job is None or job.state != "running" or job.lease != lease.number:
        raise LeaseLostError(f"the job was called off or taken over ({'gone' if job is None else job.state})")
    return job


def give_back(database: Database, lease: Lease, why: str, *, counts: bool = True) -> None:
    """Let another worker try; `counts`: it was an attempt, which has its limit.

    Raises:
        LeaseLostError: the job is no longer this worker's.
    """
    with database.writing() as db:
        job = held(db, lease)
        job.state, job.leased_until, job.message = "queued", None, why
        if not counts:
            job.attempts -= 1


def fail(database: Database, lease: Lease, why: str) -> None:
    """End a job without a result, with the reason that its user reads.

    Raises:
        LeaseLostError: the job is no longer this worker's.
    """
    with database.writing() as db:
        end_badly(db, held(db, lease), why)


def finish(db: Session, job: Job, message: str) -> None:
    """End a job well, in the transaction that keeps what it made; the caller holds its row."""
    job.state, job.progress, job.message = "done", 1.0, message
    job.ended_at, job.leased_until = clock_of(db).now(), None


def end_badly(db: Session, job: Job, why: str) -> None:
    """End a job without a result, in the transaction of the caller, who holds its row."""
    job.state, job.message = "failed", why
    job.ended_at, job.leased_until = clock_of(db).now(), None
    db.flush()
    audit.record(
        db, worker_actor(job.asked_by, job.leased_by), "fail", "job", job.id,
        detail={"kind": job.kind, "attempts": job.attempts},
    )  # fmt: skip


def _is_due(db: Session) -> ColumnElement[bool]:
    """The job waits for nothing but a worker."""
    later = and_(Job.not_before.is_not(None), Job.not_before > clock_of(db).now())
    return and_(Job.state == "queued", not_(later))


def _is_still(job_id: str, mark: tuple[int, datetime | None]) -> ColumnElement[bool]:
    """The loan is the one that was seen: a sign of life may have come in between."""
    lease, until = mark
    return and_(Job.id == job_id, Job.state == "running", Job.lease == lease, Job.leased_until == until)


def _until(db: Session, lease_s: float) -> datetime:
    return clock_of(db).now() + timedelta(seconds=lease_s)
