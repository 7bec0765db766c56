"""A batch: recordings in, a folder each and two tables out; the same call goes on where it stopped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from kinelab.errors import FileFormatError, OutputError, RunFolderError
from kinelab.pipeline.batch.recording import Recording, check_names, job_of
from kinelab.pipeline.batch.tables import MEASURES, OVERVIEW, write_tables
from kinelab.pipeline.batch.work import do_recording
from kinelab.pipeline.progress import Advance, progress
from kinelab.pipeline.run_folder import RUN_FILE
from kinelab.pipeline.workers.doing import Way, Where, do_jobs
from kinelab.pipeline.workers.job import Job, begin_again, held_settings, plain_settings, read_result

HIDDEN = ".results"
_USES = 200  # recordings that one process takes, in case one leaves something behind
_SHOWN = 20  # failures told while they come; the table has all


@dataclass(frozen=True)
class BatchResult:
    """states: how many recordings came to what, see `tables.write_tables`. The two tables."""

    states: Counter[str]
    overview: Path
    measures: Path


def run_batch(
    recordings: Sequence[Recording],
    root: Path,
    out: str | Path,
    where: Where | None = None,
    console: Console | None = None,
    *,
    tables_only: bool = False,
) -> BatchResult:
    """Take each recording its way into a folder of its name in `out`; two tables of them all.

    A recording that cannot be used gets a row with the reason and stops nothing. What is done is not done
    again, unless the recording or what is said of it has changed. Tables and results do not depend on where
    and in which order the recordings were done. tables_only: no folder of each recording, only what the
    tables need, hidden. root: from which the table tells paths. Stopped, the tables of what is done are
    written.

    Raises:
        InputError: two recordings would share a folder, or no cluster; see `workers.doing.do_jobs`.
        RunFolderError: `out` is the folder of one run.
        OutputError: the disk is full.
    """
    out, console = Path(out), console or Console(stderr=True, quiet=True)
    check_names(recordings)
    home = _home(out, tables_only)
    try:
        with progress("recordings", len(recordings), console, "recordings") as advance:
            _do(_Missing(recordings, home, tables_only), home, where or Where(), console, advance)
    except KeyboardInterrupt:
        _tables(recordings, home, out, root)
        raise
    return BatchResult(_tables(recordings, home, out, root), out / OVERVIEW, out / MEASURES)


def _do(missing: _Missing, home: Path, where: Where, console: Console, advance: Advance) -> None:
    jobs = iter(missing)
    first = next(jobs, None)
    advance(missing.there)
    if first is None:  # no cluster is asked for nothing
        return
    way = Way(do_recording, uses=_USES, one_thread=True)
    places = [Path(first.places["recording"]).parent]
    ended, failed = 0, 0
    for some in do_jobs(chain([first], jobs), way, home, where, console, places):
        for one in some:
            ended += 1
            failed += one.state == "failed"
            if one.state == "failed" and failed <= _SHOWN:
                told = f"[red]{escape(one.name)}[/]: {escape(one.why)}"
                console.print(told, highlight=False, soft_wrap=True)
        advance(missing.there + ended)


def _tables(recordings: Sequence[Recording], home: Path, out: Path, root: Path) -> Counter[str]:
    tables_only = home != out
    pairs = ((one, job_of(one, tables_only=tables_only)) for one in recordings)
    return write_tables(pairs, home, out, root)


class _Missing:
    """The jobs that are not done yet, looked for one by one; there: how many were there."""

    def __init__(self, recordings: Sequence[Recording], home: Path, tables_only: bool) -> None:
        self._recordings = recordings
        self._home = home
        self._tables_only = tables_only
        self.there = 0

    def __iter__(self) -> Iterator[Job]:
        for recording in self._recordings:
            job = job_of(recording, tables_only=self._tables_only)
            if _is_done(job, self._home):
                self.there += 1
            else:
                yield job


def _is_done(job: Job, home: Path) -> bool:
    """Whether it is there as it is wanted; one that is there otherwise is put back among those to be done."""
    try:
        held, wanted = held_settings(job, home), plain_settings(job)
        if held is None:
            return False
        if held == wanted:
            return read_result(job, home) is not None
    except FileFormatError:
        begin_again(job, home, keep=False)
        return False
    # The stages of a run know which of them other settings concern; of another source nothing is kept.
    same_source = held.get("source") == wanted["source"] and held.get("door") == wanted["door"]
    begin_again(job, home, keep=same_source)
    return False


def _home(out: Path, tables_only: bool) -> Path:
    if (out / RUN_FILE).is_file():
        raise RunFolderError(f"{out} is the folder of one run; choose another folder with --out")
    home = out / HIDDEN if tables_only else out
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make {home}: {error.strerror or error}; choose another --out") from error
    return home
