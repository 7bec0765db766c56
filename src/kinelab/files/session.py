"""A session folder: recordings of one person on one occasion, and session.json that says what is what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

from kinelab.core.checks import Problems
from kinelab.core.subject import Subject
from kinelab.errors import FileFormatError
from kinelab.files.json_nouns import read_noun, write_noun

SESSION_FILE = "session.json"
Format = Literal["kinelab session 1"]
FORMAT: Format = "kinelab session 1"
Role = Literal["video", "markers", "static", "imu", "calibration", "labels", "truth", "picture"]
Label = str | bool | int | float
_LEVELS = 3  # how far above a recording its session.json may lie


@dataclass(frozen=True)
class SessionFile:
    """One file: path from the session's folder, what it is, and which camera or sensor made it."""

    path: str
    role: Role
    source: str = ""

    def __post_init__(self) -> None:
        path = PurePosixPath(self.path)
        with Problems("SessionFile") as problems:
            outside = path.is_absolute() or ".." in path.parts or "\\" in self.path or ":" in self.path
            problems.add_if(not self.path or outside, f"path {self.path!r} leads out of the session's folder")


@dataclass(frozen=True)
class Session:
    """What session.json holds. synthetic: nobody was recorded, a computer made it; every result says so.

    labels are plain facts about person and task (skin tone, clothing, speed ...), for grouping results.
    """

    subject: Subject
    files: tuple[SessionFile, ...]
    synthetic: bool = False
    note: str = ""
    labels: Mapping[str, Label] = field(default_factory=dict)
    format: Format = FORMAT

    def __post_init__(self) -> None:
        with Problems("Session") as problems:
            problems.unique("files", [file.path for file in self.files])

    def paths(self, role: Role) -> tuple[str, ...]:
        """Paths of the files of one role, in the file's order."""
        return tuple(file.path for file in self.files if file.role == role)


def write_session(session: Session, folder: str | Path) -> Path:
    """Write session.json into the folder, whole or not at all.

    Raises:
        OutputError: the folder cannot be written.
    """
    return write_noun(session, Path(folder) / SESSION_FILE)


def read_session(folder: str | Path) -> Session:
    """The session of a folder.

    Raises:
        FileFormatError: no session.json, not JSON, or not what a session holds; each fault is named.
    """
    path = Path(folder) / SESSION_FILE
    if not path.is_file():
        raise FileFormatError(path, f"no such file; a session folder has a {SESSION_FILE}")
    return read_noun(Session, path)


def session_with(recording: str | Path) -> Session | None:
    """The session that lists this recording, or None: most recordings lie in no session folder.

    A session.json of another program, and one that does not list the file, count as none.
    """
    recording = Path(recording).absolute()
    for folder in list(recording.parents)[:_LEVELS]:
        if is_session_file(folder / SESSION_FILE):
            session = read_session(folder)
            inside = recording.relative_to(folder).as_posix()
            return session if inside in {file.path for file in session.files} else None
    return None


def is_session_file(path: Path) -> bool:
    """Whether a file is a session.json of kinelab, whole or damaged; not one of another program."""
    if not path.is_file():
        return False
    try:
        held = json.loads(path.read_bytes())
    except ValueError:
        return False
    return isinstance(held, dict) and str(held.get("format", "")).startswith("kinelab session")
