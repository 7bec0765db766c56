"""One cell of a grid: its folder, what it has done so far, and that only one process works on it."""

from __future__ import annotations

import contextlib
import json
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import kinelab
from kinelab.errors import FileFormatError, InputError, KinelabError
from kinelab.files.atomic import write_text

RESULT_FILE = "result.json"
_JOB_FILE, _SHARE_FILE, _ERROR_FILE, _LOCK_FILE = "job.json", "share.txt", "error.txt", "lock"
Format = Literal["kinelab study cell 1"]
FORMAT: Format = "kinelab study cell 1"

Say = Callable[[float], None]
_one_at_a_time = threading.Lock()  # a Dask worker has threads; networks are trained one at a time


@dataclass(frozen=True)
class Job:
    """What one cell is to do.

    name: of its folder. settings: plain values that decide its result. places: where its inputs lie; they may
    have moved when the cell is resumed.
    """

    name: str
    settings: Mapping[str, Any]
    places: Mapping[str, str] = field(default_factory=dict)


# In a module of its own, so that other processes find it by name: job, folder to work in, share done so far.
Work = Callable[[Job, Path, Say], Mapping[str, Any]]


def cell_folder(out: Path, job: Job) -> Path:
    """Where a finished cell lies."""
    return out / "cells" / job.name


def part_folder(out: Path, job: Job) -> Path:
    """Where a cell lies until it is finished; work that can resume finds there what it had done."""
    return out / "cells" / f".{job.name}.part"


def do_cell(job: Job, out: Path, work: Work) -> bool:
    """Do one cell unless it is there; whether it is there now.

    The folder gets its name when everything is in it, result.json included. A failure is written beside what
    was done so far and goes no further: the other cells are none the worse.
    """
    if read_result(job, out) is not None:
        return True
    part = part_folder(out, job)
    with _one_at_a_time:
        try:
            if not (out / "cells").is_dir():
                raise InputError(
                    f"{out} is not to be seen from here; all workers need the study's folder under one path"
                )
            part.mkdir(exist_ok=True)
            with _held(part / _LOCK_FILE):
                _begin(job, part)
                result = work(job, part, lambda share: write_text(part / _SHARE_FILE, f"{share:.4f}"))
                _finish(job, out, part, result)
        except KinelabError as error:
            _note_failure(part, str(error))
            return False
        except Exception as error:
            last = f"{type(error).__name__}: {error}"
            _note_failure(part, f"{last}\n\n{traceback.format_exc()}")
            return False
    return True


def read_result(job: Job, out: Path) -> Mapping[str, Any] | None:
    """What a finished cell found; None where it is not finished.

    Raises:
        FileFormatError: its result.json is damaged.
    """
    path = cell_folder(out, job) / RESULT_FILE
    if not path.is_file():
        return None
    result = _read(path).get("result")
    if not isinstance(result, Mapping):
        raise FileFormatError(path, "holds no result; delete the cell's folder, and it is done again")
    return result


def held_settings(job: Job, out: Path) -> Mapping[str, Any] | None:
    """With which settings the cell was done or begun; None where it was not.

    Raises:
        FileFormatError: its file is damaged.
    """
    for path in (cell_folder(out, job) / RESULT_FILE, part_folder(out, job) / _JOB_FILE):
        if path.is_file():
            settings = _read(path).get("settings")
            return settings if isinstance(settings, Mapping) else {}
    return None


def share_done(job: Job, out: Path) -> float:
    """How much of a cell is done, 0 to 1."""
    if cell_folder(out, job).is_dir():
        return 1.0
    try:
        return min(max(float((part_folder(out, job) / _SHARE_FILE).read_text()), 0.0), 1.0)
    except (OSError, ValueError):
        return 0.0


def failure(job: Job, out: Path) -> str:
    """Why a cell failed, in one line; empty where nothing was noted."""
    try:
        text = (part_folder(out, job) / _ERROR_FILE).read_text(encoding="utf-8")
    except OSError:
        return ""
    return text.strip().splitlines()[0] if text.strip() else ""


def _begin(job: Job, part: Path) -> None:
    (part / _ERROR_FILE).unlink(missing_ok=True)
    held = {"format": FORMAT, "settings": dict(job.settings)}
    write_text(part / _JOB_FILE, json.dumps(held, indent=1, sort_keys=True) + "\n")


def _finish(job: Job, out: Path, part: Path, result: Mapping[str, Any]) -> None:
    held = {
        "format": FORMAT,
        "kinelab_version": kinelab.__version__,
        "settings": dict(job.settings),
        "result": dict(result),
    }
    write_text(part / RESULT_FILE, json.dumps(held, indent=1, sort_keys=True) + "\n")
    for name in (_JOB_FILE, _SHARE_FILE, _LOCK_FILE):
        (part / name).unlink(missing_ok=True)
    part.replace(cell_folder(out, job))


def _note_failure(part: Path, text: str) -> None:
    # On a full disk not even this can be written; the caller then says that the cell ended without a word.
    with contextlib.suppress(OSError):
        write_text(part / _ERROR_FILE, text + "\n")


def _read(path: Path) -> dict[str, Any]:
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise FileFormatError(
            path, f"is not JSON ({error}); delete the cell's folder, and it is done again"
        ) from error
    if not isinstance(held, dict) or held.get("format") != FORMAT:
        raise FileFormatError(path, f"is not a {FORMAT!r}; delete the cell's folder, and it is done again")
    return held


@contextlib.contextmanager
def _held(path: Path) -> Iterator[None]:
    """Hold the cell; a process that is killed lets it go by itself.

    Windows has no such lock in Python's library: there nothing keeps two commands off one cell.
    """
    with path.open("w") as file:
        if sys.platform != "win32":
            import fcntl

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InputError(
                    "another process works on this cell; is the same command running twice?"
                ) from None
        yield
