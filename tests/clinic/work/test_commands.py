"""`kinelab clinic work` and `kinelab clinic files`, as a server's own shell calls them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kinelab.cli import main
from kinelab.clinic.opening import open_house
from kinelab.clinic.store.files import FileStore, note
from kinelab.errors import EXIT_CODE


@pytest.fixture
def sha256(tmp_path: Path) -> str:
    """A file of a store in SQLite."""
    database = open_house(tmp_path).database
    store = FileStore(tmp_path)
    with store.receiving() as incoming:
        incoming.write(b"knee")
        kept = store.keep(incoming)
    with database.writing() as db:
        note(db, kept, "text/plain")
    database.close()
    return kept.sha256


def test_a_worker_that_finds_nothing_to_do_ends(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clinic", "work", "--data", str(tmp_path), "--once"]) == 0
    assert capsys.readouterr().out == "0 jobs taken\n"
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_supervised_worker_ends_with_its_server(tmp_path: Path) -> None:
    command = "import sys; from kinelab.cli import main; sys.exit(main())"
    worker = subprocess.Popen(
        [sys.executable, "-c", command, "clinic", "work", "--data", str(tmp_path), "--supervised"],
        stdin=subprocess.PIPE,
    )
    assert worker.stdin is not None
    worker.stdin.close()
    assert worker.wait(120) == 0


def test_whole_files_and_missing_ones(
    tmp_path: Path, sha256: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["clinic", "files", "verify", "--data", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "1 files, 0 missing or altered\n"
    FileStore(tmp_path).path(sha256).unlink()
    assert main(["clinic", "files", "verify", "--data", str(tmp_path)]) == EXIT_CODE
    assert capsys.readouterr().out.splitlines()[0].startswith(f"{sha256}: is missing")


def test_the_sweep(tmp_path: Path, sha256: str, capsys: pytest.CaptureFixture[str]) -> None:
    store = FileStore(tmp_path)
    with store.receiving() as incoming:
        incoming.write(b"nobody's")
        nobodys = store.keep(incoming).sha256
    two_hours_ago = time.time() - 7200
    os.utime(store.path(nobodys), (two_hours_ago, two_hours_ago))
    assert main(["clinic", "files", "sweep", "--data", str(tmp_path)]) == 0
    assert main(["clinic", "files", "sweep", "--data", str(tmp_path), "--older-than-h", "1"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "0 files that nothing names were removed, 0 bytes",
        "1 files that nothing names were removed, 8 bytes",
    ]
    assert store.has(sha256)


def test_hours_that_are_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clinic", "files", "sweep", "--data", str(tmp_path), "--older-than-h", "-1"]) == EXIT_CODE
    assert "--older-than-h -1.0: expected 0 or more hours" in capsys.readouterr().err
