"""All that a job needs, brought together from the store."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kinelab.clinic.exporting.orders import order_of
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.files import FileStore
from kinelab.clinic.store.tables import Correction, Job, Patient, Result, StoredFile, Upload, User, Visit
from kinelab.clinic.uploads.looking import SENSORS
from kinelab.clinic.visits import VisitOptions
from kinelab.clinic.work.leasing import Lease
from kinelab.clinic.work.outcome import INPUT, Assignment, Input
from kinelab.errors import InputError
from kinelab.files.sensors import ximu3

_SUFFIXES = {
    "video/mp4": ".mp4", "video/quicktime": ".mov", "video/x-matroska": ".mkv", "video/webm": ".webm",
    "video/x-msvideo": ".avi", "application/x-netcdf": ".nc", "application/zip": ".npz",
    "application/json": ".json", "application/xml": ".xml",
}  # fmt: skip
_BY_KIND = {"c3d": ".c3d", "trc": ".trc", "angles": ".mot", "mapping": ".toml"}
_NAME_LETTERS = 60  # of up to four bytes each: file systems take 255
_HEAD_BYTES = 4096


def gather(database: Database, lease: Lease, scratch: Path) -> Assignment:
    """What the child of a worker is told.

    Raises:
        InputError: the job is of no kind that is known here.
        FileFormatError: a file of the store is missing or was altered.
        BusyError: the database did not answer.
    """
    store = FileStore(database.folder)
    with database.reading() as db:
        match lease.kind:
            case "analyse":
                return _for_analysis(db, store, lease, scratch)
            case "rebuild":
                return _for_rebuild(db, store, lease, scratch)
            case "export":
                return order_of(db, database, lease, scratch)
    raise InputError(f"work of the kind {lease.kind!r} is not known here; is the worker of another version?")


def _for_analysis(db: Session, store: FileStore, lease: Lease, scratch: Path) -> Assignment:
    visit = db.get_one(Visit, lease.visit_id)
    patient = db.get_one(Patient, visit.patient_id)
    options = VisitOptions.model_validate(lease.what["options"])
    inputs = _place(_uploads(db, lease.what), store, scratch)
    subject = {
        "id": patient.code, "height_m": options.height_m or patient.height_m, "mass_kg": options.mass_kg or
        patient.mass_kg, "sex": patient.sex, "affected_side": patient.affected_side, "birth_year":
        patient.birth_year,
    }  # fmt: skip
    return Assignment(
        lease.kind,
        scratch,
        options.model_dump(mode="json"),
        subject,
        synthetic=visit.synthetic,
        inputs=inputs,
    )


def _for_rebuild(db: Session, store: FileStore, lease: Lease, scratch: Path) -> Assignment:
    machine = db.get_one(Result, lease.what["machine"])
    files = {name: store.verify(sha256, name) for name, sha256 in machine.files.items()}
    rows = db.execute(
        select(Correction, User.name)
        .join(User, User.id == Correction.made_by)
        .where(Correction.visit_id == machine.visit_id, Correction.number <= lease.what["n_corrections"])
        .order_by(Correction.number)
    ).all()
    corrections: tuple[dict[str, Any], ...] = tuple(
        {"number": row.number, "by": name, "at": row.made_at.isoformat(), "correction": row.body}
        for row, name in rows
    )
    asked = db.get_one(Job, machine.job_id)
    inputs = _place(_uploads(db, asked.what), store, scratch)
    return Assignment(lease.kind, scratch, inputs=inputs, run_files=files, corrections=corrections)


def _uploads(db: Session, what: Mapping[str, Any]) -> list[tuple[Upload, str]]:
    """The recordings of an analysis with their media types, in the order of their coming."""
    rows = db.execute(
        select(Upload, StoredFile)
        .join(StoredFile, StoredFile.sha256 == Upload.sha256)
        .where(Upload.id.in_(what["uploads"]))
        .order_by(Upload.uploaded_at, Upload.id)
    ).all()
    return [(upload, file.media_type) for upload, file in rows]


def _place(uploads: Sequence[tuple[Upload, str]], store: FileStore, scratch: Path) -> tuple[Input, ...]:
    """Links to the stored bytes under names that readers understand.

    A name says nothing of its owner's file but for worn sensors, whose readers take the sensor's name from
    it, and whose mapping file may name it.
    """
    folder = scratch / INPUT
    folder.mkdir()
    placed: list[Input] = []
    for number, (upload, media_type) in enumerate(uploads, start=1):
        bytes_at = store.verify(upload.sha256, upload.name)
        suffix = _SUFFIXES.get(media_type) or _BY_KIND.get(upload.kind) or _table_suffix(upload.name)
        if upload.kind == SENSORS:
            path = _sensor_path(folder, number, f"{Path(upload.name).stem}{suffix}", bytes_at)
        else:
            inside = scratch / "beside" if upload.kind == "mapping" else folder
            path = inside / f"recording{suffix}"
        path.parent.mkdir(exist_ok=True)
        path.symlink_to(bytes_at.absolute())
        placed.append(Input(path, upload.kind, upload.name))
    return tuple(placed)


def _sensor_path(folder: Path, number: int, name: str, bytes_at: Path) -> Path:
    """By its owner's name; a second file of one name has its number before it."""
    own = re.sub(r"[^\w .()+-]", "_", name)[-_NAME_LETTERS:]
    with bytes_at.open("rb") as file:
        head = file.read(_HEAD_BYTES).decode("utf-8-sig", "replace")
    is_ximu3 = ximu3.recognise(head)

    def place(called: str) -> Path:
        # This make has one folder for each sensor, with the same file in all of them.
        return folder / Path(called).stem / ximu3.READINGS if is_ximu3 else folder / called

    return place(f"{number}_{own}") if place(own).exists() else place(own)


def _table_suffix(name: str) -> str:
    suffix = Path(name).suffix.lower()
    return suffix if suffix in (".csv", ".txt", ".sto", ".tsv") else ".txt"
