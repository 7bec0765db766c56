"""Accounts made, changed, closed and given a new password, by an administrator or on the server's own shell.

Accounts are never deleted: signatures and the audit name them. The last administrator can be neither closed
nor given another role.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from kinelab.clinic import audit
from kinelab.clinic.accounts import attempts, logins, passwords, totp
from kinelab.clinic.actor import ROLES, Actor, Role
from kinelab.clinic.permissions import require
from kinelab.clinic.store.database import Database, clock_of
from kinelab.clinic.store.tables import User
from kinelab.errors import ConflictError, InputError, LoginRefusedError, NotFoundError

_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,79}")
_LONGEST_NAME = 120


@dataclass(frozen=True)
class Created:
    """A new account, and the password for its first login ("" where the clinic's own system knows it)."""

    user: User
    one_time_password: str


@dataclass(frozen=True)
class Change:
    """What is to become of an account; None leaves it as it is. `oidc_subject` "" takes the link away."""

    role: Role | None = None
    full_name: str | None = None
    disabled: bool | None = None
    oidc_subject: str | None = None


def create(
    db: Session, actor: Actor, name: str, role: str, full_name: str = "", oidc_subject: str = ""
) -> Created:
    """Make an account. With a password for its first login, unless the clinic's own login system knows it.

    Raises:
        NotAllowedError: the actor does not look after accounts.
        InputError: the name or the role cannot be used.
        ConflictError: the name, or the person of the other system, has an account already.
    """
    require(actor, "accounts")
    if oidc_subject:
        return Created(add(db, actor, name, role, full_name=full_name, oidc_subject=oidc_subject), "")
    password = passwords.one_time()
    kept = passwords.hash_password(password)
    return Created(add(db, actor, name, role, full_name=full_name, password_hash=kept), password)


def add(
    db: Session, actor: Actor, name: str, role: str, *,
    full_name: str = "", password_hash: str = "", oidc_subject: str = "",
) -> User:  # fmt: skip
    """The account's row, noted in the audit. Asks for no permission: first start and OIDC have decided.

    Raises as `create`.
    """
    name = checked_name(name)
    if db.scalar(select(User.id).where(User.name == name)) is not None:
        raise ConflictError(f"there is an account {name!r} already")
    user = User(
        name=name, full_name=_one_line(full_name), role=_checked_role(role), password_hash=password_hash,
        must_change_password=bool(password_hash), oidc_subject=_free_subject(db, oidc_subject),
        created_at=clock_of(db).now(),
    )  # fmt: skip
    db.add(user)
    db.flush()
    audit.record(db, actor, "create", "user", user.id, detail={"role": user.role})
    return user


def list_users(db: Session, actor: Actor) -> list[User]:
    """All accounts by name, closed ones too."""
    require(actor, "accounts")
    return list(db.scalars(select(User).order_by(User.name)))


def get(db: Session, actor: Actor, user_id: str) -> User:
    """One account.

    Raises:
        NotAllowedError: the actor does not look after accounts.
        NotFoundError: no such account.
    """
    require(actor, "accounts")
    return _found(db, user_id)


def by_name(db: Session, actor: Actor, name: str) -> User:
    """The account of this name. Raises as `get`."""
    require(actor, "accounts")
    user = db.scalar(select(User).where(User.name == name.strip().casefold()))
    if user is None:
        raise NotFoundError(f"no account {name!r}; `kinelab clinic users list` shows all")
    return user


def change(db: Session, actor: Actor, user_id: str, version: int, what: Change) -> User:
    """Change an account that was seen at `version`. Another role, or closing it, ends its logins and tokens.

    Raises:
        NotAllowedError, NotFoundError: as `get`.
        ConflictError: it was changed meanwhile; it is the last administrator; the person is taken.
        InputError: the role or the name cannot be used.
    """
    require(actor, "accounts")
    user = _found(db, user_id, version)
    told: dict[str, object] = {}
    ends = False
    if what.full_name is not None and _one_line(what.full_name) != user.full_name:
        user.full_name = _one_line(what.full_name)
        told["full_name"] = "changed"
    if what.role is not None and what.role != user.role:
        _keep_an_administrator(db, user)
        told["role"] = [user.role, what.role]
        user.role, ends = _checked_role(what.role), True
    if what.disabled is not None and what.disabled != (user.disabled_at is not None):
        if what.disabled:
            _keep_an_administrator(db, user)
        user.disabled_at = clock_of(db).now() if what.disabled else None
        told["disabled"], ends = what.disabled, True
    if what.oidc_subject is not None and what.oidc_subject != (user.oidc_subject or ""):
        user.oidc_subject = _free_subject(db, what.oidc_subject)
        told["oidc_subject"], ends = "changed", True
    if told:
        if ends:
            logins.end_all(db, user.id)
        db.flush()
        audit.record(db, actor, "change", "user", user.id, detail=told)
    return user


def reset_password(
    db: Session, actor: Actor, user_id: str, version: int, *, without_codes: bool = False
) -> str:
    """A new password for the next login, which must change it; all logins end and waits are over.

    `without_codes` also switches one-time codes off, for a lost telephone.

    Raises:
        NotAllowedError, NotFoundError: as `get`.
        ConflictError: the account was changed meanwhile.
    """
    require(actor, "accounts")
    user = _found(db, user_id, version)
    password = passwords.one_time()
    user.password_hash, user.must_change_password = passwords.hash_password(password), True
    if without_codes and user.totp_secret:
        totp.switch_off(db, actor, user.id)
    logins.end_all(db, user.id)
    attempts.forget(db, attempts.account_bucket(user.id))
    db.flush()
    audit.record(db, actor, "change", "user", user.id, detail={"what": "password reset"})
    return password


def unlock(db: Session, actor: Actor, user_id: str) -> None:
    """End the wait after too many failed logins."""
    require(actor, "accounts")
    user = _found(db, user_id)
    attempts.forget(db, attempts.account_bucket(user.id))
    audit.record(db, actor, "unlock", "user", user.id)


def change_own_password(database: Database, actor: Actor, old: str, new: str) -> logins.LoggedIn:
    """Another password for one's own account. Its logins and tokens end; a new login takes this one's place.

    Raises:
        LoginRefusedError: the old password is not right, or the account has none here.
        TooManyTriesError: too many wrong ones.
        InputError: the new one cannot be used.
    """
    with database.reading() as db:
        user = _found(db, actor.user_id)
    if not user.password_hash:
        raise LoginRefusedError(
            "this account has no password here; it logs in through the clinic's own system"
        )
    passwords.check_again(database, actor, old)
    passwords.check_rules(new, user.name, user.full_name)
    if passwords.fits(user.password_hash, new):
        raise InputError("the new password is the old one; take another one")
    kept = passwords.hash_password(new)
    with database.writing() as db:
        user = _found(db, actor.user_id)
        user.password_hash, user.must_change_password = kept, False
        logins.end_all(db, user.id)
        db.flush()
        audit.record(db, actor, "change", "user", user.id, detail={"what": "own password"})
        return logins.begin(db, user, "password change")


def checked_name(name: str) -> str:
    """A login name as it is kept.

    Raises:
        InputError: it holds what no name may hold.
    """
    name = name.strip().casefold()
    if not _NAME.fullmatch(name):
        raise InputError(
            f"the name {name[:80]!r} cannot be used; allowed are 2 to 80 of a-z, 0-9 and . _ @ + -,"
            " a letter or digit first"
        )
    return name


def _checked_role(role: str) -> Role:
    if role not in ROLES:
        raise InputError(f"there is no role {role[:40]!r}; there are: {', '.join(ROLES)}")
    return role


def _one_line(text: str) -> str:
    text = text.strip()
    if len(text) > _LONGEST_NAME or not text.isprintable():
        raise InputError(f"a name has at most {_LONGEST_NAME} characters in one line")
    return text


def _free_subject(db: Session, subject: str) -> str | None:
    if not subject:
        return None
    if len(subject) > 255 or not subject.isprintable():
        raise InputError("the other system's name of a person has at most 255 characters in one line")
    if db.scalar(select(User.id).where(User.oidc_subject == subject)) is not None:
        raise ConflictError("this person of the clinic's own system has an account already")
    return subject


def _found(db: Session, user_id: str, version: int | None = None) -> User:
    user = db.get(User, user_id)
    if user is None:
        raise NotFoundError("no such account")
    if version is not None and version != user.version:
        raise ConflictError("the account was changed meanwhile; look again, then repeat yours")
    return user


def _keep_an_administrator(db: Session, user: User) -> None:
    """Held for this transaction: two administrators who close each other are told in turn."""
    if user.role != "administrator":
        return
    open_ones = (
        select(User.id).where(User.role == "administrator", User.disabled_at.is_(None)).order_by(User.id)
    )
    if set(db.scalars(open_ones.with_for_update())) <= {user.id}:
        raise ConflictError("this is the last administrator; make another one first")
