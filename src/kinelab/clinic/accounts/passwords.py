"""Passwords: what may be one, how they are kept, and asking for one again before something weighty.

Kept as argon2id with 64 MiB, three passes and four lanes (RFC 9106's second recommendation); when these
change, each hash is renewed at its owner's next login. At most two are computed at once and sixteen wait:
more logins at the same moment are told to come back, instead of filling the memory.
"""

from __future__ import annotations

import secrets
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import update

from kinelab.clinic.accounts import attempts
from kinelab.clinic.actor import Actor
from kinelab.clinic.store.database import Database, clock_of
from kinelab.clinic.store.tables import Login, User
from kinelab.errors import BusyError, InputError, LoginRefusedError, NotAllowedError

SHORTEST, LONGEST = 12, 256
_FEWEST_LETTERS = 5
_FRESH = timedelta(minutes=5)
_AT_ONCE, _WAITING = 2, 16
_hasher = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4, type=Type.ID)
_computing = threading.BoundedSemaphore(_AT_ONCE)
_admitted = threading.BoundedSemaphore(_AT_ONCE + _WAITING)


def check_rules(password: str, *names: str) -> None:
    """Refuse what is guessed first. No rules about digits or signs: they only make people write it down.

    Raises:
        InputError: too short or long, one of the commonest, few different letters, or made of one of `names`.
    """
    said = _normal(password)
    if not SHORTEST <= len(said) <= LONGEST:
        raise InputError(
            f"the password has {len(said)} characters; {SHORTEST} to {LONGEST} are needed: "
            "three or four words are good"
        )
    plain = said.casefold()
    letters = "".join(sign for sign in plain if sign.isalnum())
    if len(set(plain)) < _FEWEST_LETTERS:
        raise InputError(
            f"the password has only {len(set(plain))} different characters; use {_FEWEST_LETTERS} or more"
        )
    if {plain, letters, letters.rstrip("0123456789")} & _common():
        raise InputError("the password is one of the commonest, which are tried first; take another one")
    for name in names:
        if len(name) >= 3 and name.casefold() in plain and len(plain) - len(name) < SHORTEST - 4:
            raise InputError("the password is the account's own name and little more; take another one")


def one_time() -> str:
    """A random password for its first use only: 100 bits in five groups that can be read out."""
    signs = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that look alike
    return "-".join("".join(secrets.choice(signs) for _ in range(4)) for _ in range(5))


def hash_password(password: str) -> str:
    """What is kept of it."""
    with _computes():
        return _hasher.hash(_normal(password))


def fits(kept: str, password: str) -> bool:
    """Whether it is the password. Without a hash (no such account) one is computed all the same."""
    with _computes():
        try:
            _hasher.verify(kept or _nobodys(), _normal(password)[: LONGEST + 1])
        except (VerificationError, InvalidHashError):
            return False
        return bool(kept)


def is_outdated(kept: str) -> bool:
    """Whether it was computed with other parameters than today's."""
    return _hasher.check_needs_rehash(kept)


def check_again(database: Database, actor: Actor, password: str) -> None:
    """Ask who is logged in for the password once more, as before a signature; wrong ones are counted.

    An account that comes through the clinic's own login system has none here: there a login of the last five
    minutes counts. Has transactions of its own: call it before opening one.

    Raises:
        LoginRefusedError: it is not right, or the login is too old.
        NotAllowedError: it is a program that asks, not a person in a browser.
        TooManyTriesError: too many wrong ones; the right one does not count either for a while.
    """
    if actor.via != "browser":
        raise NotAllowedError(
            "this needs a person who is logged in with a browser; a program's token is not enough"
        )
    bucket = attempts.login_bucket(actor.login_id)
    with database.writing() as db:
        user, login = db.get(User, actor.user_id), db.get(Login, actor.login_id)
        if user is None or login is None:
            raise LoginRefusedError("log in again")
        if login.via_oidc:
            if clock_of(db).now() - login.created_at > _FRESH:
                raise LoginRefusedError(
                    "your login is older than five minutes: log out and in again, then repeat this"
                )
            return
        attempts.count_try(db, bucket)
        kept = user.password_hash
    if not fits(kept, password):
        raise LoginRefusedError("the password is not right")
    with database.writing() as db:
        attempts.forget(db, bucket)


def renew(database: Database, user_id: str, kept: str, password: str) -> None:
    """Hash the password anew with today's parameters, unless it was changed meanwhile."""
    new = hash_password(password)
    with database.writing() as db:
        db.execute(
            update(User).where(User.id == user_id, User.password_hash == kept).values(password_hash=new)
        )


def _normal(password: str) -> str:
    # The same password typed on another keyboard may be other code points.
    return unicodedata.normalize("NFKC", password)


@cache
def _common() -> frozenset[str]:
    """The commonest long ones, without digits at their end; shorter ones are refused anyway."""
    return frozenset(Path(__file__).with_name("common_passwords.txt").read_text(encoding="ascii").split())


@cache
def _nobodys() -> str:
    return _hasher.hash(secrets.token_urlsafe())


@contextmanager
def _computes() -> Iterator[None]:
    if not _admitted.acquire(blocking=False):
        raise BusyError("too many logins at this moment; try again in some seconds")
    try:
        with _computing:
            yield
    finally:
        _admitted.release()
