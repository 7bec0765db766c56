"""The table of a batch: what it says of which recordings, and every fault with its row."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinelab.errors import FileFormatError, InputError
from kinelab.pipeline.batch.recording import Recording
from kinelab.pipeline.batch.table import read_table, row_of_settings, told


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("P01/walk.c3d", "P01/walk.mp4", "P02/walk.c3d", "P02/static.c3d", "P02/odd.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def recordings(root: Path) -> list[Recording]:
    doors = {
        "P01/walk.c3d": "gait",
        "P01/walk.mp4": "analyze",
        "P02/static.c3d": "gait",
        "P02/walk.c3d": "gait",
    }
    return [Recording(name.replace("/", "__"), root / name, door) for name, door in doors.items()]


def rows(root: Path, text: str) -> list[Recording]:
    (root / "table.csv").write_text(text, encoding="utf-8-sig")
    return told(recordings(root), read_table(root / "table.csv"), root)


def test_patterns_first_then_names_and_the_later_counts(root: Path) -> None:
    found = rows(
        root,
        "recording;door;subject;height_m;person;vertical;annotate;birth_year;landmarks\n"
        "P01/walk.c3d;;;1.8;;+y;;;P02/odd.csv\n"
        "*;;;;2;+z;no;;\n"
        "P01/*;;anna;1.72;;;;1980;\n"
        ";;;;;;;;\n"
        "P02/walk.c3d;ik;ben;;;;;;\n"
        "*static*;skip;;;;;;;\n"
        "P02/odd.csv;;;;;;;;\n",
    )
    assert [(one.path.name, one.door, one.subject, one.options) for one in found] == [
        (
            "walk.c3d", "gait", {"id": "anna", "height_m": 1.8, "birth_year": 1980},
            {"vertical": "+y", "landmarks": str(root / "P02" / "odd.csv")},
        ),
        (
            "walk.mp4", "analyze", {"id": "anna", "height_m": 1.72, "birth_year": 1980},
            {"person": 2, "annotate": False},
        ),
        ("odd.csv", "sensors", {}, {}),
        ("walk.c3d", "ik", {"id": "ben"}, {"vertical": "+z"}),
    ]  # fmt: skip


def test_settings_of_the_command(root: Path) -> None:
    (root / "pose.onnx").touch()
    files = row_of_settings(["pose=pose.onnx", "detector=yolox-tiny"], root)
    assert files.options == {"pose": str(root / "pose.onnx"), "detector": "yolox-tiny"}
    row = row_of_settings(["cutoff_hz=4.5", "gait=no", "sex=female"], root)
    (first, second, *_) = told(recordings(root), [row], root)
    assert (first.options, first.subject) == ({}, {"sex": "female"})
    assert second.options == {"cutoff_hz": 4.5, "gait": False}
    with pytest.raises(InputError, match=r"--set heigth_m=1: expected NAME=VALUE with a NAME of door"):
        row_of_settings(["heigth_m=1"], root)
    with pytest.raises(InputError, match=r"--set: cutoff_hz is '4,5', expected a number with a decimal"):
        row_of_settings(["cutoff_hz=4,5"], root)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("recording,heigth_m\n", r"row 1: has a column 'heigth_m'; did you mean height_m\? \(known: rec"),
        ("door\n", "row 1: has no column 'recording'"),
        ("recording,door\n,ik\n", "row 2: the column 'recording' is empty"),
        ("recording,door\nP01/walk.c3d,walk\n", "row 2: door is 'walk', expected one of analyze, monocular"),
        ("recording,door\nP01/walk.c3d,ik,more\n", "row 2: has more cells than there are columns"),
        ("recording,height_m\n\nP01/walk.c3d,tall\n", "row 3: height_m is 'tall', expected a number"),
        ("recording,quick\nP01/walk.c3d,maybe\n", "row 2: quick is 'maybe', expected yes or no"),
        ("recording,landmarks\nP01/walk.c3d,no.trc\n", "row 2: landmarks: no such file .*no.trc; paths are"),
        ("recording\nP01/wlak.c3d\n", r"row 2: no recording P01/wlak\.c3d; did you mean P01/walk\.c3d\?"),
        ("recording\n../outside.c3d\n", r"row 2: no recording \.\./outside\.c3d"),
        ("recording,sex\nP9/*,male\n", r"row 2: no recording fits 'P9/\*'"),
        (
            "recording,pose\nP01/walk.c3d,x\n",
            r"row 2: P01/walk\.c3d goes the way 'gait', which has no pose; it is of analyze, monocular",
        ),
    ],
)  # fmt: skip
def test_faults(root: Path, text: str, said: str) -> None:
    (root.parent / "outside.c3d").write_bytes(b"x")
    with pytest.raises(InputError, match=said):
        rows(root, text)


def test_no_table(root: Path) -> None:
    with pytest.raises(FileFormatError, match="no such file; check the spelling"):
        read_table(root / "none.csv")
    (root / "table.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileFormatError, match="is not text in UTF-8"):
        read_table(root / "table.csv")
