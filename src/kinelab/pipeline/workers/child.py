"""The process that does jobs: `python -m kinelab.pipeline.workers.child`, told what to do line by line.

The first line says where modules are looked for, what the work is called and where its folders lie; each
further one is a job. Back come a line when all is loaded, and one for each job: how it ended. Not
multiprocessing, because the workers of a Dask cluster may have no children of that kind.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import json
import os
import queue
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import cast

from kinelab.pipeline.child_process import leave_signals_to_the_first
from kinelab.pipeline.workers.job import OUTPUT_FILE, Ended, Job, Work, do_job, part_folder

READY = "ready"
_IDLE_S = 600.0  # of a child on a cluster whose driver was killed


def main() -> None:
    """Do jobs until there are no more, or the process that asked for them is gone."""
    leave_signals_to_the_first()
    faulthandler.enable()
    told = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    quiet = os.dup(2)
    lines: queue.Queue[bytes] = queue.Queue()
    threading.Thread(target=_listen, args=(lines,), daemon=True).start()
    first = json.loads(lines.get())
    sys.path[:] = first["path"] or sys.path
    home = Path(first["home"])
    work, fault = _loaded(first["work"])
    told.write(READY + "\n")
    told.flush()
    while True:
        try:
            job = Job(**json.loads(lines.get(timeout=_IDLE_S)))
        except queue.Empty:
            return
        with contextlib.suppress(OSError):
            _redirect(part_folder(home, job) / OUTPUT_FILE)
        ended = Ended(job.name, "failed", fault) if work is None else do_job(job, home, work)
        for stream in (1, 2):
            os.dup2(quiet, stream)
        told.write(json.dumps(asdict(ended)) + "\n")
        told.flush()


def name_of(work: Work) -> str:
    """What a function of a module is called, for another process to find it."""
    return f"{work.__module__}:{work.__qualname__}"


def _loaded(name: str) -> tuple[Work | None, str]:
    """The function of that name, or why there is none."""
    module, _, function = name.partition(":")
    try:
        return cast(Work, getattr(importlib.import_module(module), function)), ""
    except Exception as error:
        return None, f"cannot load {name}: {type(error).__name__}: {error}"


def _listen(lines: queue.Queue[bytes]) -> None:
    """An end of what is told is the end of who told it: a kill -9 of the first is seen at once."""
    for line in sys.stdin.buffer:
        lines.put(line)
    os._exit(1)


def _redirect(path: Path) -> None:
    """What libraries say while a job is done goes into a file of the job, not across the progress bar."""
    path.parent.mkdir(exist_ok=True)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(file, stream)
    os.close(file)


if __name__ == "__main__":
    main()
