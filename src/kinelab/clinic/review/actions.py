"""Correcting a visit's result: one more entry of a list that only grows, also by two readers at once."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import update
from sqlalchemy.orm import Session

from kinelab.clinic import audit
from kinelab.clinic.actor import Actor
from kinelab.clinic.permissions import require_visit
from kinelab.clinic.review.sources import as_data, corrections_of, locked, review_of, sources_of
from kinelab.clinic.store.database import clock_of
from kinelab.clinic.store.tables import Correction, User, Visit
from kinelab.errors import ConflictError
from kinelab.pipeline.corrections import Correction as Body
from kinelab.pipeline.corrections import Stored
from kinelab.pipeline.review_replay import check_next, machine_of


class BehindError(ConflictError):
    """Another reader came first; `told` holds what came in between, for the page."""

    def __init__(self, problem: str, told: dict[str, object]) -> None:
        super().__init__(problem)
        self.told = told


def append(
    db: Session, actor: Actor, visit_id: str, correction: Body, after_number: int, folder: Path
) -> Stored:
    """Add a correction to a visit; `after_number` is the last one that the reader has seen.

    folder: where the store's files lie. A signed version stays as it is: the correction goes into the next.

    Raises:
        NotAllowedError: the role does not allow it.
        NotFoundError: no such visit of the actor's patients, or nothing was analysed yet.
        BehindError: others corrected meanwhile; `told` has their corrections, nothing was stored.
        InputError: the correction is impossible.
    """
    visit = locked(db, require_visit(db, actor, "correct", visit_id))
    sources = sources_of(db, visit)
    if after_number != visit.n_corrections:
        since = corrections_of(db, visit.id, after_number)
        raise BehindError(
            f"{len(since)} corrections came in between; look at them, then repeat yours"
            if since
            else f"there are {visit.n_corrections} corrections, not {after_number}; load the page anew",
            {"since": as_data(since), "n_corrections": visit.n_corrections},
        )
    now, number = clock_of(db).now(), visit.n_corrections + 1
    by = db.get_one(User, actor.user_id).name
    new = Stored(number=number, by=by, at=now, correction=correction)
    check_next(machine_of(review_of(sources.machine, folder)), sources.corrections, new)
    db.add(
        Correction(
            visit_id=visit.id, number=number, body=correction.model_dump(mode="json"), made_by=actor.user_id,
            made_at=now,
        )
    )  # fmt: skip
    # Not through the object: a visit's `version` counts changes of its day, title and options.
    db.execute(
        update(Visit)
        .where(Visit.id == visit.id)
        .values(n_corrections=number, version=Visit.version)
        .execution_options(synchronize_session=False)
    )
    db.flush()
    audit.record(
        db, actor, "correct", "visit", visit.id, patient_id=visit.patient_id,
        detail={"number": number, "kind": correction.kind},
    )  # fmt: skip
    return new


def history(
    db: Session, actor: Actor, visit_id: str, after: int = 0, *, noted: bool = True
) -> tuple[Visit, tuple[Stored, ...]]:
    """The visit and its corrections after a number.

    noted: write it into the audit; a page that asks every few seconds is not noted each time.

    Raises:
        NotAllowedError: the role does not allow it.
        NotFoundError: no such visit of the actor's patients.
    """
    visit = require_visit(db, actor, "see", visit_id)
    found = corrections_of(db, visit.id, after)
    if noted:
        detail = {"after": after, "n": len(found)}
        audit.record(db, actor, "read", "corrections", visit.id, patient_id=visit.patient_id, detail=detail)
    return visit, found
