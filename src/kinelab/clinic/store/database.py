"""The database behind one door: SQLite in the data folder, or PostgreSQL; the same code for both.

SQLite runs in WAL mode with full synchronisation, so that what was acknowledged outlives a killed process
and a power cut; writers take their lock at the start (BEGIN IMMEDIATE), so that two never find out at the
end that one of them has to give up.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, OperationalError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.orm.exc import StaleDataError

from kinelab.clinic.clock import Clock
from kinelab.clinic.keys import Keys
from kinelab.clinic.store.tables import AuditHead
from kinelab.errors import BusyError, ConflictError, InputError, MissingExtraError, OutputError

_WAIT_S = 15
FILE = "clinic.sqlite"
_WRITING = "writing"


class Database:
    """One store: its engine, its clock and its keys. `folder` is where files and keys lie."""

    def __init__(self, folder: str | Path, url: str | None = None, clock: Clock | None = None) -> None:
        """Open the store; `clinic.store.migrating.prepare` makes and renews its tables.

        Raises:
            InputError: the address of the database cannot be understood, or is of another kind.
            OutputError: the folder cannot be written.
        """
        self.folder = Path(folder)
        self.clock = clock or Clock()
        self.keys = Keys(self.folder)
        self.url = url or f"sqlite:///{self.folder / FILE}"
        self.engine = _engine(self.url)
        self._writer = threading.Lock()
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file in the data folder."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that changes nothing."""
        with _told(), self._sessions() as db:
            self._equip(db)
            yield db  # closed without a commit: what was read stays readable afterwards

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction: all of it is kept when the block ends, nothing of it when an error leaves it.

        Raises:
            BusyError: the database did not answer in time.
            ConflictError: another change came first.
            OutputError: the disk is full.
        """
        with _told(), self._turn(), self._sessions() as db:
            self._equip(db)
            if self.is_sqlite:
                db.connection(execution_options={_WRITING: True})
            yield db
            db.commit()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One writer of this process after the other: SQLite lets those who wait for its lock sleep and try
        again, and of many some never get it.
        """
        if not self.is_sqlite:
            yield
            return
        if not self._writer.acquire(timeout=_WAIT_S):
            raise BusyError("the database did not answer; nothing was changed (too many changes at once)")
        try:
            yield
        finally:
            self._writer.release()

    def wake(self) -> None:
        """Let the clock know what the store has seen, so that it does not go back after a restart."""
        with self.reading() as db:
            at = db.scalar(select(AuditHead.at))
        if at is not None:
            self.clock.catch_up(at)

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()

    def _equip(self, db: Session) -> None:
        db.info["clock"], db.info["keys"] = self.clock, self.keys


def clock_of(db: Session) -> Clock:
    """The clock of the store that this transaction belongs to."""
    clock: Clock = db.info["clock"]
    return clock


def keys_of(db: Session) -> Keys:
    """The keys of the store that this transaction belongs to."""
    keys: Keys = db.info["keys"]
    return keys


def _engine(url: str) -> Engine:
    try:
        made = make_url(url)
    except ArgumentError:
        raise InputError(f"--database {url!r}: expected sqlite:///FILE or postgresql+psycopg://...") from None
    if made.get_backend_name() == "sqlite":
        engine = create_engine(made, connect_args={"timeout": _WAIT_S}, pool_size=20, max_overflow=40)
        event.listen(engine, "connect", _sqlite_connected)
        event.listen(engine, "begin", _sqlite_begins)
        return engine
    if made.get_backend_name() != "postgresql" or made.get_driver_name() not in ("psycopg", ""):
        shown = made.render_as_string(hide_password=True)
        raise InputError(f"--database {shown}: expected sqlite:///FILE or postgresql+psycopg://...")
    try:
        return create_engine(
            made, pool_size=20, max_overflow=20, pool_pre_ping=True, pool_timeout=_WAIT_S,
            connect_args={"connect_timeout": _WAIT_S, "options": f"-c lock_timeout={_WAIT_S * 1000}"},
        )  # fmt: skip
    except ImportError:
        raise MissingExtraError("a store on PostgreSQL", "postgres") from None


def _sqlite_connected(connection: Any, _record: Any) -> None:
    # SQLAlchemy begins transactions, not the driver: it would begin late, and without the writer's lock.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={_WAIT_S * 1000}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begins(connection: Any) -> None:
    writes = connection.get_execution_options().get(_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _told() -> Iterator[None]:
    """What went wrong in the database, in our own words."""
    try:
        yield
    except StaleDataError:
        raise ConflictError("another change came first; look again, then repeat yours") from None
    except IntegrityError as error:
        raise ConflictError("this is there already, or rests on what is not there") from error
    except OperationalError as error:
        said = str(error.orig)
        if "full" in said or "No space" in said:
            raise OutputError(f"the database's disk is full; nothing was changed ({said})") from error
        if "readonly" in said:
            raise OutputError(f"the database may not be written ({said})") from error
        raise BusyError(f"the database did not answer; nothing was changed ({said})") from error


def answers(database: Database) -> bool:
    """Whether the database answers at all."""
    try:
        with database.reading() as db:
            return bool(db.scalar(text("SELECT 1")) == 1)
    except BusyError:
        return False
