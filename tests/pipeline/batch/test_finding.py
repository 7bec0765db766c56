"""Which recordings a folder holds, and what they are called."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from kinelab.core.subject import Subject
from kinelab.errors import InputError
from kinelab.files.c3d_writer import write_c3d
from kinelab.files.session import Session, SessionFile, write_session
from kinelab.pipeline.batch.finding import find_recordings
from kinelab.pipeline.batch.recording import Recording, check_names, name_below


def touched(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def test_each_recording_goes_its_way(walker: ModuleType, tmp_path: Path) -> None:
    day = tmp_path / "P01" / "day1"
    touched(
        day / "walk.MP4", day / "notes.txt", day / ".hidden" / "walk.mp4", day / "._walk.mp4",
        tmp_path / "results" / "x.c3d", day / "done" / "run.json", day / "done" / "measures.nc",
        day / "done" / "annotated.mp4", day / "done" / "kinematics.nc",
        tmp_path / "ik" / "run.json", tmp_path / "ik" / "kinematics.nc", tmp_path / "ik" / "kinematics.mot",
    )  # fmt: skip
    write_c3d(walker.marker_walk().markers, day / "walk.c3d")
    found = find_recordings(tmp_path, leave_out=tmp_path / "results")
    assert [(one.name, one.door, one.path.relative_to(tmp_path).as_posix()) for one in found] == [
        ("P01__day1__walk.MP4", "analyze", "P01/day1/walk.MP4"),
        ("P01__day1__walk.c3d", "gait", "P01/day1/walk.c3d"),
        ("ik__kinematics.nc", "gait", "ik/kinematics.nc"),
    ]
    (alone,) = find_recordings(day / "walk.c3d")
    assert (alone.name, alone.door) == ("walk.c3d", "gait")


def test_a_session_folder_tells_its_recordings(tmp_path: Path) -> None:
    home = tmp_path / "V1"
    touched(*(home / name for name in ("a.mp4", "markers.trc", "static.trc", "truth/kinematics.nc")))
    touched(home / "imu" / "pelvis.csv", home / "imu" / "shank_l.csv")
    files = (
        SessionFile("a.mp4", "video"), SessionFile("markers.trc", "markers"),
        SessionFile("static.trc", "static"), SessionFile("imu/pelvis.csv", "imu"),
        SessionFile("imu/shank_l.csv", "imu"), SessionFile("truth/kinematics.nc", "truth"),
    )  # fmt: skip
    write_session(Session(Subject("V1"), files), home)
    found = find_recordings(tmp_path)
    assert [(one.name, one.door) for one in found] == [
        ("V1__a.mp4", "analyze"), ("V1__imu", "sensors"), ("V1__markers.trc", "gait")
    ]  # fmt: skip
    (home / "session.json").write_text('{"format": "kinelab session 1"}')
    (faulty,) = find_recordings(tmp_path)
    assert faulty.name == "V1__session.json"
    assert "session.json" in faulty.fault


def test_names_are_short_enough_for_a_folder_and_differ(tmp_path: Path) -> None:
    names = {name_below(tmp_path / ("very" * 60) / f"{letter}.c3d", tmp_path) for letter in "ab"}
    assert len(names) == 2
    assert {len(name) for name in names} == {189}
    twice = [Recording("a__b.c3d", Path("a__b.c3d"), "gait"), Recording("a__b.c3d", Path("a/b.c3d"), "gait")]
    with pytest.raises(InputError, match=r"a__b\.c3d and a/b\.c3d would both get the folder a__b\.c3d"):
        check_names(twice)


def test_nothing_to_do_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or folder; check the spelling"):
        find_recordings(tmp_path / "none")
    touched(tmp_path / "notes.txt")
    with pytest.raises(InputError, match="holds no recording"):
        find_recordings(tmp_path)
