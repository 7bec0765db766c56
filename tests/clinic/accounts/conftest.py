"""Accounts whose passwords are hashed cheaply, and a clock that tests set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher

from kinelab.clinic.accounts import passwords
from kinelab.clinic.actor import Actor, Role
from kinelab.clinic.clock import Clock
from kinelab.clinic.store.database import Database, clock_of
from kinelab.clinic.store.tables import User

PASSWORD = "four quiet grey geese"
Later = Callable[..., None]


class CountingHasher(PasswordHasher):
    """Cheap, and counts how often it computes."""

    n_computed = 0

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        self.n_computed += 1
        return super().hash(password, salt=salt)

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:
        self.n_computed += 1
        return super().verify(hash, password)


@pytest.fixture(autouse=True)
def hasher(monkeypatch: pytest.MonkeyPatch) -> Iterator[CountingHasher]:
    """Instead of the real one, which is slow on purpose."""
    cheap = CountingHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", cheap)
    passwords._nobodys.cache_clear()
    passwords._nobodys()
    cheap.n_computed = 0
    yield cheap
    passwords._nobodys.cache_clear()


@pytest.fixture
def later(database: Database) -> Later:
    """`later(minutes=5)`: the store's clock goes on so far."""
    ahead = timedelta(0)

    def set_ahead(**by: float) -> None:
        nonlocal ahead
        ahead += timedelta(**by)

    database.clock = Clock(lambda: datetime.now(UTC) + ahead, lambda: 0.0)
    return set_ahead


@pytest.fixture
def dr_lee(database: Database) -> Actor:
    """A clinician with a password."""
    return account(database, "dr.lee", "clinician")


@pytest.fixture
def boss(database: Database) -> Actor:
    """An administrator with a password."""
    return account(database, "boss", "administrator")


def account(database: Database, name: str, role: Role, password: str = PASSWORD) -> Actor:
    """An account with a password."""
    with database.writing() as db:
        user = User(
            name=name,
            role=role,
            password_hash=passwords.hash_password(password),
            created_at=clock_of(db).now(),
        )
        db.add(user)
        db.flush()
        return Actor(user.id, user.name, role)
