"""A grid of long jobs: each a cell with a folder of its own, done once, whatever is killed on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from kinelab.errors import InputError, OutputError, RunFolderError
from kinelab.pipeline.workers.doing import Way, Where, do_jobs
from kinelab.pipeline.workers.job import (
    Job,
    Work,
    failure,
    held_settings,
    plain_settings,
    read_result,
    share_done,
)

CELLS = "cells"

_AN_HOUR = 3600.0  # cells take minutes; a speed of the last seconds would make the remaining time jump


@dataclass(frozen=True)
class GridResult:
    """results: what each finished cell found; failed: why the others have nothing. Both by job name."""

    results: Mapping[str, Mapping[str, Any]]
    failed: Mapping[str, str]


def run_grid(
    jobs: Sequence[Job], work: Work, out: str | Path, console: Console, where: Where | None = None
) -> GridResult:
    """Do the cells that are missing in `out`; those that are there stay as they are.

    work is a function of a module (other processes find it by its name): work(job, folder, say) -> plain
    values for result.json. What it leaves in its folder is there again when it is resumed. Each cell has a
    process of its own, here (the default: one at a time) or on a cluster. A cell that fails is reported in
    the result and the others go on; see `workers.doing.do_jobs` for what is killed.

    Raises:
        InputError: two jobs of one name, or no cluster at the address.
        RunFolderError: a cell was done with other settings; they are named.
        OutputError: the folder cannot be written.
    """
    home = Path(out) / CELLS
    _check(jobs)
    _claim(jobs, home)
    missing = [job for job in jobs if read_result(job, home) is None]
    with _bar(console) as bar:
        task = bar.add_task("cells", total=len(jobs), done=len(jobs) - len(missing), cells=len(jobs))
        ends = do_jobs(iter(missing), Way(work), home, where or Where(), console) if missing else ()
        for ended in ends:
            shares = [share_done(job, home) for job in jobs]
            bar.update(task, completed=sum(shares), done=shares.count(1.0))
            for one in ended:
                if one.state == "failed":
                    console.print(f"[red]{escape(one.name)} failed[/]: {escape(_first_line(one.why))}")
        bar.update(task, completed=len(jobs))
    results = {job.name: result for job in jobs if (result := read_result(job, home)) is not None}
    silent = "ended without a word; is the disk full?"
    failed = {job.name: failure(job, home) or silent for job in jobs if job.name not in results}
    return GridResult(results, failed)


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else ""


def _check(jobs: Sequence[Job]) -> None:
    names = [job.name for job in jobs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not names:
        raise InputError(f"jobs share the name {', '.join(twice)}" if twice else "there are no jobs to do")


def _claim(jobs: Sequence[Job], home: Path) -> None:
    """Make the folder; refuse to mix cells of another study with this one's."""
    for job in jobs:
        held, wanted = held_settings(job, home), plain_settings(job)
        if held is not None and held != wanted:
            changed = sorted(key for key in held.keys() | wanted.keys() if held.get(key) != wanted.get(key))
            raise RunFolderError(
                f"{home.parent} holds {job.name} of another study, of other {', '.join(changed)}; nothing was"
                " changed: choose another folder with --out, or give the same options"
            )
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot make {home.parent}: {error.strerror or error}; choose another --out"
        ) from error


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
