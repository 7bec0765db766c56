"""Which recordings lie below a folder: those of session folders by their roles, others by what they are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from kinelab.errors import FileFormatError, InputError
from kinelab.files.session import SESSION_FILE, is_session_file, read_session
from kinelab.pipeline.batch.doors import door_of
from kinelab.pipeline.batch.recording import Recording, name_below
from kinelab.pipeline.gait_recordings import recording_of
from kinelab.pipeline.multicamera_inputs import VIDEOS
from kinelab.pipeline.run_folder import RUN_FILE

_MEASURED = "measures.nc"


def find_recordings(root: Path, *, leave_out: Path | None = None, mapped: bool = False) -> list[Recording]:
    """Recordings below a folder, or the one file, in order of their paths.

    Of a session folder those that it lists as video, markers or worn sensors; elsewhere videos, marker files,
    angles and recordings of worn sensors. Hidden folders, `leave_out` (the results) and run folders that hold
    measures already are passed over. mapped: tables of any columns are sensors, a mapping says which.

    Raises:
        InputError: no such file or folder, or nothing in it.
    """
    if not root.exists():
        raise InputError(f"{root}: no such file or folder; check the spelling")
    root = root.resolve()
    if root.is_file():
        return [Recording(root.name, root, door_of(root))]
    outside = None if leave_out is None else leave_out.resolve()
    found: dict[Path, Recording] = {}
    for one in _below(root, outside, mapped):
        found.setdefault(one.path, one)
    if not found:
        raise InputError(
            f"{root}: holds no recording (videos, .c3d, .trc, .mot, worn sensors, session folders); tables of"
            " somebody's own columns need a mapping (--set mapping=FILE)"
        )
    return [found[path] for path in sorted(found)]


def _below(root: Path, outside: Path | None, mapped: bool) -> Iterator[Recording]:
    for place, folders, files in os.walk(root):
        here = Path(place)
        if here == outside or _is_measured(files):
            folders.clear()
            continue
        if SESSION_FILE in files and is_session_file(here / SESSION_FILE):
            folders.clear()
            yield from _of_session(here, root)
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if name.startswith("."):
                continue
            path = here / name
            belongs = path if path.suffix.lower() in VIDEOS else recording_of(path, mapped=mapped)
            if belongs is not None:
                yield Recording(name_below(belongs, root), belongs, door_of(belongs))


def _is_measured(files: list[str]) -> bool:
    return RUN_FILE in files and _MEASURED in files


def _of_session(folder: Path, root: Path) -> Iterator[Recording]:
    try:
        session = read_session(folder)
    except FileFormatError as error:
        path = folder / SESSION_FILE
        yield Recording(name_below(path, root), path, "gait", fault=str(error))
        return
    files = [(inside, "analyze") for inside in session.paths("video")]
    files += [(inside, "gait") for inside in session.paths("markers")]
    for inside, door in files:
        yield Recording(name_below(folder / inside, root), folder / inside, door)
    worn = session.paths("imu")
    homes = [folder / inside for inside in worn] if len(worn) == 1 else [(folder / p).parent for p in worn]
    for path in dict.fromkeys(homes):
        yield Recording(name_below(path, root), path, "sensors")
