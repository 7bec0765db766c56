"""What may be asked for: the first analysis of a visit, and a new version from what people corrected."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kinelab.clinic.actor import Actor
from kinelab.clinic.permissions import require_visit
from kinelab.clinic.store.tables import Job, Result, Signature, Upload, Visit
from kinelab.clinic.uploads.looking import ANGLES, C3D, MAPPING, SENSORS, TRC, VIDEO
from kinelab.clinic.visits import VisitOptions
from kinelab.clinic.work.queue import enqueue
from kinelab.errors import ConflictError, InputError, NotFoundError

_KEY_LETTERS = 32
_NAMES = {
    VIDEO: "videos",
    C3D: "C3D files",
    TRC: "TRC files",
    ANGLES: "files of angles",
    SENSORS: "sensors' files",
}


def ask_analysis(
    db: Session,
    actor: Actor,
    visit_id: str,
    options: VisitOptions | None = None,
    uploads: Sequence[str] | None = None,
) -> Job:
    """Have a visit's recording analysed: those of `uploads`, or all that the visit has.

    `options` are kept as the visit's own; None takes those that it has.

    Raises:
        NotAllowedError, NotFoundError: not this account, not this visit, no such upload.
        InputError: no recording, or several that do not belong to one analysis.
        ConflictError: people have corrected or signed an earlier result; other work is under way.
    """
    visit = require_visit(db, actor, "record", visit_id)
    _refuse_after_review(db, visit)
    chosen = _chosen(db, visit_id, uploads)
    kind_of(chosen)
    if options is not None:
        visit.options = options.model_dump(mode="json", exclude_defaults=True)
    what: dict[str, Any] = {"options": visit.options, "uploads": [upload.id for upload in chosen]}
    machine = machine_result(db, visit_id)
    standing = None if machine is None else machine.job_id
    return enqueue(db, actor, "analyse", visit_id, what, f"analyse:{visit_id}:{_short(what)}", standing)


def ask_rebuild(db: Session, actor: Actor, visit_id: str) -> Job:
    """Have the report made anew from all corrections so far; asked for again, it is the same work.

    Raises:
        NotAllowedError, NotFoundError: not this account, not this visit, or no result yet.
        ConflictError: other work is under way, or the newest version has all corrections already.
    """
    visit = require_visit(db, actor, "correct", visit_id)
    machine, newest = machine_result(db, visit_id), newest_result(db, visit_id)
    if machine is None or newest is None:
        raise NotFoundError("the visit has no result yet; analyse its recording first")
    what = {"machine": machine.id, "n_corrections": visit.n_corrections}
    key = f"rebuild:{visit_id}:{machine.version}:{visit.n_corrections}"
    if newest.n_corrections >= visit.n_corrections:
        done = db.scalar(select(Job).where(Job.key.startswith(f"{key}#"), Job.state == "done"))
        if done is not None:
            return done
        raise ConflictError(
            f"version {newest.version} has all corrections already; there is nothing to make anew"
        )
    return enqueue(db, actor, "rebuild", visit_id, what, key)


def machine_result(db: Session, visit_id: str) -> Result | None:
    """The machine's own newest result of a visit: what corrections refer to."""
    return db.scalar(
        select(Result)
        .join(Job, Job.id == Result.job_id)
        .where(Result.visit_id == visit_id, Job.kind == "analyse")
        .order_by(Result.version.desc())
        .limit(1)
    )


def newest_result(db: Session, visit_id: str) -> Result | None:
    """The newest version of a visit's results."""
    return db.scalar(
        select(Result).where(Result.visit_id == visit_id).order_by(Result.version.desc()).limit(1)
    )


def kind_of(uploads: Sequence[Upload]) -> str:
    """The kind of analysis that uploads are for: video, markers, angles or sensors.

    Raises:
        InputError: none of them can be analysed, or they do not belong to one analysis.
    """
    kinds: dict[str, int] = {}
    for upload in uploads:
        kinds[upload.kind] = kinds.get(upload.kind, 0) + 1
    n_mappings = kinds.pop(MAPPING, 0)
    if not kinds:
        raise InputError(
            "there is no recording to analyse; upload a video, a C3D or TRC file, or sensors' files first"
        )
    # Landmarks beside angles: the events come from them.
    if set(kinds) in ({ANGLES, TRC}, {ANGLES, C3D}) and set(kinds.values()) == {1}:
        return ANGLES
    if len(kinds) > 1:
        each = ", ".join(f"{n} {_NAMES[kind]}" for kind, n in sorted(kinds.items()))
        raise InputError(
            f"the recordings are of several kinds ({each}); choose one analysis, or make a visit each"
        )
    (kind, n), *_ = kinds.items()
    if kind != SENSORS and (n > 1 or n_mappings):
        more = "a mapping file belongs to sensors" if n_mappings else f"there are {n} {_NAMES[kind]}"
        raise InputError(f"{more}; choose the one to analyse, or make a visit for each")
    if n_mappings > 1:
        raise InputError(f"there are {n_mappings} mapping files; choose one of them")
    return {C3D: "markers", TRC: "markers"}.get(kind, kind)


def uploads_here(db: Session, visit_id: str) -> list[Upload]:
    """The recordings of a visit in the order of their coming; the caller has asked for permission."""
    rows = db.scalars(
        select(Upload).where(Upload.visit_id == visit_id).order_by(Upload.uploaded_at, Upload.id)
    )
    return list(rows)


def _chosen(db: Session, visit_id: str, uploads: Sequence[str] | None) -> list[Upload]:
    rows = uploads_here(db, visit_id)
    if uploads is None:
        return rows
    missing = set(uploads) - {row.id for row in rows}
    if missing:
        raise NotFoundError(f"the visit has no such recording: {', '.join(sorted(missing))[:_KEY_LETTERS]}")
    return [row for row in rows if row.id in set(uploads)]


def _refuse_after_review(db: Session, visit: Visit) -> None:
    signed = db.scalar(
        select(Signature.id).join(Result, Result.id == Signature.result_id).where(Result.visit_id == visit.id)
    )
    if visit.n_corrections or signed is not None:
        said = "signed" if signed is not None else "corrected"
        raise ConflictError(
            f"the visit's result was {said} by a person already, which another analysis would not fit; make"
            " another visit for it"
        )


def _short(what: dict[str, Any]) -> str:
    text = json.dumps(what, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_KEY_LETTERS]
