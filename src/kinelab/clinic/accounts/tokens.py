"""Tokens that programs show instead of a password, with a label, an end, and its owner's rights at most."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kinelab.clinic import audit
from kinelab.clinic.accounts import secret
from kinelab.clinic.actor import Actor
from kinelab.clinic.store.database import clock_of
from kinelab.clinic.store.tables import Login
from kinelab.errors import ConflictError, InputError, NotAllowedError, NotFoundError

LONGEST_DAYS = 365
_AT_MOST = 20


@dataclass(frozen=True)
class NewToken:
    """A token that was made just now; `secret` is told only here."""

    row: Login
    secret: str


def create(db: Session, actor: Actor, label: str, days: int, *, read_only: bool = True) -> NewToken:
    """Make a token for one's own programs. `read_only` ones change nothing.

    Raises:
        NotAllowedError: a token asks for another one.
        InputError: no label, or an end that is too far.
        ConflictError: the account has as many as it may.
    """
    _in_person(actor)
    label = label.strip()
    if not 1 <= len(label) <= 80 or not label.isprintable():
        raise InputError("a token needs a label of at most 80 characters that says what it is for")
    if not 1 <= days <= LONGEST_DAYS:
        raise InputError(f"a token may last 1 to {LONGEST_DAYS} days; {days} were asked for")
    now = clock_of(db).now()
    if (db.scalar(select(func.count()).select_from(_open_ones(actor, db).subquery())) or 0) >= _AT_MOST:
        raise ConflictError(f"the account has {_AT_MOST} tokens; end one first")
    new = secret.TOKEN_PREFIX + secret.draw()
    row = Login(
        user_id=actor.user_id, kind="token", secret_hash=secret.hash_of(new), label=label,
        read_only=read_only, created_at=now, seen_at=now, ends_at=now + timedelta(days=days),
    )  # fmt: skip
    db.add(row)
    db.flush()
    audit.record(db, actor, "create", "token", row.id, detail={"days": days, "read_only": read_only})
    return NewToken(row, new)


def list_own(db: Session, actor: Actor) -> list[Login]:
    """One's own tokens that are still good, the newest first."""
    _in_person(actor)
    return list(db.scalars(_open_ones(actor, db).order_by(Login.created_at.desc(), Login.id)))


def end(db: Session, actor: Actor, token_id: str) -> None:
    """End one of one's own tokens, at once.

    Raises:
        NotFoundError: no such token of one's own, or it has ended.
    """
    _in_person(actor)
    row = db.scalar(_open_ones(actor, db).where(Login.id == token_id))
    if row is None:
        raise NotFoundError("no such token among yours")
    row.ended_at = clock_of(db).now()
    db.flush()
    audit.record(db, actor, "delete", "token", row.id)


def _open_ones(actor: Actor, db: Session):  # type: ignore[no-untyped-def]
    return select(Login).where(
        Login.user_id == actor.user_id, Login.kind == "token", Login.ended_at.is_(None),
        Login.ends_at > clock_of(db).now(),
    )  # fmt: skip


def _in_person(actor: Actor) -> None:
    if actor.via != "browser":
        raise NotAllowedError("tokens are made and ended by a person who is logged in with a browser")
