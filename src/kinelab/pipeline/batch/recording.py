"""A recording of a batch: where it lies, which way it goes, and what is known of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kinelab.errors import InputError
from kinelab.pipeline.workers.job import Job

_LONGEST = 180  # characters; a file's name may have 255 bytes, and a job's folder needs some for itself


@dataclass(frozen=True)
class Recording:
    """name: of its folder among the results. path: the file or folder. door: see `doors.DOORS`.

    subject, options: plain values, as a table says them; what is not named is left to the recording's own
    session and to the defaults. fault: why it cannot be read, where that is known beforehand.
    """

    name: str
    path: Path
    door: str
    subject: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    fault: str = ""


def name_below(path: Path, root: Path) -> str:
    """What a recording below `root` is called: its path in one word, whatever else lies there."""
    inside = path.relative_to(root) if path != root else Path(path.name)
    name = "__".join(inside.parts)
    if len(name) > _LONGEST:
        name = f"{name[:_LONGEST]}~{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return name


def job_of(recording: Recording, *, tables_only: bool) -> Job:
    """The job of a recording: its settings hold all that decides the result, size and time of the source and
    of the files that options name among them.
    """
    named = [Path(value) for value in recording.options.values() if isinstance(value, str)]
    settings = {
        "door": recording.door,
        "subject": dict(recording.subject),
        "options": dict(recording.options),
        "fault": recording.fault,
        "tables_only": tables_only,
        "source": _source(recording.path),
        "files": {str(path): _source(path) for path in named if path.is_absolute() and path.exists()},
    }
    return Job(recording.name, settings, {"recording": str(recording.path)})


def check_names(recordings: Iterable[Recording]) -> None:
    """Refuse recordings that would share a folder.

    Raises:
        InputError: two of one name.
    """
    seen: dict[str, Path] = {}
    for one in recordings:
        if one.name in seen:
            raise InputError(
                f"{seen[one.name]} and {one.path} would both get the folder {one.name}; run them apart"
            )
        seen[one.name] = one.path


def _source(path: Path) -> dict[str, int]:
    """Size and time of change of a file, or of all files of a folder: a hash would read every video again."""
    files = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]
    stats = [one.stat() for one in files]
    return {
        "bytes": sum(one.st_size for one in stats),
        "changed_ns": max((one.st_mtime_ns for one in stats), default=0),
    }
