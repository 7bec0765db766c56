"""Whose account a person of the clinic's own login system has here, and with which role."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kinelab.clinic.accounts import logins, users
from kinelab.clinic.actor import Role, command_actor
from kinelab.clinic.settings import Oidc
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.tables import User
from kinelab.errors import InputError, LoginRefusedError

_ACTOR = command_actor(name="login system")


def subject_of(settings: Oidc, sub: str) -> str:
    """How a person is written in `users.oidc_subject`: `sub` is unique for its issuer only."""
    said = f"{settings.issuer}#{sub}"
    return said if len(said) <= 255 else f"sha256#{hashlib.sha256(said.encode()).hexdigest()}"


def enter(database: Database, settings: Oidc, claims: dict[str, Any]) -> logins.LoggedIn:
    """Log in who the verified claims name; an account is made only if the settings allow it.

    The claim's role counts at every login, where the settings name one.

    Raises:
        LoginRefusedError: they have no account, a closed one, or no role.
        ConflictError: they are the last administrator and would be none any more.
    """
    subject, role = subject_of(settings, claims["sub"]), _role(settings, claims)
    with database.writing() as db:
        user = db.scalar(select(User).where(User.oidc_subject == subject))
        if user is None:
            if not settings.create_accounts:
                raise LoginRefusedError("this person has no account here; an administrator makes one")
            name = _free_name(db, str(claims.get(settings.name_claim, "")), subject)
            user = users.add(db, _ACTOR, name, role or settings.first_role, oidc_subject=subject)
        if user.disabled_at is not None:
            raise LoginRefusedError("the account is closed", user.id)
        if role is not None and role != user.role:
            user = users.change(db, _ACTOR, user.id, user.version, users.Change(role=role))
        return logins.begin(db, user, "login system", via_oidc=True)


def _role(settings: Oidc, claims: dict[str, Any]) -> Role | None:
    if not settings.role_claim:
        return None
    said = claims.get(settings.role_claim)
    held = said if isinstance(said, list) else [said]
    for word, role in settings.roles.items():
        if word in held:
            return role
    raise LoginRefusedError("the other system gives this person no role here")


def _free_name(db: Session, wanted: str, subject: str) -> str:
    """The claim's name where it is free; a name is never a reason to be taken for somebody."""
    mark = hashlib.sha256(subject.encode()).hexdigest()[:8]
    try:
        name = users.checked_name(wanted)
    except InputError:
        return f"person.{mark}"
    taken = db.scalar(select(User.id).where(User.name == name)) is not None
    return f"{name[:70]}.{mark}" if taken else name
