"""Cells done by processes of this computer, one process a cell, none of which outlives the first."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from pathlib import Path

from kinelab.pipeline.child_process import end_with_the_first
from kinelab.study.grid_cell import Job, Work, do_cell, part_folder

OUTPUT_FILE = "output.txt"
_TICK_S = 0.5
_PATIENCE_S = 10.0


def run_local(jobs: Sequence[Job], out: Path, work: Work, processes: int) -> Iterator[dict[str, str]]:
    """Do the jobs, `processes` at a time; gives what ended since the last time: name -> how it broke off.

    The text is empty for a process that ended by itself, and says so for one that was killed. An empty dict
    comes twice a second, so that the caller can show how far the cells are. A process of its own for each
    cell costs a few seconds and keeps one that runs out of memory from taking others with it.
    """
    # Spawned, not forked: a forked child would inherit locks of the parent's threads.
    context = multiprocessing.get_context("spawn")
    waiting = list(jobs)
    running: dict[str, SpawnProcess] = {}
    try:
        while waiting or running:
            while waiting and len(running) < processes:
                job = waiting.pop(0)
                running[job.name] = context.Process(target=_child, args=(job, out, work), name=job.name)
                running[job.name].start()
            wait([process.sentinel for process in running.values()], timeout=_TICK_S)
            ended = {name: process for name, process in running.items() if not process.is_alive()}
            for name, process in ended.items():
                del running[name]
                process.join()
            yield {name: _how_it_ended(process.exitcode) for name, process in ended.items()}
    finally:
        _end(list(running.values()))


def _how_it_ended(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        name = signal.Signals(-exit_code).name
        hint = "; if memory ran out, ask for fewer at a time with --jobs" if name == "SIGKILL" else ""
        return f"its process was ended from outside ({name}){hint}"
    return ""


def _end(processes: Sequence[SpawnProcess]) -> None:
    """Nobody waits minutes for cells that nobody wants; what they did so far stays."""
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(_PATIENCE_S)
        if process.is_alive():
            process.kill()


def _child(job: Job, out: Path, work: Work) -> None:
    end_with_the_first()
    with contextlib.suppress(OSError):
        _redirect(part_folder(out, job) / OUTPUT_FILE)
    do_cell(job, out, work)


def _redirect(path: Path) -> None:
    """What libraries say while a cell is done goes into a file of the cell, not across the progress bar."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(file, stream)
    os.close(file)
