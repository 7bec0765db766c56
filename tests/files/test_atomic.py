from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from kinelab.errors import OutputError
from kinelab.files.atomic import atomic_path, sha256_of, write_text


def test_there_only_at_the_end(tmp_path):
    path = tmp_path / "new folder" / "result.nc"
    with atomic_path(path) as temporary:
        assert temporary.parent == path.parent
        assert temporary.suffix == ".nc"
        temporary.write_text("whole")
        assert not path.exists()
    assert path.read_text() == "whole"
    assert [file.name for file in path.parent.iterdir()] == ["result.nc"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_error_leaves_what_was_there(tmp_path, error):
    path = tmp_path / "result.txt"
    path.write_text("old")

    def write_half(temporary):
        temporary.write_text("half")
        raise error

    with pytest.raises(error), atomic_path(path) as temporary:
        write_half(temporary)
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["result.txt"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_disk_full(tmp_path):
    (tmp_path / f".result.{os.getpid()}.part.txt").symlink_to("/dev/full")
    with pytest.raises(OutputError, match=r"result\.txt: the disk is full; free some space and run the same"):
        write_text(tmp_path / "result.txt", "words " * 10_000)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("code", ["EACCES", "EROFS", "EPERM"])
def test_no_permission(tmp_path, code):
    with (
        pytest.raises(OutputError, match="no permission to write there; choose another folder with --out"),
        atomic_path(tmp_path / "result.txt"),
    ):
        raise OSError(getattr(errno, code), "as the system says it")


def test_a_file_in_the_way_of_the_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"cannot write .*file.result\.txt"):
        write_text(tmp_path / "file" / "result.txt", "x")


def test_an_output_error_keeps_its_words(tmp_path):
    with pytest.raises(OutputError, match=r"^in other words$"), atomic_path(tmp_path / "a.txt"):
        raise OutputError("in other words")


def test_text_is_utf8(tmp_path):
    write_text(tmp_path / "a.txt", "36° ± 2")
    assert (tmp_path / "a.txt").read_bytes() == "36° ± 2".encode()


def test_sha256(tmp_path):
    data = bytes(range(256)) * 5000
    (tmp_path / "a").write_bytes(data)
    assert sha256_of(tmp_path / "a") == hashlib.sha256(data).hexdigest()
