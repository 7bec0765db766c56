"""The audit: every read, change and export, in a chain of which no link can be altered or taken out unseen.

Each row's hash is an HMAC-SHA256 over the row and the hash before it, keyed by the server's own secret: who
can write the database but has not that key cannot make a chain that holds. One that was cut off at its end,
with its note of the end, still holds; so `kinelab clinic audit verify` prints the end, and can be told an
earlier end to check that it is part of the chain.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from kinelab.clinic.actor import Actor
from kinelab.clinic.store.database import clock_of, keys_of
from kinelab.clinic.store.tables import AuditHead, AuditRow

START = "0" * 64
_PURPOSE = "audit"
_AT_ONCE = 1000


def record(
    db: Session,
    actor: Actor,
    action: str,
    object_kind: str,
    object_id: str = "",
    *,
    patient_id: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Append one act to the audit, in the same transaction as the act itself: both are kept, or neither.

    `action` is a verb (read, create, change, delete, sign, export, login, refuse, ...). `detail` is plain
    data without anything that identifies a person. Call it last in the transaction: other writers wait from
    here on.
    """
    head = db.scalars(select(AuditHead).where(AuditHead.id == 1).with_for_update()).one()
    at = max(clock_of(db).now(), head.at)
    row = AuditRow(
        seq=head.seq + 1, at=at, user_id=actor.user_id, via=actor.via, action=action, object_kind=object_kind,
        object_id=object_id, patient_id=patient_id, detail=_text(detail or {}), previous_hash=head.hash,
        hash="",
    )  # fmt: skip
    row.hash = _hash_of(row, keys_of(db).purpose(_PURPOSE))
    db.add(row)
    head.seq, head.hash, head.at = row.seq, row.hash, at
    db.flush()


@dataclass(frozen=True)
class Verdict:
    """What checking the chain found: its length, its end, the first thing that is wrong ("" = nothing)."""

    n_rows: int
    head: str
    problem: str = ""


def verify(db: Session, known: tuple[int, str] | None = None) -> Verdict:
    """Follow the chain from its start. `known` = (row, hash) of an end that was noted earlier.

    Rows are read in portions: memory does not grow with the length.
    """
    key, before = keys_of(db).purpose(_PURPOSE), _Link(0, START, None)
    is_known = known is None or known == (0, START)
    for row in _rows(db):
        if problem := _problem(row, before, key):
            return Verdict(before.seq, before.hash, problem)
        before = _Link(row.seq, row.hash, row.at)
        is_known = is_known or known == (row.seq, row.hash)
    head = db.get(AuditHead, 1)
    problem = ""
    if head is None or (head.seq, head.hash) != (before.seq, before.hash):
        told = "nothing" if head is None else f"row {head.seq}"
        problem = f"the chain ends at row {before.seq}, but its end is noted as {told}: rows were cut off"
    elif known is not None and not is_known:
        problem = f"row {known[0]} with the hash that was noted earlier is not in the chain"
    return Verdict(before.seq, before.hash, problem)


class _Link(NamedTuple):
    seq: int
    hash: str
    at: datetime | None


def _rows(db: Session) -> Iterator[AuditRow]:
    last = 0
    while portion := db.scalars(
        select(AuditRow).where(AuditRow.seq > last).order_by(AuditRow.seq).limit(_AT_ONCE)
    ).all():
        yield from portion
        last = portion[-1].seq


def _problem(row: AuditRow, before: _Link, key: bytes) -> str:
    """What is wrong with a row after the one before it; "" = nothing."""
    if row.seq != before.seq + 1:
        return f"row {before.seq + 1} is missing: after row {before.seq} comes row {row.seq}"
    if row.previous_hash != before.hash:
        return f"row {row.seq} does not follow the row before it"
    if not hmac.compare_digest(row.hash, _hash_of(row, key)):
        return f"row {row.seq} was altered, or was written with another key"
    if before.at is not None and row.at < before.at:
        return f"row {row.seq} is older than the row before it"
    return ""


def _hash_of(row: AuditRow, key: bytes) -> str:
    said = [
        row.seq, row.at.isoformat(timespec="microseconds"), row.user_id, row.via, row.action, row.object_kind,
        row.object_id, row.patient_id, row.detail, row.previous_hash,
    ]  # fmt: skip
    return hmac.new(key, _text(said).encode(), hashlib.sha256).hexdigest()


def _text(data: object) -> str:
    # \u0000 and lone surrogates stay escaped: PostgreSQL takes neither.
    return json.dumps(data, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
