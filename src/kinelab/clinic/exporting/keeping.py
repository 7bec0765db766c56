"""Exports that were made: kept, listed, handed out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from kinelab.clinic import audit
from kinelab.clinic.actor import Actor, worker_actor
from kinelab.clinic.permissions import may, require, require_patient
from kinelab.clinic.results import BYTES, ResultFile, require_result
from kinelab.clinic.store.database import Database, clock_of
from kinelab.clinic.store.files import Kept, note, path_of
from kinelab.clinic.store.tables import Export, Result, Visit
from kinelab.clinic.work.leasing import Lease, finish, held
from kinelab.clinic.work.outcome import Outcome
from kinelab.errors import InputError, NotAllowedError, NotFoundError

_MOST_LETTERS = 255
_SUFFIX = {"fhir": ".json", "dicom": ".dcm", "video": ".mp4", "research": ".zip"}
_MEDIA = {
    "fhir": "application/fhir+json", "dicom": "application/dicom", "video": "video/mp4",
    "research": "application/zip",
}  # fmt: skip


def publish_export(database: Database, lease: Lease, outcome: Outcome, files: Mapping[str, Kept]) -> None:
    """Keep what an export made, and end its job, in one transaction.

    Raises:
        InputError: it made no file, or several.
        LeaseLostError: the job is no longer this worker's; nothing was changed.
        BusyError: the database did not answer: whether it was done is told by trying again.
    """
    if len(files) != 1:
        raise InputError(f"an export makes one file; this one made {len(files)}")
    (kept,) = files.values()
    kind, server = lease.what["kind"], lease.what.get("server")
    with database.writing() as db:
        if lease.visit_id is not None:
            # In the order of those who ask for work, so that two do not wait for each other.
            db.scalars(select(Visit).where(Visit.id == lease.visit_id).with_for_update()).one()
        job = held(db, lease)
        note(db, kept, _MEDIA[kind])
        result = None if "result" not in lease.what else db.get_one(Result, lease.what["result"])
        export = Export(
            kind=kind, patient_id=None if result is None else result.patient_id,
            result_id=None if result is None else result.id, destination=server or "",
            remote_id=outcome.remote_id[:_MOST_LETTERS], sha256=kept.sha256, asked_by=lease.asked_by,
            made_at=clock_of(db).now(),
        )  # fmt: skip
        db.add(export)
        finish(db, job, outcome.message)
        db.flush()
        audit.record(
            db, worker_actor(lease.asked_by, lease.worker), "export", "export", export.id,
            patient_id=export.patient_id,
            detail={"kind": kind, "server": server or "", "sha256": kept.sha256, "job": job.id},
        )  # fmt: skip


def exports_of(db: Session, actor: Actor, result_id: str) -> list[Export]:
    """What left of a result, the newest first. Raises as `require_result`."""
    result = require_result(db, actor, "see", result_id)
    rows = db.scalars(select(Export).where(Export.result_id == result.id).order_by(Export.made_at.desc()))
    found = list(rows)
    audit.record(db, actor, "read", "exports", result.id, patient_id=result.patient_id)
    return found


def research_exports(db: Session, actor: Actor) -> list[Export]:
    """The tables for research that the account asked for, the newest first.

    Raises:
        NotAllowedError: the role does not allow it.
    """
    require(actor, "export_research")
    rows = db.scalars(
        select(Export)
        .where(Export.kind == "research", Export.asked_by == actor.user_id)
        .order_by(Export.made_at.desc())
    )
    return list(rows)


def open_export(db: Session, actor: Actor, export_id: str, folder: Path) -> ResultFile:
    """The file of an export; tables for research are handed to those who asked for them.

    Raises:
        NotAllowedError: the role does not allow it.
        NotFoundError: no such export, or none of the account's.
    """
    if not may(actor, "export_research"):
        require(actor, "share")
    export = db.get(Export, export_id)
    if export is None or not _may_fetch(db, actor, export):
        raise NotFoundError("no such export among yours")
    name = f"{export.kind}-{export.id[:8]}{_SUFFIX[export.kind]}"
    path, media_type = path_of(folder, export.sha256, name), _MEDIA.get(export.kind, BYTES)
    found = ResultFile(name, export.sha256, path, media_type)
    audit.record(db, actor, "fetch", "export", export.id, patient_id=export.patient_id)
    return found


def _may_fetch(db: Session, actor: Actor, export: Export) -> bool:
    if export.patient_id is None:
        return export.asked_by == actor.user_id
    try:
        require_patient(db, actor, "share", export.patient_id)
    except (NotAllowedError, NotFoundError):
        return False
    return True
