"""What workers of a Dask cluster run: a job on a seat, so that the worker outlives whatever the job does."""

from __future__ import annotations

import sys
import threading
from dataclasses import replace
from importlib import metadata
from pathlib import Path

from kinelab.pipeline.workers.job import Ended, Job
from kinelab.pipeline.workers.seat import Seat, Task

_lock = threading.Lock()
_idle: dict[str, list[Seat]] = {}
_busy: dict[str, list[Seat]] = {}
_over: set[str] = set()


def do_on_worker(job: Job, task: Task) -> Ended:
    """Do a job on a seat that is free, or on a new one."""
    with _lock:
        if task.token in _over:
            return Ended(job.name, "died", "this run is over")
        free = _idle.setdefault(task.token, [])
        seat = free.pop() if free else Seat(replace(task, path=tuple(sys.path)))
        _busy.setdefault(task.token, []).append(seat)
    try:
        return seat.do(job)
    finally:
        with _lock:
            _busy[task.token].remove(seat)
            _idle[task.token].append(seat)


def end_seats(token: str) -> None:
    """End all child processes of a run, at once; what they did so far stays."""
    with _lock:
        _over.add(token)
        seats = [*_idle.get(token, ()), *_busy.get(token, ())]
    for seat in seats:
        seat.close(patience_s=0.0)


def versions(names: tuple[str, ...]) -> dict[str, str]:
    """Versions of packages as this worker has them."""
    return {name: metadata.version(name) for name in names}


def sees(paths: tuple[str, ...]) -> dict[str, str]:
    """What this worker reads in these files; a folder reads as empty, what is not there is left out."""
    seen = {}
    for path in map(Path, paths):
        try:
            seen[str(path)] = path.read_text(encoding="utf-8") if path.is_file() else ""
        except OSError:
            continue
        if not path.exists():
            del seen[str(path)]
    return seen
