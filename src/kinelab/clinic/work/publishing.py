"""The end of a job: its files, its result, its measures, the patient's standing, the audit and the job's own
state, all in one transaction, by the holder of the loan and nobody else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kinelab.clinic import audit
from kinelab.clinic.actor import worker_actor
from kinelab.clinic.monitoring.refresh import refresh_patient
from kinelab.clinic.store.database import Database, clock_of
from kinelab.clinic.store.files import FileStore, Kept, note
from kinelab.clinic.store.tables import Job, MeasureRow, Result, Visit
from kinelab.clinic.work.asking import machine_result
from kinelab.clinic.work.leasing import Lease, finish, held
from kinelab.clinic.work.outcome import Outcome
from kinelab.errors import InputError
from kinelab.reports.report_files import HTML_FILE

_MOST_FILES = 2000
_MEDIA = "application/octet-stream"  # what a name means is told when it is sent


def store_run(database: Database, folder: Path, between: Callable[[], None]) -> dict[str, Kept]:
    """Every file of a run folder into the store, by its name; `between` is called after each.

    Raises:
        InputError: there are more files than any run has.
        OutputError: the disk is full.
    """
    # The folder is the child's: links out of it are not followed.
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    if len(found) > _MOST_FILES:
        raise InputError(f"the run made {len(found)} files, the most is {_MOST_FILES}")
    store, kept = FileStore(database.folder), {}
    for path in found:
        kept[path.relative_to(folder).as_posix()] = store.put(path)
        between()
    return kept


def publish(database: Database, lease: Lease, outcome: Outcome, files: Mapping[str, Kept]) -> None:
    """Make what a job found the newest version of its visit's results, and end the job.

    Raises:
        LeaseLostError: the job is no longer this worker's; nothing was changed.
        ConflictError: somebody changed the same patient at this moment; try again.
        BusyError: the database did not answer: whether it was done is told by trying again.
    """
    with database.writing() as db:
        # The visit first, as those do who ask for work: two that wait for each other would both lose.
        visit = db.scalars(select(Visit).where(Visit.id == lease.visit_id).with_for_update()).one()
        job = held(db, lease)
        for kept in files.values():
            note(db, kept, _MEDIA)
        finish(db, job, outcome.message)
        _keep_result(db, visit, lease, outcome, files)


def _keep_result(
    db: Session, visit: Visit, lease: Lease, outcome: Outcome, files: Mapping[str, Kept]
) -> None:
    version = 1 + (db.scalar(select(func.max(Result.version)).where(Result.visit_id == visit.id)) or 0)
    machine = machine_result(db, visit.id) if lease.kind == "rebuild" else None
    # What was signed stays in force until its successor is signed.
    for earlier in db.scalars(
        select(Result).where(Result.visit_id == visit.id, Result.state == "preliminary")
    ):
        earlier.state = "superseded"
    result = Result(
        visit_id=visit.id, patient_id=visit.patient_id, version=version, job_id=lease.job_id,
        n_corrections=int(lease.what.get("n_corrections", 0)),
        files={name: kept.sha256 for name, kept in files.items()},
        findings={"rows": list(outcome.findings)}, needs={"rows": list(outcome.needs)},
        report_sha256=files[HTML_FILE].sha256, created_at=clock_of(db).now(),
    )  # fmt: skip
    db.add(result)
    db.flush()
    _add_measures(db, result, outcome, machine)
    db.flush()
    refresh_patient(db, visit.patient_id)
    audit.record(
        db, worker_actor(lease.asked_by, lease.worker), "create", "result", result.id,
        patient_id=visit.patient_id,
        detail={"version": version, "job": lease.job_id, "kind": lease.kind, "attempt": lease.attempt},
    )  # fmt: skip


def is_done(database: Database, lease: Lease) -> bool:
    """Whether this very loan ended well: the answer to a commit whose own answer was lost."""
    with database.reading() as db:
        job = db.get(Job, lease.job_id)
        return job is not None and job.state == "done" and job.lease == lease.number


def _add_measures(db: Session, result: Result, outcome: Outcome, machine: Result | None) -> None:
    """The rows, with what the machine itself had found beside each."""
    told: dict[tuple[str, str], float] = {}
    if machine is not None:
        rows = db.scalars(select(MeasureRow).where(MeasureRow.result_id == machine.id))
        told = {(row.quantity, row.side): row.value for row in rows}
    for row in outcome.measures:
        beside = told.get((row["quantity"], row["side"]))
        db.add(MeasureRow(result_id=result.id, patient_id=result.patient_id, machine_value=beside, **row))
