"""All that an export needs, brought together from the store for a worker's child."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kinelab.clinic.exporting.asking import SIGNED, check_state
from kinelab.clinic.settings import read_settings
from kinelab.clinic.store.database import Database, keys_of
from kinelab.clinic.store.files import FileStore
from kinelab.clinic.store.tables import Correction, Job, Patient, Result, Signature, Upload, Visit
from kinelab.clinic.work.leasing import Lease
from kinelab.clinic.work.outcome import Assignment
from kinelab.errors import ConflictError, InputError

_RESEARCH_FILES = ("report.json", "strides.nc")
_KEY = "research pseudonyms"


def order_of(db: Session, database: Database, lease: Lease, scratch: Path) -> Assignment:
    """What the child is told: the result's files, who signed and corrected, where to send it.

    Raises:
        ConflictError: the result was replaced by a newer version meanwhile, or nothing is signed.
        InputError: the server is not in the settings any more.
        FileFormatError: a file of the store is missing or was altered.
    """
    store = FileStore(database.folder)
    if lease.what["kind"] == "research":
        return _research(db, store, lease, scratch)
    result = db.get_one(Result, lease.what["result"])
    check_state(result.state, preliminary=bool(lease.what["preliminary"]))
    patient, visit = db.get_one(Patient, result.patient_id), db.get_one(Visit, result.visit_id)
    name = lease.what["server"]
    server = None if name is None else read_settings(database.folder).server(name).model_dump(mode="python")
    options = {
        "export": lease.what["kind"], "with_pdf": lease.what["with_pdf"], "server": server,
        "status": result.state, "version": result.version, "issued": result.created_at.isoformat(),
        "document": visit.id, "patient": patient.code, "recorded": visit.visited_on.isoformat(),
        "signers": _signers(db, result), "machine_review": _machine_review(db, store, visit.id),
    }  # fmt: skip
    if lease.what["kind"] == "video":
        options["video"] = _video(db, store, result)
    return Assignment(
        lease.kind, scratch, options, synthetic=visit.synthetic,
        run_files={one: store.verify(sha256, one) for one, sha256 in result.files.items()},
        corrections=_corrections(db, result),
    )  # fmt: skip


def _research(db: Session, store: FileStore, lease: Lease, scratch: Path) -> Assignment:
    """The newest signed result of every visit of those who agreed."""
    rows = db.execute(
        select(Result, Visit.visited_on)
        .join(Visit, Visit.id == Result.visit_id)
        .join(Patient, Patient.id == Result.patient_id)
        .where(Patient.research_consent, Result.state.in_(SIGNED))
        .order_by(Result.visit_id, Result.version)
    ).all()
    newest = {result.visit_id: (result, day) for result, day in rows}
    if not newest:
        raise ConflictError("no result of a patient who agreed to research is signed yet")
    sessions = [
        {
            "recorded": day.isoformat(),
            "files": {
                name: store.verify(result.files[name], name)
                for name in _RESEARCH_FILES
                if name in result.files
            },
        }
        for result, day in newest.values()
    ]
    options = {
        "export": "research", "dates": lease.what["dates"], "suppress": lease.what["suppress"],
        "licence": lease.what["licence"], "sessions": sessions, "key": keys_of(db).purpose(_KEY),
    }  # fmt: skip
    return Assignment(lease.kind, scratch, options)


def _signers(db: Session, result: Result) -> list[dict[str, str]]:
    """Under the accounts' own ids: a name is nobody's business elsewhere."""
    rows = db.scalars(select(Signature).where(Signature.result_id == result.id).order_by(Signature.signed_at))
    return [{"who": row.user_id, "time": row.signed_at.isoformat(), "meaning": row.meaning} for row in rows]


def _corrections(db: Session, result: Result) -> tuple[dict[str, Any], ...]:
    rows = db.scalars(
        select(Correction)
        .where(Correction.visit_id == result.visit_id, Correction.number <= result.n_corrections)
        .order_by(Correction.number)
    )
    return tuple(
        {"number": row.number, "by": row.made_by, "at": row.made_at.isoformat(), "correction": row.body}
        for row in rows
    )


def _machine_review(db: Session, store: FileStore, visit_id: str) -> Path | None:
    """What the corrections refer to: the review data of the machine's own newest result."""
    machine = db.scalar(
        select(Result)
        .join(Job, Job.id == Result.job_id)
        .where(Result.visit_id == visit_id, Job.kind == "analyse")
        .order_by(Result.version.desc())
        .limit(1)
    )
    if machine is None or "review.json" not in machine.files:
        return None
    return store.verify(machine.files["review.json"], "review.json")


def _video(db: Session, store: FileStore, result: Result) -> Path:
    """The recording that the result came from."""
    job = db.scalar(
        select(Job)
        .join(Result, Result.job_id == Job.id)
        .where(Result.visit_id == result.visit_id, Job.kind == "analyse")
        .order_by(Result.version.desc())
        .limit(1)
    )
    uploads = [] if job is None else job.what.get("uploads", [])
    row = db.scalar(select(Upload).where(Upload.id.in_(uploads), Upload.kind == "video"))
    if row is None:
        raise InputError("this result does not come from a video; there is none to export")
    return store.verify(row.sha256, row.name)
