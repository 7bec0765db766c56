"""Files by their content: the bytes lie beside the database under their hash, written whole or not at all.

A file is first written under a name of chance in `incoming`, brought to the disk, and only then renamed to
its place, so that whatever has a place is whole. The row in `files` comes after the bytes; bytes that never
got one are swept away by a command when they are older than a day.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from kinelab.clinic.store.database import Database, clock_of
from kinelab.clinic.store.tables import StoredFile
from kinelab.errors import FileFormatError, InputError, OutputError

FOLDER, INCOMING = "files", "incoming"
_AT_ONCE = 1 << 20
_DAY_S = 86400.0
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_UNITS = (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10))


class TooBigError(InputError):
    """More bytes than one file may have."""


@dataclass(frozen=True)
class Kept:
    """A file in its place: its hash, by which it is found, and its size."""

    sha256: str
    n_bytes: int


class Incoming:
    """A file on its way in; `path` is where its bytes lie until it is kept."""

    def __init__(self, path: Path, limit_bytes: int | None) -> None:
        self.path = path
        self.n_bytes = 0
        self._limit = limit_bytes
        self._hash = hashlib.sha256()
        self._file = path.open("xb")

    def write(self, chunk: bytes) -> None:
        """Append.

        Raises:
            TooBigError: more than was allowed.
            OutputError: the disk is full.
        """
        self.n_bytes += len(chunk)
        if self._limit is not None and self.n_bytes > self._limit:
            raise TooBigError(
                f"the file is larger than {said_bytes(self._limit)}, which is the most for one file"
            )
        with _told(self.path):
            self._file.write(chunk)
        self._hash.update(chunk)

    def flush(self) -> None:
        """Let others read at `path` what was written so far."""
        with _told(self.path):
            self._file.flush()

    def finish(self) -> Kept:
        """All of it on the disk, for good."""
        with _told(self.path):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        return Kept(self._hash.hexdigest(), self.n_bytes)

    def close(self) -> None:
        """Let go of the file; may be called twice."""
        # What could not be written before cannot be written now either; that was told already.
        with contextlib.suppress(OSError):
            self._file.close()


class FileStore:
    """The files of one data folder."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder) / FOLDER
        self._incoming = self.folder / INCOMING

    @contextlib.contextmanager
    def receiving(self, limit_bytes: int | None = None, free_bytes: int = 0) -> Iterator[Incoming]:
        """A file to be written; nothing of it stays behind unless it was kept when the block ends.

        `free_bytes` must stay free on the disk.

        Raises:
            OutputError: the folder cannot be written, or the disk is too full already.
        """
        with _told(self._incoming):
            self._incoming.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(self._incoming).free
        if free < free_bytes:
            raise OutputError(
                f"the disk is too full for another file: {said_bytes(free)} are free,"
                f" {said_bytes(free_bytes)} must stay free"
            )
        with _told(self._incoming):
            incoming = Incoming(self._incoming / f"{secrets.token_hex(16)}.part", limit_bytes)
        try:
            yield incoming
        finally:
            incoming.close()
            with contextlib.suppress(OSError):
                incoming.path.unlink(missing_ok=True)

    def keep(self, incoming: Incoming) -> Kept:
        """Put a received file in its place.

        Raises:
            OutputError: it cannot be written.
        """
        kept = incoming.finish()
        place = self._place(kept.sha256)
        with _told(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            incoming.path.chmod(0o440)
            # Also over the same bytes: their age counts anew, so that no sweep takes them.
            incoming.path.replace(place)
            _sync_folder(place.parent)
        return kept

    def put(self, path: str | Path) -> Kept:
        """A copy of a file that is ours.

        Raises:
            OutputError: it cannot be written.
        """
        with Path(path).open("rb") as source, self.receiving() as incoming:
            while chunk := source.read(_AT_ONCE):
                incoming.write(chunk)
            return self.keep(incoming)

    def has(self, sha256: str) -> bool:
        """Whether it is in its place."""
        return self._place(sha256).is_file()

    def path(self, sha256: str, name: str = "") -> Path:
        """Where a file lies; `name` is how messages call it.

        Raises:
            FileFormatError: it is not there.
        """
        place = self._place(sha256)
        if not place.is_file():
            raise FileFormatError(
                name or sha256, "is missing from the store's files; restore it from the backup"
            )
        return place

    def verify(self, sha256: str, name: str = "") -> Path:
        """The same, after its bytes were read and still have this hash.

        Raises:
            FileFormatError: it is not there, cannot be read, or was altered.
        """
        place = self.path(sha256, name)
        try:
            with place.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise FileFormatError(
                name or sha256, f"cannot be read from the store ({error.strerror})"
            ) from error
        if found != sha256:
            raise FileFormatError(
                name or sha256, "was altered or damaged in the store's files; restore it from the backup"
            )
        return place

    def all(self) -> Iterator[Path]:
        """Every file that has a place."""
        for folder in sorted(self.folder.glob("[0-9a-f][0-9a-f]")):
            yield from sorted(folder.iterdir())

    def left_over(self) -> Iterator[Path]:
        """Files on their way in, and those that a killed process left there."""
        yield from self._incoming.glob("*.part") if self._incoming.is_dir() else ()

    def _place(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256[2:]


def path_of(folder: str | Path, sha256: str, name: str = "") -> Path:
    """Where a file of a data folder lies; see `FileStore.path`."""
    return FileStore(folder).path(sha256, name)


def note(db: Session, kept: Kept, media_type: str) -> None:
    """The row of a kept file, in the transaction that names it; the same bytes have one row however often."""
    row = {
        "sha256": kept.sha256, "n_bytes": kept.n_bytes, "media_type": media_type, "created_at":
        clock_of(db).now()
    }  # fmt: skip
    dialect = sqlite if db.get_bind().dialect.name == "sqlite" else postgresql
    db.execute(dialect.insert(StoredFile).values(row).on_conflict_do_nothing(index_elements=["sha256"]))


@dataclass(frozen=True)
class Swept:
    """What a sweep took away."""

    n_files: int
    n_bytes: int


def sweep(database: Database, older_than_s: float = _DAY_S) -> Swept:
    """Take away files that no row names and that are older than `older_than_s`.

    A file that somebody keeps anew meanwhile stays: it is moved aside first and looked at then.
    """
    store, before = FileStore(database.folder), time.time() - older_than_s
    with database.reading() as db:
        named = set(db.scalars(select(StoredFile.sha256)))
    n_files, n_bytes = 0, 0
    for path in [*store.all(), *store.left_over()]:
        if path.parent.name + path.name in named or not _is_older(path, before):
            continue
        aside = path.with_name(f".{path.name}.swept")
        with contextlib.suppress(FileNotFoundError):
            path.replace(aside)
            if _is_older(aside, before):
                n_bytes += aside.stat().st_size
                n_files += 1
                aside.unlink()
            else:
                aside.replace(path)
    return Swept(n_files, n_bytes)


@dataclass(frozen=True)
class Checked:
    """What looking at every named file found: how many there are, and a sentence for each that is wrong."""

    n_files: int
    problems: tuple[str, ...]


def check_all(database: Database) -> Checked:
    """Read every file that a row names."""
    store = FileStore(database.folder)
    with database.reading() as db:
        named = list(db.scalars(select(StoredFile.sha256).order_by(StoredFile.sha256)))
    problems = []
    for sha256 in named:
        try:
            store.verify(sha256)
        except FileFormatError as error:
            problems.append(str(error))
    return Checked(len(named), tuple(problems))


def said_bytes(n_bytes: int) -> str:
    """A size for people: "4 GiB", "329 KiB", "700 bytes"."""
    for unit, size in _UNITS:
        if n_bytes >= size:
            return f"{n_bytes / size:.3g} {unit}"
    return f"{n_bytes} bytes"


def _is_older(path: Path, moment: float) -> bool:
    try:
        return path.stat().st_mtime < moment
    except FileNotFoundError:
        return False


def _sync_folder(folder: Path) -> None:
    """The new name itself on the disk: else a power cut could take it back."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = "the disk is full" if error.errno in _FULL else (error.strerror or str(error))
        raise OutputError(f"{path}: cannot be written, {why}; nothing was kept") from error
