"""The queue as people see it: to ask for work, to look how far it is, to call it off."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kinelab.clinic import audit
from kinelab.clinic.actor import Actor
from kinelab.clinic.permissions import require, require_visit
from kinelab.clinic.store.database import clock_of
from kinelab.clinic.store.tables import Job, User, Visit
from kinelab.errors import ConflictError, NotFoundError

OPEN_STATES = ("queued", "running")
_ENDED_BADLY = ("failed", "cancelled")
# The kinds that make a version of a visit's results: one at a time.
_MAKES_RESULT = ("analyse", "rebuild")


def enqueue(
    db: Session,
    actor: Actor,
    kind: str,
    visit_id: str | None,
    what: dict[str, Any],
    key: str,
    standing: str | None = None,
) -> Job:
    """Put work into the queue; asking twice with the same key is asking once.

    Work of that key that failed or was called off is put there anew; so is work that is done but is not the
    job `standing`, where one is named: other work came after it. The caller has asked for permission.

    Raises:
        ConflictError: other work on the same visit's results is under way.
    """
    patient_id = None
    if visit_id is not None:
        # Who asks second waits here, and then sees what the first one did.
        visit = db.scalars(select(Visit).where(Visit.id == visit_id).with_for_update()).one()
        patient_id = visit.patient_id
    tries = db.scalars(
        select(Job).where(Job.key.startswith(f"{key}#", autoescape=True)).order_by(Job.created_at)
    ).all()
    if tries and tries[-1].state not in _ENDED_BADLY:
        last = tries[-1]
        if last.state != "done" or standing in (None, last.id):
            return last
    if kind in _MAKES_RESULT:
        _refuse_two(db, visit_id)
    job = Job(
        key=f"{key}#{len(tries) + 1}", kind=kind, visit_id=visit_id, asked_by=actor.user_id, what=what,
        message="waits for a worker", created_at=clock_of(db).now(),
    )  # fmt: skip
    db.add(job)
    db.flush()
    audit.record(db, actor, "ask", "job", job.id, patient_id=patient_id, detail={"kind": kind})
    return job


def job_of(db: Session, actor: Actor, job_id: str) -> dict[str, Any]:
    """One job. How far work is says nothing of a patient; so polling writes no audit.

    Raises:
        NotAllowedError: the role does not allow it.
        NotFoundError: no such job among those of the account's patients.
    """
    return as_data(require_job(db, actor, job_id))


def jobs_of(db: Session, actor: Actor, visit_id: str) -> list[dict[str, Any]]:
    """The jobs of a visit, the newest first. Raises as `require_visit`."""
    require_visit(db, actor, "see", visit_id)
    rows = db.scalars(
        select(Job).where(Job.visit_id == visit_id).order_by(Job.created_at.desc(), Job.id)
    ).all()
    return [as_data(job) for job in rows]


def cancel(db: Session, actor: Actor, job_id: str) -> dict[str, Any]:
    """Call a job off; whoever works on it notices with its next sign of life, and its lease counts no more.

    Raises:
        NotAllowedError: the role does not allow it.
        NotFoundError: no such job among those of the account's patients.
        ConflictError: it has ended already.
    """
    require(actor, "record")
    job = require_job(db, actor, job_id, lock=True)
    if job.state not in OPEN_STATES:
        raise ConflictError(f"the work has ended already ({job.state})")
    job.state, job.message, job.ended_at = "cancelled", f"called off by {actor.name}", clock_of(db).now()
    job.not_before = None
    job.lease += 1
    db.flush()
    visit = None if job.visit_id is None else db.get(Visit, job.visit_id)
    audit.record(db, actor, "cancel", "job", job.id, patient_id=None if visit is None else visit.patient_id)
    return as_data(job)


def as_data(job: Job) -> dict[str, Any]:
    """A job as plain data."""
    return {
        "id": job.id, "kind": job.kind, "visit_id": job.visit_id, "state": job.state, "attempts":
        job.attempts, "progress": round(job.progress, 3), "message": job.message, "created_at":
        job.created_at.isoformat(), "ended_at": None if job.ended_at is None else job.ended_at.isoformat(),
        "not_before": None if job.not_before is None else job.not_before.isoformat(), "put_off": job.put_off,
    }  # fmt: skip


def require_job(db: Session, actor: Actor, job_id: str, *, lock: bool = False) -> Job:
    """The job, if this account may see it; `lock`: until the transaction ends nobody else changes it.

    Raises:
        NotAllowedError: the role does not allow it.
        NotFoundError: no such job among those of the account's patients.
    """
    query = select(Job).where(Job.id == job_id)
    job = db.scalar(query.with_for_update() if lock else query)
    if job is None:
        raise NotFoundError("no such work among that of your patients")
    if job.visit_id is not None:
        require_visit(db, actor, "see", job.visit_id)
    elif job.asked_by != actor.user_id and actor.role != "system":
        raise NotFoundError("no such work among that of your patients")
    return job


def _refuse_two(db: Session, visit_id: str | None) -> None:
    other = db.scalar(
        select(Job).where(Job.visit_id == visit_id, Job.kind.in_(_MAKES_RESULT), Job.state.in_(OPEN_STATES))
    )
    if other is not None:
        who = db.get(User, other.asked_by)
        by = f" by {who.name}" if who is not None else ""
        raise ConflictError(
            f"other work on this visit is under way ({other.kind}, asked for{by}); wait for its end"
        )
