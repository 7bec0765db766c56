"""Session folders: written and read back, confined, and found from a recording inside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kinelab.core.subject import Subject
from kinelab.errors import FileFormatError
from kinelab.files.session import (
    SESSION_FILE,
    Session,
    SessionFile,
    read_session,
    session_with,
    write_session,
)

VIDEO = SessionFile("video/sagittal.mp4", "video", "sagittal")
SESSION = Session(
    Subject("P001", height_m=1.7, sex="female"),
    (VIDEO, SessionFile("markers.trc", "markers")),
    synthetic=True,
    labels={"skin_tone": 7, "clothing": "loose", "speed_mps": 1.25, "glasses": False},
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_session(SESSION, tmp_path)
    assert read_session(tmp_path) == SESSION
    assert read_session(tmp_path).paths("video") == ("video/sagittal.mp4",)


def test_a_recording_finds_its_session(tmp_path: Path) -> None:
    write_session(SESSION, tmp_path)
    (tmp_path / "video").mkdir()
    found = session_with(tmp_path / VIDEO.path)
    assert found == SESSION
    assert session_with(tmp_path / "stranger.mp4") is None
    assert session_with(tmp_path.parent / "elsewhere.mp4") is None


def test_the_file_of_another_program_is_no_session(tmp_path: Path) -> None:
    (tmp_path / SESSION_FILE).write_text('{"tabs": []}')
    assert session_with(tmp_path / "a.mp4") is None
    (tmp_path / SESSION_FILE).write_text("not json")
    assert session_with(tmp_path / "a.mp4") is None


@pytest.mark.parametrize("path", ["/etc/passwd", "../a.mp4", "a/../../b", "C:/a.mp4", "a\\b", ""])
def test_a_path_stays_inside(tmp_path: Path, path: str) -> None:
    held = json.loads(write_session(SESSION, tmp_path).read_text())
    held["files"][0]["path"] = path
    (tmp_path / SESSION_FILE).write_text(json.dumps(held))
    with pytest.raises(
        FileFormatError, match=r"session\.json: files\.0: .*leads out of the session's folder"
    ):
        read_session(tmp_path)


def test_faults_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match=r"no such file; a session folder has a session\.json"):
        read_session(tmp_path)
    held = json.loads(write_session(SESSION, tmp_path).read_text())
    held["subject"]["height_m"] = 172
    held["files"][1]["role"] = "music"
    (tmp_path / SESSION_FILE).write_text(json.dumps(held))
    with pytest.raises(FileFormatError, match=r"files\.1\.role: Input should be 'video'.*") as caught:
        read_session(tmp_path)
    assert "give metres, not centimetres" in str(caught.value)
    (tmp_path / SESSION_FILE).write_text("{")
    with pytest.raises(FileFormatError, match="Invalid JSON"):
        read_session(tmp_path)
