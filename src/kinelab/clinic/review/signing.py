"""Signing a version of a visit's results: from then on it is final; a later correction makes another version.

A reader who signs "read" has looked at it; "final" releases it. Where a first reader has signed, the final
signature is another person's. What needs review, by the thresholds and the level of reliance, must be
confirmed or corrected before either.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kinelab.clinic import audit
from kinelab.clinic.accounts.passwords import check_again
from kinelab.clinic.actor import Actor
from kinelab.clinic.monitoring.refresh import refresh_patient
from kinelab.clinic.permissions import require_visit
from kinelab.clinic.results import require_result, signatures_of
from kinelab.clinic.review.agreement import Agreement, agreement
from kinelab.clinic.review.reliance import level_of_visit
from kinelab.clinic.review.signed_report import SIGNED_HTML, keep_signed_report
from kinelab.clinic.review.sources import Sources, locked, review_of, sources_of
from kinelab.clinic.review.standing import level_of, lower_where_due
from kinelab.clinic.store.database import Database, clock_of
from kinelab.clinic.store.files import FileStore, note
from kinelab.clinic.store.tables import AuditRow, Mdc95, MeasureRow, Result, Signature, User
from kinelab.errors import ConflictError, InputError, NotAllowedError
from kinelab.pipeline.review_needs import open_needs

Meaning = Literal["read", "final"]
IN_FORCE = ("final", "amended")
_SHOWN_NEEDS = 5


class OpenNeedsError(InputError):
    """Something must be looked at before signing; `told` holds it, for the page."""

    def __init__(self, problem: str, told: dict[str, object]) -> None:
        super().__init__(problem)
        self.told = told


@dataclass(frozen=True)
class Signed:
    """What a signature did: the result's state, and the level of reliance if it was lowered by itself."""

    result_id: str
    version: int
    state: str
    meaning: Meaning
    signed_at: datetime
    lowered_to: int | None = None


def sign(database: Database, actor: Actor, result_id: str, password: str, meaning: Meaning) -> Signed:
    """Sign a result after asking for the password once more.

    Raises:
        LoginRefusedError, TooManyTriesError: the password is not right.
        NotAllowedError: the role does not allow it; a program asks; the first reader signs as the second.
        NotFoundError: no such result of the actor's patients.
        OpenNeedsError: something must be looked at first; `told` has it.
        ConflictError: it is not the newest version, lacks corrections, or was signed already.
    """
    # First whether this account may at all: no password is asked of, or counted against, who may not.
    with database.reading() as db:
        require_result(db, actor, "sign", result_id)
    check_again(database, actor, password)
    return sign_checked(database, actor, result_id, meaning)


def sign_checked(database: Database, actor: Actor, result_id: str, meaning: Meaning) -> Signed:
    """The same for an actor whose password was asked for just now. Raises as `sign`, but for the password."""
    store = FileStore(database.folder)
    with database.reading() as db:
        result = require_result(db, actor, "sign", result_id)
        sources = sources_of(db, require_visit(db, actor, "sign", result.visit_id))
        check(db, actor, sources, result, database, meaning)
        at = clock_of(db).now()
        text = _sign_off(db, actor, result, at)
    # Before the lock is taken: drawing the page takes half a second.
    kept = keep_signed_report(store, result.files, text) if meaning == "final" else None
    with database.writing() as db:
        result = require_result(db, actor, "sign", result_id)
        visit = locked(db, require_visit(db, actor, "sign", result.visit_id))
        sources = sources_of(db, visit)
        check(db, actor, sources, result, database, meaning)
        signature = Signature(
            result_id=result.id, user_id=actor.user_id, meaning=meaning,
            report_sha256=result.report_sha256, evidence={}, signed_at=at,
        )  # fmt: skip
        lowered = None
        if meaning == "final":
            assert kept is not None
            note(db, kept, "text/html")
            result.files = {**result.files, SIGNED_HTML: kept.sha256}
            signature.evidence = asdict(_agreement(db, sources, result, database))
            _release(db, result)
        db.add(signature)
        db.flush()
        if meaning == "final":
            lowered = lower_where_due(db, str(signature.evidence["kind"]))
        refresh_patient(db, result.patient_id)
        audit.record(
            db, actor, "sign", "result", result.id, patient_id=result.patient_id,
            detail={"meaning": meaning, "version": result.version, "report_sha256": result.report_sha256},
        )  # fmt: skip
        level = None if lowered is None else lowered.level
        return Signed(result.id, result.version, result.state, meaning, at, level)


def check(
    db: Session, actor: Actor, sources: Sources, result: Result, database: Database, meaning: Meaning
) -> None:
    """Whether this account may sign this result now. Raises as `sign`."""
    visit, newest = sources.visit, sources.newest
    if result.state in IN_FORCE:
        raise ConflictError(
            f"version {result.version} was signed already; a correction makes another version"
        )
    if result.id != newest.id:
        raise ConflictError(
            f"version {result.version} is not the newest, which is {newest.version}; sign that one"
        )
    behind = visit.n_corrections - result.n_corrections
    if behind:
        lacks = f"{behind} correction{'s' * (behind != 1)}"
        raise ConflictError(
            f"version {result.version} lacks {lacks}; have the report made anew, then sign that"
        )
    readers = db.scalars(
        select(Signature.user_id).where(Signature.result_id == result.id, Signature.meaning == "read")
    ).all()
    if meaning == "final" and actor.user_id in readers:
        raise NotAllowedError("you signed this as its first reader; the final signature is another person's")
    if meaning == "read" and actor.user_id in readers:
        raise ConflictError("you have signed this as its reader already")
    level = level_for(db, sources, database)
    rows = open_needs(review_of(result, database.folder), sources.corrections, level=level)
    if rows:
        shown = "; ".join(f"{row['what']} ({row['reason']})" for row in rows[:_SHOWN_NEEDS])
        more = f" and {len(rows) - _SHOWN_NEEDS} more" if len(rows) > _SHOWN_NEEDS else ""
        raise OpenNeedsError(
            f"{len(rows)} to be looked at before signing: {shown}{more}", {"needs": rows, "level": level}
        )
    if level < 2 and not _has_opened(db, actor, result):
        raise OpenNeedsError(
            "open the review of this version before you sign it", {"needs": [], "level": level}
        )


def level_for(db: Session, sources: Sources, database: Database) -> int:
    """The level of reliance that counts for a visit; 0 where it is a sample."""
    kind = str(review_of(sources.machine, database.folder)["kind"])
    return level_of_visit(sources.visit.id, level_of(db, kind))


def _has_opened(db: Session, actor: Actor, result: Result) -> bool:
    opened = select(AuditRow.seq).where(
        AuditRow.user_id == actor.user_id,
        AuditRow.patient_id == result.patient_id,
        AuditRow.action == "read",
        AuditRow.object_kind == "review",
        AuditRow.object_id == result.id,
    )
    return db.scalar(opened.limit(1)) is not None


def _release(db: Session, result: Result) -> None:
    """The result is final; the version that was in force until now is superseded, and stays readable."""
    earlier = db.scalars(
        select(Result).where(Result.visit_id == result.visit_id, Result.state.in_(IN_FORCE))
    ).all()
    result.state = "amended" if earlier else "final"
    for one in earlier:
        one.state = "superseded"


def _agreement(db: Session, sources: Sources, result: Result, database: Database) -> Agreement:
    rows = db.scalars(select(MeasureRow).where(MeasureRow.result_id == result.id)).all()
    known = {(row.quantity, row.side): row.value for row in db.scalars(select(Mdc95))}
    own = {(row.quantity, row.side): row.mdc95 for row in rows if row.mdc95 is not None}
    return agreement(
        review_of(sources.machine, database.folder),
        sources.corrections,
        {(row.quantity, row.side): row.value for row in rows},
        {**own, **known},
        whole=level_for(db, sources, database) == 0,
    )


def _sign_off(db: Session, actor: Actor, result: Result, at: datetime) -> str:
    """What the signed report says: who, when, which version, and the first readers."""
    name = db.get_one(User, actor.user_id).name
    readers = [one.user for one in signatures_of(db, [result.id])[result.id] if one.meaning == "read"]
    first = f", first read by {', '.join(readers)}" if readers else ""
    return f"{name}, {at.strftime('%Y-%m-%d %H:%M UTC')}, version {result.version}{first}"
