"""Where reliance stands for each kind of recording: decided by people, lowered by evidence, all kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from kinelab.clinic import audit
from kinelab.clinic.actor import Actor
from kinelab.clinic.permissions import require
from kinelab.clinic.review.agreement import Agreement
from kinelab.clinic.review.reliance import LEVELS, Proposal, lowering, propose
from kinelab.clinic.store.database import clock_of
from kinelab.clinic.store.tables import Reliance, Signature
from kinelab.errors import ConflictError, InputError
from kinelab.pipeline.review_replay import ReviewKind

KINDS: tuple[ReviewKind, ...] = get_args(ReviewKind)
_MOST_REVIEWS = 2000  # the newest; older ones are of another time and machine
_ITSELF = Actor("", "reliance", "system", "worker")


@dataclass(frozen=True)
class Standing:
    """The level of one kind of recording, why, since when, and what the evidence since then speaks for."""

    kind: ReviewKind
    level: int
    reason: str
    since: str
    by_person: bool
    proposal: Proposal

    def as_data(self) -> dict[str, Any]:
        """Plain data for the API."""
        return {**asdict(self), "means": LEVELS[self.level], "proposed_means": LEVELS[self.proposal.level]}


def level_of(db: Session, kind: str) -> int:
    """The level that counts now; 0 before anybody decided."""
    newest = _newest(db, kind)
    return 0 if newest is None else newest.level


def standings(db: Session, actor: Actor) -> list[Standing]:
    """Every kind of recording, for those who may sign. It tells counts, of no patient.

    Raises:
        NotAllowedError: the role does not allow it.
    """
    require(actor, "rely")
    return [_standing(db, kind) for kind in KINDS]


def decide(db: Session, actor: Actor, kind: str, level: int, reason: str) -> Standing:
    """A person sets the level of a kind of recording.

    Down to any level at any time; up one step, and only where the evidence speaks for it.

    Raises:
        NotAllowedError: the role does not allow it.
        InputError: no such kind or level, no reason, or the evidence does not speak for it.
        ConflictError: it is at that level already.
    """
    require(actor, "rely")
    if kind not in KINDS:
        raise InputError(f"no kind of recording {kind!r}; there are {', '.join(KINDS)}")
    if level not in LEVELS:
        raise InputError(f"no level {level}; there are {', '.join(map(str, LEVELS))}")
    if not reason.strip():
        raise InputError("say why: the reason stands in the record")
    now = _standing(db, kind)
    if level == now.level:
        raise ConflictError(f"{kind} is at level {level} already; load the page anew")
    if level > now.level and now.proposal.level < level:
        raise InputError(f"the evidence does not speak for level {level}: {now.proposal.reason}")
    _write(db, kind, level, reason.strip(), now.proposal, actor)
    return _standing(db, kind)


def lower_where_due(db: Session, kind: str) -> Proposal | None:
    """Lower the level by itself when the newest reviews find too much; called when a review is signed."""
    proposal = lowering(level_of(db, kind), _reviews(db, kind))
    if proposal is not None:
        _write(db, kind, proposal.level, proposal.reason, proposal, None)
    return proposal


def past(db: Session, actor: Actor, kind: str) -> list[dict[str, Any]]:
    """Every decision on a kind of recording, the newest first.

    Raises:
        NotAllowedError: the role does not allow it.
    """
    require(actor, "rely")
    rows = db.scalars(
        select(Reliance).where(Reliance.kind == kind).order_by(Reliance.decided_at.desc(), Reliance.id)
    )
    return [
        {
            "level": row.level, "reason": row.reason, "at": row.decided_at.isoformat(),
            "by_person": row.decided_by is not None, "evidence": row.evidence,
        }
        for row in rows
    ]  # fmt: skip


def _standing(db: Session, kind: ReviewKind | str) -> Standing:
    row = _newest(db, kind)
    level = 0 if row is None else row.level
    return Standing(
        kind=kind,  # type: ignore[arg-type]
        level=level,
        reason="nobody has decided yet" if row is None else row.reason,
        since="" if row is None else row.decided_at.isoformat(),
        by_person=row is not None and row.decided_by is not None,
        proposal=propose(level, _reviews(db, kind)),
    )


def _newest(db: Session, kind: str) -> Reliance | None:
    order = Reliance.decided_at.desc(), Reliance.id
    return db.scalar(select(Reliance).where(Reliance.kind == kind).order_by(*order).limit(1))


def _reviews(db: Session, kind: str) -> list[Agreement]:
    """Signed reviews of a kind since its level was decided, the newest first."""
    row = _newest(db, kind)
    query = select(Signature.evidence).where(Signature.meaning == "final")
    if row is not None:
        query = query.where(Signature.signed_at > row.decided_at)
    found: list[Mapping[str, Any]] = list(
        db.scalars(query.order_by(Signature.signed_at.desc()).limit(_MOST_REVIEWS))
    )
    return [Agreement(**said) for said in found if said.get("kind") == kind]


def _write(db: Session, kind: str, level: int, reason: str, proposal: Proposal, actor: Actor | None) -> None:
    row = Reliance(
        kind=kind, level=level, reason=reason, evidence=asdict(proposal.evidence),
        decided_by=None if actor is None else actor.user_id, decided_at=clock_of(db).now(),
    )  # fmt: skip
    db.add(row)
    db.flush()
    detail = {"kind": kind, "level": level}
    audit.record(db, actor or _ITSELF, "change", "reliance", row.id, detail=detail)
