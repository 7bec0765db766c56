"""What a reader who opens a review is shown."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from kinelab.clinic import audit
from kinelab.clinic.actor import Actor
from kinelab.clinic.permissions import require_visit
from kinelab.clinic.results import SignedBy, signatures_of
from kinelab.clinic.review.reliance import is_sampled
from kinelab.clinic.review.sources import ReviewFile, Sources, review_file_of, sources_of
from kinelab.clinic.review.standing import level_of
from kinelab.clinic.store.tables import Patient
from kinelab.clinic.work.asking import newest_result


@dataclass(frozen=True)
class Looked:
    """The machine's review, what was corrected since, who signed the newest version, the level of reliance.

    sampled: the visit is one of those that are looked at as a whole whatever the level.
    """

    sources: Sources
    review: ReviewFile
    signatures: tuple[SignedBy, ...]
    reliance: int
    sampled: bool
    patient_code: str

    def as_data(self) -> dict[str, Any]:
        """Plain data for the API, but for the review itself and the signatures."""
        visit, newest = self.sources.visit, self.sources.newest
        return {
            "machine_result_id": self.sources.machine.id,
            "result_id": newest.id,
            "version": newest.version,
            "state": newest.state,
            "n_corrections": visit.n_corrections,
            "built_corrections": newest.n_corrections,
            "corrections": list(self.sources.corrections),
            "reliance": self.reliance,
            "sampled": self.sampled,
            "patient": {"id": visit.patient_id, "code": self.patient_code},
            "recorded": visit.visited_on.isoformat(),
        }


def look(db: Session, actor: Actor, visit_id: str, folder: Path) -> Looked:
    """Open the review of a visit; folder: where the store's files lie.

    The audit keeps that this account opened the newest version: who signs must have.

    Raises:
        NotAllowedError: the role does not allow it.
        NotFoundError: no such visit of the actor's patients, or nothing was analysed yet.
    """
    visit = require_visit(db, actor, "see", visit_id)
    sources = sources_of(db, visit)
    review = review_file_of(sources.machine, folder)
    level = level_of(db, str(review.data["kind"]))
    newest = sources.newest
    found = Looked(
        sources,
        review,
        tuple(signatures_of(db, [newest.id])[newest.id]),
        level,
        level > 0 and is_sampled(visit.id, level),
        db.get_one(Patient, visit.patient_id).code,
    )
    audit.record(
        db, actor, "read", "review", newest.id, patient_id=visit.patient_id, detail={"visit": visit.id}
    )
    return found


def sources_for_preview(db: Session, actor: Actor, visit_id: str, *, noted: bool = True) -> Sources:
    """What a preview rests on; noted: write it into the audit.

    Raises:
        NotAllowedError: the role does not allow it.
        NotFoundError: no such visit of the actor's patients, or nothing was analysed yet.
    """
    visit = require_visit(db, actor, "see", visit_id)
    sources = sources_of(db, visit)
    if noted:
        audit.record(db, actor, "read", "preview", visit.id, patient_id=visit.patient_id)
    return sources


def newest_state(db: Session, visit_id: str) -> tuple[int, str]:
    """Version and state of the newest result; (0, "") before there is one."""
    newest = newest_result(db, visit_id)
    return (0, "") if newest is None else (newest.version, newest.state)
