"""Logins: a browser or a program that has shown who it is, for a while.

The secret is 256 random bits and stays with the browser; the store keeps its hash. A login ends by logging
out, after half an hour without a request, after twelve hours whatever happens, and at once when the account's
password or role changes or the account is closed. Every request looks it up: nothing is cached that could
outlive it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from kinelab.clinic import audit
from kinelab.clinic.accounts import attempts, passwords, secret, totp
from kinelab.clinic.actor import Actor, Role
from kinelab.clinic.store.database import Database, clock_of, keys_of
from kinelab.clinic.store.tables import Login, User
from kinelab.errors import KinelabError, LoginRefusedError

IDLE, LONGEST = timedelta(minutes=30), timedelta(hours=12)
_NOTED_EVERY = timedelta(minutes=1)
_noter = ThreadPoolExecutor(1, thread_name_prefix="logins")
_REFUSED = "name, password or one-time code are not right"


@dataclass(frozen=True)
class LoggedIn:
    """A new login: its secret and CSRF token, whose it is, what the browser shows next time."""

    secret: str
    csrf: str
    actor: Actor
    device: str
    must_change_password: bool


@dataclass(frozen=True)
class _Known:
    """What a login by password rests on, read before the hash is computed."""

    whose: str  # the account of this name, also of one that is closed
    user_id: str
    kept: str
    buckets: tuple[str, ...]


class CodeNeededError(LoginRefusedError):
    """The password is right; the one-time code is missing."""


def login(
    database: Database, name: str, password: str, code: str = "", address: str = "", device: str = ""
) -> LoggedIn:
    """Log in with a password, and a one-time or recovery code where the account wants one.

    The try is counted before it is checked (see `attempts`); a name that does not exist takes as long.

    Raises:
        LoginRefusedError: something is not right; which is not said.
        CodeNeededError: the code alone is missing.
        TooManyTriesError: this account, browser or address has to wait.
        BusyError: too many logins at this moment.
    """
    name = name.strip().casefold()
    known = _count(database, name, address, device)
    right = passwords.fits(known.kept, password)
    if not right:
        raise LoginRefusedError(_REFUSED, known.whose)
    if passwords.is_outdated(known.kept):
        passwords.renew(database, known.user_id, known.kept, password)
    with database.writing() as db:
        user = db.get(User, known.user_id, with_for_update=True)
        if user is None or user.disabled_at is not None:
            raise LoginRefusedError(_REFUSED, known.whose)
        how = "password"
        if user.totp_secret:
            if not code:
                raise CodeNeededError("the one-time code is needed as well")
            how = totp.use(db, user, code)
            if not how:
                raise LoginRefusedError(_REFUSED, known.whose)
        for bucket in known.buckets:
            (attempts.take_back if bucket.startswith("address") else attempts.forget)(db, bucket)
        return begin(db, user, how)


def begin(db: Session, user: User, how: str, *, via_oidc: bool = False) -> LoggedIn:
    """A new login of a browser for an account that has shown who it is; `how` goes to the audit."""
    new, now = secret.draw(), clock_of(db).now()
    row = Login(
        user_id=user.id, kind="browser", secret_hash=secret.hash_of(new), via_oidc=via_oidc,
        created_at=now, seen_at=now, ends_at=now + LONGEST,
    )  # fmt: skip
    db.add(row)
    db.flush()
    actor = Actor(user.id, user.name, cast(Role, user.role), "browser", row.id)
    audit.record(db, actor, "login", "user", user.id, detail={"how": how})
    keys = keys_of(db)
    return LoggedIn(
        new, secret.csrf_of(keys, new), actor, secret.device_of(keys, user.id), user.must_change_password
    )


def actor_of(db: Session, given: str) -> Actor | None:
    """Whose secret it is, of a browser's cookie or a program's token; None when it opens nothing."""
    found = db.execute(_valid(db, Login.secret_hash == secret.hash_of(given))).one_or_none()
    return None if found is None else _actor(*found)


def actor_again(database: Database, login_id: str, *, by_hand: bool = True) -> Actor | None:
    """The account of a login that was found before, if it still holds.

    `by_hand`: a person has done something, and the login lasts longer; a page that looks by itself is not.
    """
    with database.reading() as db:
        found = db.execute(_valid(db, Login.id == login_id)).one_or_none()
    if found is None:
        return None
    if by_hand and _is_stale(database, found[0]):
        # Not here: the caller may hold the store's only writer's lock, and would wait for itself.
        _noter.submit(_note, database, login_id)
    return _actor(*found)


@dataclass(frozen=True)
class Entry:
    """What the guard lets in: the account, and what holds for this login alone."""

    actor: Actor
    read_only: bool
    must_change_password: bool
    is_stale: bool  # `seen` should be noted


def entry_of(database: Database, given: str) -> Entry | None:
    """All that the guard asks about a secret, in one look; None when it opens nothing."""
    with database.reading() as db:
        found = db.execute(_valid(db, Login.secret_hash == secret.hash_of(given))).one_or_none()
        if found is None:
            return None
        row, user = found
        stale = _is_stale(database, row)
        return Entry(_actor(row, user), row.read_only, user.must_change_password, stale)


def seen(database: Database, login_id: str) -> None:
    """Note that this login is in use; written at most once a minute."""
    with database.reading() as db:
        row = db.get(Login, login_id)
        if row is None or not _is_stale(database, row):
            return
    with database.writing() as db:
        now = clock_of(db).now()
        db.execute(update(Login).where(Login.id == login_id, Login.seen_at < now).values(seen_at=now))


def settle() -> None:
    """Wait until all that `actor_again` has noted is written; before a store is closed."""
    _noter.submit(lambda: None).result()


def _note(database: Database, login_id: str) -> None:
    # A store that is busy is told at the next act.
    with suppress(KinelabError):
        seen(database, login_id)


def _is_stale(database: Database, row: Login) -> bool:
    return database.clock.now() - row.seen_at > _NOTED_EVERY


def logout(database: Database, actor: Actor) -> None:
    """End this login."""
    with database.writing() as db:
        now = clock_of(db).now()
        db.execute(
            update(Login).where(Login.id == actor.login_id, Login.ended_at.is_(None)).values(ended_at=now)
        )
        audit.record(db, actor, "logout", "user", actor.user_id)


def end_all(db: Session, user_id: str) -> None:
    """End every login and token of an account."""
    now = clock_of(db).now()
    db.execute(update(Login).where(Login.user_id == user_id, Login.ended_at.is_(None)).values(ended_at=now))


def _count(database: Database, name: str, address: str, device: str) -> _Known:
    with database.reading() as db:
        user = db.scalar(select(User).where(User.name == name))
        nonce = secret.known_device(keys_of(db), device, user.id) if user is not None else None
        if nonce is not None:
            buckets: tuple[str, ...] = (attempts.device_bucket(nonce),)
        else:
            whose = attempts.name_bucket(db, name) if user is None else attempts.account_bucket(user.id)
            buckets = (whose, attempts.address_bucket(db, address))
        attempts.refuse_blocked(db, *buckets)
    with database.writing() as db:
        blocked = attempts.count_try(db, *buckets)
        if blocked and user is not None:
            audit.record(db, Actor("", "", "system", "browser"), "lock", "user", user.id)
    if user is None or user.disabled_at is not None:
        return _Known(user.id if user else "", "", "", buckets)
    return _Known(user.id, user.id, user.password_hash, buckets)


def _valid(db: Session, which: ColumnElement[bool]):  # type: ignore[no-untyped-def]
    now = clock_of(db).now()
    return (
        select(Login, User)
        .join(User, User.id == Login.user_id)
        .where(
            which,
            Login.ended_at.is_(None),
            Login.ends_at > now,
            or_(Login.kind == "token", and_(Login.kind == "browser", Login.seen_at > now - IDLE)),
            User.disabled_at.is_(None),
        )
    )


def _actor(row: Login, user: User) -> Actor:
    return Actor(
        user.id, user.name, cast(Role, user.role), "token" if row.kind == "token" else "browser", row.id
    )
