"""One job: its folder, what it has done so far, and that only one process works on it."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import kinelab
from kinelab.errors import FileFormatError, InputError, KinelabError, OutputError, RunFolderError
from kinelab.files.atomic import write_text

RESULT_FILE = "result.json"
OUTPUT_FILE = "output.txt"
_JOB_FILE, _SHARE_FILE, _ERROR_FILE, _LOCK_FILE = "job.json", "share.txt", "error.txt", "lock"
_WORK = "work"
Format = Literal["kinelab job 1"]
FORMAT: Format = "kinelab job 1"

Say = Callable[[float], None]


@dataclass(frozen=True)
class Job:
    """What is to be done.

    name: of its folder. settings: plain values that decide its result. places: where its inputs lie; they may
    have moved when the job is resumed. Both as JSON has them: a tuple arrives at the work as a list.
    """

    name: str
    settings: Mapping[str, Any]
    places: Mapping[str, str] = field(default_factory=dict)


# In a module of its own, so that other processes find it by name: job, folder to work in, share done so far.
Work = Callable[[Job, Path, Say], Mapping[str, Any]]


@dataclass(frozen=True)
class Ended:
    """How a job came out.

    done: its result is there. failed: why says what went wrong; full: nothing can be written any more. busy:
    another process works on it. died: the process that did it is gone.
    """

    name: str
    state: Literal["done", "failed", "busy", "died"]
    why: str = ""
    full: bool = False


def job_folder(home: Path, job: Job) -> Path:
    """Where a finished job lies: what the work left, and result.json."""
    return home / job.name


def part_folder(home: Path, job: Job) -> Path:
    """What is kept of a job until it is finished; its work has the folder `work` in there."""
    return home / f".{job.name}.part"


def do_job(job: Job, home: Path, work: Work) -> Ended:
    """Do one job unless it is there.

    The folder gets its name when everything is in it, result.json included. A failure is written beside what
    was done so far and goes no further: the other jobs are none the worse. Work that can resume finds in its
    folder what it had done.
    """
    part = part_folder(home, job)
    if read_result(job, home) is not None:
        shutil.rmtree(part, ignore_errors=True)
        return Ended(job.name, "done")
    try:
        if not home.is_dir():
            raise InputError(f"{home} is not to be seen from here; all workers need it under one path")
        part.mkdir(exist_ok=True)
        with _held(part / _LOCK_FILE) as ours:
            if not ours:
                return Ended(
                    job.name, "busy", "another process works on it; is the same command running twice?"
                )
            _do(job, home, part, work)
    except KinelabError as error:
        note_failure(job, home, str(error))
        return Ended(job.name, "failed", str(error), full=isinstance(error, OutputError))
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        note_failure(job, home, f"{why}\n\n{traceback.format_exc()}")
        return Ended(job.name, "failed", why)
    shutil.rmtree(part, ignore_errors=True)
    return Ended(job.name, "done")


def _do(job: Job, home: Path, part: Path, work: Work) -> None:
    if read_result(job, home) is not None:  # by another process, just now
        return
    final = job_folder(home, job)
    if final.exists():
        raise RunFolderError(f"{final} holds something else; nothing was changed: choose another --out")
    (part / _ERROR_FILE).unlink(missing_ok=True)
    held = {"format": FORMAT, "settings": dict(job.settings)}
    write_text(part / _JOB_FILE, _json(held))
    folder = part / _WORK
    folder.mkdir(exist_ok=True)
    result = work(job, folder, lambda share: write_text(part / _SHARE_FILE, f"{share:.4f}"))
    held |= {"kinelab_version": kinelab.__version__, "result": dict(result)}
    write_text(folder / RESULT_FILE, _json(held))
    folder.replace(final)


def read_result(job: Job, home: Path) -> Mapping[str, Any] | None:
    """What a finished job found; None where it is not finished.

    Raises:
        FileFormatError: its result.json is damaged.
    """
    path = job_folder(home, job) / RESULT_FILE
    if not path.is_file():
        return None
    result = _read(path).get("result")
    if not isinstance(result, Mapping):
        raise FileFormatError(path, "holds no result; delete the job's folder, and it is done again")
    return result


def held_settings(job: Job, home: Path) -> Mapping[str, Any] | None:
    """With which settings the job was done or begun; None where it was not.

    Raises:
        FileFormatError: its file is damaged.
    """
    for path in (job_folder(home, job) / RESULT_FILE, part_folder(home, job) / _JOB_FILE):
        if path.is_file():
            settings = _read(path).get("settings")
            return settings if isinstance(settings, Mapping) else {}
    return None


def plain_settings(job: Job) -> dict[str, Any]:
    """The settings as a file gives them back."""
    plain: dict[str, Any] = json.loads(json.dumps(dict(job.settings)))
    return plain


def begin_again(job: Job, home: Path, *, keep: bool) -> None:
    """Put a job back among those to be done; keep: with what its work left, to go on from it.

    Raises:
        OutputError: the folder cannot be written.
    """
    final, part = job_folder(home, job), part_folder(home, job)
    try:
        if not keep:
            shutil.rmtree(part, ignore_errors=True)
        if not final.is_dir():
            return
        if not keep:
            shutil.rmtree(final)
            return
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        final.replace(part / _WORK)
        (part / _WORK / RESULT_FILE).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"cannot change {final}: {error.strerror or error}") from error


def share_done(job: Job, home: Path) -> float:
    """How much of a job is done, 0 to 1."""
    if job_folder(home, job).is_dir():
        return 1.0
    try:
        return min(max(float((part_folder(home, job) / _SHARE_FILE).read_text()), 0.0), 1.0)
    except (OSError, ValueError):
        return 0.0


def failure(job: Job, home: Path) -> str:
    """Why a job failed, in one line; empty where nothing was noted."""
    try:
        text = (part_folder(home, job) / _ERROR_FILE).read_text(encoding="utf-8")
    except OSError:
        return ""
    return text.strip().splitlines()[0] if text.strip() else ""


def note_failure(job: Job, home: Path, text: str) -> None:
    """Write down why a job failed; the first line is for tables, the rest for whoever looks."""
    if not home.is_dir():  # a worker that does not see the shared folder must not make one of its own
        return
    # On a full disk not even this can be written; the caller then says that the job ended without a word.
    with contextlib.suppress(OSError):
        write_text(part_folder(home, job) / _ERROR_FILE, text + "\n")


def _json(held: Mapping[str, Any]) -> str:
    return json.dumps(held, indent=1, sort_keys=True) + "\n"


def _read(path: Path) -> dict[str, Any]:
    advice = "delete the job's folder, and it is done again"
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise FileFormatError(path, f"is not JSON ({error}); {advice}") from error
    if not isinstance(held, dict) or held.get("format") != FORMAT:
        raise FileFormatError(path, f"is not a {FORMAT!r}; {advice}")
    return held


@contextlib.contextmanager
def _held(path: Path) -> Iterator[bool]:
    """Hold the job, if nobody does; a process that is killed lets it go by itself.

    Windows has no such lock in Python's library: there nothing keeps two commands off one job.
    """
    with path.open("w") as file:
        if sys.platform != "win32":
            import fcntl

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
        yield True
