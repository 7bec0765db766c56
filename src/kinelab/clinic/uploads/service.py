"""Recordings handed in for a visit: may they, what are they, kept once however often they are sent."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kinelab.clinic import audit
from kinelab.clinic.actor import Actor
from kinelab.clinic.permissions import require, require_visit
from kinelab.clinic.store.database import Database, clock_of
from kinelab.clinic.store.files import FileStore, Incoming, note
from kinelab.clinic.store.tables import StoredFile, Upload
from kinelab.clinic.uploads.limits import UploadLimits
from kinelab.clinic.uploads.names import shown_name
from kinelab.clinic.uploads.probing import probe
from kinelab.errors import InputError, NotFoundError

_MOST = 64  # recordings of one visit: sensors come as one file each


def begin(database: Database, actor: Actor, visit_id: str, name: str) -> str:
    """Ask before a byte is taken: the name as it is kept.

    Raises:
        NotAllowedError, NotFoundError: not this account, not this visit.
        InputError: a name that no file may have, or too many recordings already.
    """
    with database.reading() as db:
        require_visit(db, actor, "record", visit_id)
        n_there = len(db.scalars(select(Upload.id).where(Upload.visit_id == visit_id)).all())
    if n_there >= _MOST:
        raise InputError(f"the visit has {n_there} recordings, the most is {_MOST}; make another visit")
    return shown_name(name)


def finish(
    database: Database,
    actor: Actor,
    visit_id: str,
    name: str,
    incoming: Incoming,
    limits: UploadLimits | None = None,
) -> dict[str, Any]:
    """Look at what was received, keep it, note it; the same bytes again are the same upload.

    Raises:
        InputError: no recording that can be read (see `probing.probe`).
        NotAllowedError, NotFoundError: not this account, not this visit, any more.
        OutputError: the disk is full. BusyError: the database did not answer; send it again.
    """
    incoming.flush()
    looked = probe(incoming.path, name, limits)
    kept = FileStore(database.folder).keep(incoming)
    with database.writing() as db:
        visit = require_visit(db, actor, "record", visit_id)
        note(db, kept, looked.media_type)
        there = db.scalar(select(Upload).where(Upload.visit_id == visit_id, Upload.sha256 == kept.sha256))
        upload = there or Upload(
            visit_id=visit_id, sha256=kept.sha256, name=name, kind=looked.kind,
            uploaded_by=actor.user_id, uploaded_at=clock_of(db).now(),
        )  # fmt: skip
        if there is None:
            db.add(upload)
            db.flush()
            audit.record(
                db, actor, "create", "upload", upload.id, patient_id=visit.patient_id,
                detail={"kind": looked.kind, "n_bytes": kept.n_bytes, "sha256": kept.sha256},
            )  # fmt: skip
        return {**_as_data(upload, kept.n_bytes, looked.media_type), "facts": dict(looked.facts)}


def uploads_of(db: Session, actor: Actor, visit_id: str) -> list[dict[str, Any]]:
    """The recordings of a visit in the order of their coming. Raises as `require_visit`."""
    visit = require_visit(db, actor, "see", visit_id)
    rows = db.execute(
        select(Upload, StoredFile)
        .join(StoredFile, StoredFile.sha256 == Upload.sha256)
        .where(Upload.visit_id == visit_id)
        .order_by(Upload.uploaded_at, Upload.id)
    ).all()
    audit.record(db, actor, "read", "uploads", visit_id, patient_id=visit.patient_id, detail={"n": len(rows)})
    return [_as_data(upload, file.n_bytes, file.media_type) for upload, file in rows]


def upload_of(db: Session, actor: Actor, upload_id: str) -> tuple[Upload, StoredFile]:
    """One recording, to be sent to whoever may see it.

    Raises:
        NotAllowedError: the role does not allow it.
        NotFoundError: no such upload among those of the account's patients.
    """
    require(actor, "see")
    upload = db.get(Upload, upload_id)
    if upload is None:
        raise NotFoundError("no such recording among those of your patients")
    visit = require_visit(db, actor, "see", upload.visit_id)
    file = db.get_one(StoredFile, upload.sha256)
    audit.record(db, actor, "read", "upload", upload.id, patient_id=visit.patient_id)
    return upload, file


def _as_data(upload: Upload, n_bytes: int, media_type: str) -> dict[str, Any]:
    return {
        "id": upload.id, "visit_id": upload.visit_id, "name": upload.name, "kind": upload.kind,
        "n_bytes": n_bytes, "media_type": media_type, "sha256": upload.sha256,
        "uploaded_by": upload.uploaded_by, "uploaded_at": upload.uploaded_at.isoformat(),
    }  # fmt: skip
