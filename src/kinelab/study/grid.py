"""A grid of long jobs: each a cell with a folder of its own, done once, whatever is killed on the way."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from kinelab.errors import InputError, OutputError, RunFolderError
from kinelab.study.grid_cell import Job, Work, failure, held_settings, read_result, share_done
from kinelab.study.grid_dask import run_dask
from kinelab.study.grid_local import run_local

_AN_HOUR = 3600.0  # cells take minutes; a speed of the last seconds would make the remaining time jump


@dataclass(frozen=True)
class GridResult:
    """results: what each finished cell found; failed: why the others have nothing. Both by job name."""

    results: Mapping[str, Mapping[str, Any]]
    failed: Mapping[str, str]


def run_grid(
    jobs: Sequence[Job],
    work: Work,
    out: str | Path,
    console: Console,
    *,
    processes: int = 1,
    dask: str | None = None,
) -> GridResult:
    """Do the cells that are missing in `out`; those that are there stay as they are.

    work is a function of a module (other processes find it by its name): work(job, folder, say) -> plain
    values for result.json. What it leaves in its folder is there again when it is resumed. It runs in
    `processes` processes of this computer, or on the Dask cluster at `dask`. A script that calls this needs
    `if __name__ == "__main__":`. A cell that fails is reported in the result and the others go on.

    Raises:
        InputError: two jobs of one name, no process, or no cluster at the address.
        RunFolderError: a cell was done with other settings; they are named.
        OutputError: the folder cannot be written.
    """
    out = Path(out)
    _check(jobs, processes)
    _claim(jobs, out)
    missing = [job for job in jobs if read_result(job, out) is None]
    broken: dict[str, str] = {}
    with _bar(console) as bar:
        task = bar.add_task("cells", total=len(jobs), done=len(jobs) - len(missing), cells=len(jobs))
        if missing:
            ends = (
                run_local(missing, out, work, processes)
                if dask is None
                else run_dask(missing, out, work, dask)
            )
            for ended in ends:
                broken |= ended
                shares = [share_done(job, out) for job in jobs]
                bar.update(task, completed=sum(shares), done=shares.count(1.0))
                _tell(console, jobs, out, ended)
        bar.update(task, completed=len(jobs))
    results = {job.name: result for job in jobs if (result := read_result(job, out)) is not None}
    failed = {job.name: _why(job, out, broken) for job in jobs if job.name not in results}
    return GridResult(results, failed)


def _why(job: Job, out: Path, broken: Mapping[str, str]) -> str:
    return broken.get(job.name) or failure(job, out) or "ended without a word; is the disk full?"


def _tell(console: Console, jobs: Sequence[Job], out: Path, ended: Mapping[str, str]) -> None:
    for job in jobs:
        if job.name in ended and read_result(job, out) is None:
            console.print(f"[red]{escape(job.name)} failed[/]: {escape(_why(job, out, ended))}")


def _check(jobs: Sequence[Job], processes: int) -> None:
    names = [job.name for job in jobs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not names:
        raise InputError(f"jobs share the name {', '.join(twice)}" if twice else "there are no jobs to do")
    if processes < 1:
        raise InputError(f"processes is {processes}, expected 1 or more")


def _claim(jobs: Sequence[Job], out: Path) -> None:
    """Make the folder; refuse to mix cells of another study with this one's."""
    for job in jobs:
        held = held_settings(job, out)
        wanted = json.loads(json.dumps(job.settings))
        if held is not None and held != wanted:
            changed = sorted(key for key in held.keys() | wanted.keys() if held.get(key) != wanted.get(key))
            raise RunFolderError(
                f"{out} holds {job.name} of another study, of other {', '.join(changed)}; nothing was"
                " changed: choose another folder with --out, or give the same options"
            )
    try:
        (out / "cells").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make {out}: {error.strerror or error}; choose another --out") from error


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:<8}"),
        BarColumn(),
        TextColumn("{task.fields[done]}/{task.fields[cells]}"),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(compact=True),
        console=console,
        speed_estimate_period=_AN_HOUR,
    )
