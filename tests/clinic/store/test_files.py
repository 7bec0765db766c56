"""Files by content: whole or not at all, found by their hash, told by name when they are gone."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kinelab.clinic.store.database import Database
from kinelab.clinic.store.files import FileStore, TooBigError, check_all, note, path_of, said_bytes, sweep
from kinelab.clinic.store.tables import StoredFile
from kinelab.errors import FileFormatError, OutputError

_DATA = b"knee " * 1000


def _kept(store: FileStore, data: bytes = _DATA) -> str:
    with store.receiving() as incoming:
        incoming.write(data[:100])
        incoming.write(data[100:])
        return store.keep(incoming).sha256


def test_a_file_lies_under_its_hash_and_cannot_be_written(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    sha256 = _kept(store)
    assert sha256 == hashlib.sha256(_DATA).hexdigest()
    path = path_of(tmp_path, sha256)
    assert path == tmp_path / "files" / sha256[:2] / sha256[2:]
    assert path.read_bytes() == _DATA
    assert path.stat().st_mode & 0o777 == 0o440
    assert list(store.left_over()) == []


def test_the_same_bytes_are_one_file(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    assert _kept(store) == _kept(store)
    assert len(list(store.all())) == 1


def test_nothing_stays_of_what_was_not_kept(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    with store.receiving() as incoming:
        incoming.write(_DATA)
        assert len(list(store.left_over())) == 1
    assert list(store.left_over()) == [] == list(store.all())


def test_more_bytes_than_allowed_are_refused_as_they_come(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    with store.receiving(limit_bytes=1000) as incoming:
        incoming.write(b"x" * 1000)
        with pytest.raises(TooBigError, match="larger than 1000 bytes"):
            incoming.write(b"x")
    assert list(store.left_over()) == []


def test_a_disk_that_is_nearly_full_takes_no_more(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="too full for another file"):
        FileStore(tmp_path).receiving(free_bytes=1 << 60).__enter__()


def test_a_disk_that_is_full_leaves_nothing_half_written(tmp_path: Path) -> None:
    """A limit of the operating system on the size of files stands for the full disk."""
    program = f"""
import resource
from kinelab.clinic.store.files import FileStore
from kinelab.errors import OutputError
store = FileStore({str(tmp_path)!r})
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    with store.receiving() as incoming:
        for _ in range(30):
            incoming.write(b"x" * 10_000)
        store.keep(incoming)
except OutputError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "the disk is full; nothing was kept" in done.stdout
    store = FileStore(tmp_path)
    assert list(store.left_over()) == [] == list(store.all())


def test_a_missing_file_is_told_by_its_name(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    sha256 = _kept(store)
    store.path(sha256).unlink()
    with pytest.raises(FileFormatError, match=r"walk\.mp4: is missing from the store"):
        store.path(sha256, "walk.mp4")


def test_an_altered_file_is_told_by_its_name(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    sha256 = _kept(store)
    path = store.verify(sha256)
    path.chmod(0o600)
    path.write_bytes(_DATA.replace(b"knee", b"hips", 1))
    with pytest.raises(FileFormatError, match=r"walk\.mp4: was altered or damaged"):
        store.verify(sha256, "walk.mp4")


def test_every_named_file_is_checked(database: Database) -> None:
    store = FileStore(database.folder)
    good, bad = _kept(store), _kept(store, b"ankle")
    with database.writing() as db:
        for sha256 in (good, bad, good):
            note(db, store.put(store.path(sha256)), "text/plain")
    store.path(bad).unlink()
    checked = check_all(database)
    assert checked.n_files == 2
    assert len(checked.problems) == 1
    assert bad in checked.problems[0]


def test_one_row_for_the_same_bytes(database: Database) -> None:
    store = FileStore(database.folder)
    for media_type in ("text/plain", "video/mp4"):
        with store.receiving() as incoming:
            incoming.write(_DATA)
            kept = store.keep(incoming)
        with database.writing() as db:
            note(db, kept, media_type)
    with database.reading() as db:
        row = db.get_one(StoredFile, kept.sha256)
    assert (row.n_bytes, row.media_type) == (len(_DATA), "text/plain")


def test_the_sweep_takes_what_is_old_and_named_by_nothing(database: Database) -> None:
    store = FileStore(database.folder)
    named, old, young = _kept(store), _kept(store, b"old"), _kept(store, b"young")
    with database.writing() as db:
        note(db, store.put(store.path(named)), "text/plain")
    left = store.folder / "incoming" / "0123.part"
    left.write_bytes(b"of a killed server")
    long_ago = time.time() - 2 * 86400
    for path in (store.path(named), store.path(old), left):
        os.utime(path, (long_ago, long_ago))
    swept = sweep(database)
    assert (swept.n_files, swept.n_bytes) == (2, len(b"old") + len(b"of a killed server"))
    assert store.has(named)
    assert store.has(young)
    assert not store.has(old)
    assert list(store.left_over()) == []


def test_bytes_that_come_anew_are_young_again(database: Database) -> None:
    store = FileStore(database.folder)
    sha256 = _kept(store)
    os.utime(store.path(sha256), (0, 0))
    assert _kept(store) == sha256
    assert sweep(database).n_files == 0
    assert store.has(sha256)


@pytest.mark.parametrize(
    ("n_bytes", "said"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (2048, "2 KiB"), (3 << 20, "3 MiB"), (4 << 30, "4 GiB")],
)
def test_sizes_for_people(n_bytes: int, said: str) -> None:
    assert said_bytes(n_bytes) == said
