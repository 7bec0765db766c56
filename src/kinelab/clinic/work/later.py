"""Work that cannot be done now but may be later, such as sending to a server that is away: put off, with
pauses that grow, a few times; then given up, until a person asks again.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from kinelab.clinic import audit
from kinelab.clinic.actor import worker_actor
from kinelab.clinic.store.database import Database, clock_of
from kinelab.clinic.store.tables import Job
from kinelab.clinic.work.leasing import Lease, end_badly, held

PAUSES_MIN = (1, 5, 15, 60)


def put_off(database: Database, lease: Lease, why: str) -> None:
    """Let a job wait for its next try; after the last pause it has failed.

    A try like this is no attempt of those that the death of workers uses up.

    Raises:
        LeaseLostError: the job is no longer this worker's.
        BusyError: the database did not answer.
    """
    with database.writing() as db:
        job = held(db, lease)
        if job.put_off >= len(PAUSES_MIN):
            over = sum(PAUSES_MIN)
            end_badly(db, job, f"{why}; given up after {job.put_off + 1} tries in {over} minutes")
            return
        job.not_before = clock_of(db).now() + timedelta(minutes=PAUSES_MIN[job.put_off])
        job.state, job.leased_until, job.message = "queued", None, why
        job.attempts, job.put_off = job.attempts - 1, job.put_off + 1
        db.flush()
        audit.record(
            db, worker_actor(job.asked_by, lease.worker), "put_off", "job", job.id,
            detail={"kind": job.kind, "times": job.put_off},
        )  # fmt: skip


def try_now(db: Session, job: Job) -> None:
    """Let a job that was put off wait no longer, if it still does."""
    if job.not_before is None:
        return
    db.refresh(job, with_for_update=True)  # a worker may have taken it meanwhile
    if job.state == "queued":
        job.not_before, job.message = None, "waits for a worker"
