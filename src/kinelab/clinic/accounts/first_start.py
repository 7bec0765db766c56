"""The first administrator of a new store."""

from __future__ import annotations

from sqlalchemy import select

from kinelab.clinic.accounts import passwords, users
from kinelab.clinic.actor import command_actor
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.tables import User
from kinelab.errors import ConflictError

NAME = "administrator"
_ANY = select(User.id).where(User.role == "administrator").limit(1)


def first_administrator(database: Database, password: str | None = None) -> str | None:
    """Make the account `administrator` where no account has that role, with this password or a random one.

    Either is changed at the first login. Returns the random one, to be told once; None on every other start.

    Raises:
        InputError: the given password cannot be used.
    """
    with database.reading() as db:
        if db.scalar(_ANY) is not None:
            return None
    drawn = None if password else passwords.one_time()
    first = password or drawn or ""
    passwords.check_rules(first, NAME)
    kept = passwords.hash_password(first)
    try:
        with database.writing() as db:
            if db.scalar(_ANY) is not None:
                return None
            users.add(db, command_actor(name="first start"), NAME, "administrator", password_hash=kept)
    except ConflictError:  # another server made it at the same moment
        return None
    return drawn
