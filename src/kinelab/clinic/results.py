"""Results: the versions of what came of a visit, their measures, their files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from kinelab.clinic import audit
from kinelab.clinic.actor import Actor
from kinelab.clinic.permissions import Permission, require, require_patient, require_visit
from kinelab.clinic.store.files import path_of
from kinelab.clinic.store.tables import MeasureRow, Result, Signature, StoredFile, User
from kinelab.errors import NotFoundError

# By the end of the name; what is not here is handed out as bytes and opened by no browser.
_MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8", ".json": "application/json", ".csv": "text/csv; charset=utf-8",
    ".mp4": "video/mp4", ".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg",
    ".pdf": "application/pdf", ".mot": "text/plain; charset=utf-8", ".trc": "text/plain; charset=utf-8",
    ".nc": "application/x-netcdf", ".c3d": "application/octet-stream",
}  # fmt: skip
BYTES = "application/octet-stream"


@dataclass(frozen=True)
class SignedBy:
    """One signature: the account's name, what it means (read, final), when."""

    user: str
    meaning: str
    signed_at: str


@dataclass(frozen=True)
class ResultFile:
    """A file of a result: its name in the run folder, its hash, where its bytes lie."""

    name: str
    sha256: str
    path: Path
    media_type: str


def require_result(db: Session, actor: Actor, permission: Permission, result_id: str) -> Result:
    """The result, if this account may do that to its patient.

    Raises:
        NotAllowedError: the role does not allow it.
        NotFoundError: no such result, or the account is not in the patient's care team.
    """
    require(actor, permission)
    result = db.get(Result, result_id)
    try:
        require_patient(db, actor, permission, "" if result is None else result.patient_id)
    except NotFoundError:
        result = None
    if result is None:
        raise NotFoundError("no such result among those of your patients")
    return result


def list_results(db: Session, actor: Actor, visit_id: str) -> list[Result]:
    """All versions of a visit's results, the newest first. Raises as `require_visit`."""
    visit = require_visit(db, actor, "see", visit_id)
    rows = db.scalars(select(Result).where(Result.visit_id == visit.id).order_by(Result.version.desc())).all()
    audit.record(db, actor, "read", "results", visit.id, patient_id=visit.patient_id, detail={"n": len(rows)})
    return list(rows)


def read_result(db: Session, actor: Actor, result_id: str) -> tuple[Result, list[MeasureRow]]:
    """One version with its measures. Raises as `require_result`."""
    result = require_result(db, actor, "see", result_id)
    measures = db.scalars(
        select(MeasureRow).where(MeasureRow.result_id == result.id).order_by(MeasureRow.id)
    ).all()
    audit.record(db, actor, "read", "result", result.id, patient_id=result.patient_id)
    return result, list(measures)


def signatures_of(db: Session, result_ids: list[str]) -> dict[str, list[SignedBy]]:
    """Who signed which result, in order; what is shown beside results that were asked for already."""
    found: dict[str, list[SignedBy]] = {result_id: [] for result_id in result_ids}
    rows = db.execute(
        select(Signature.result_id, User.name, Signature.meaning, Signature.signed_at)
        .join(User, User.id == Signature.user_id)
        .where(Signature.result_id.in_(result_ids))
        .order_by(Signature.signed_at)
    )
    for result_id, name, meaning, at in rows:
        found[result_id].append(SignedBy(name, meaning, at.isoformat()))
    return found


def list_files(db: Session, actor: Actor, result_id: str) -> list[tuple[str, str, int]]:
    """Name, hash and bytes of every file of a result. Raises as `require_result`."""
    result = require_result(db, actor, "see", result_id)
    rows = db.scalars(select(StoredFile).where(StoredFile.sha256.in_(set(result.files.values()))))
    sizes = {row.sha256: row.n_bytes for row in rows}
    audit.record(db, actor, "read", "files", result.id, patient_id=result.patient_id)
    return [(name, sha256, sizes.get(sha256, 0)) for name, sha256 in sorted(result.files.items())]


def open_file(
    db: Session, actor: Actor, result_id: str, name: str, folder: Path, *, noted: bool = True
) -> ResultFile:
    """Where a file of a result lies. Only names of the result's own list lead anywhere.

    `folder` is the data folder. `noted` = write it into the audit: the later parts of a video that is being
    watched are not noted one by one.

    Raises:
        NotAllowedError: the role does not allow it.
        NotFoundError: no such result or file, or the account is not in the patient's care team.
        FileFormatError: the file is missing from the store.
    """
    result = require_result(db, actor, "see", result_id)
    sha256 = result.files.get(name)
    if sha256 is None:
        raise NotFoundError("this result has no file of that name")
    found = ResultFile(name, sha256, path_of(folder, sha256, name), media_type_of(name))
    if noted:
        audit.record(
            db, actor, "read", "file", result.id, patient_id=result.patient_id, detail={"name": name}
        )
    return found


def media_type_of(name: str) -> str:
    """What a browser is told a file is."""
    return _MEDIA_TYPES.get(Path(name).suffix.lower(), BYTES)
