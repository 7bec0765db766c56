"""Have many jobs done, wherever: what dies is tried again, what kills is put aside, the rest goes on."""

from __future__ import annotations

import contextlib
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from kinelab.core.checks import Problems
from kinelab.errors import OutputError
from kinelab.pipeline.workers.child import name_of
from kinelab.pipeline.workers.cluster import PATIENCE_S, OnCluster, check_workers, connect, quiet_logs
from kinelab.pipeline.workers.here import Here
from kinelab.pipeline.workers.job import Ended, Job, Work, failure, note_failure
from kinelab.pipeline.workers.seat import Task
from kinelab.pipeline.workers.slurm import Slurm, slurm_client

_TICK_S = 0.5
_DEATHS = 3  # after which a job is put aside
_BUSY = 2  # tries, the second when all others are done


@dataclass(frozen=True)
class Where:
    """Where jobs are done: in processes here, on the Dask cluster at an address, or on one that SLURM lends.

    timeout_s, memory_gb: what one job may take before its process is ended.
    """

    processes: int = 1
    dask: str | None = None
    slurm: Slurm | None = None
    timeout_s: float | None = None
    memory_gb: float | None = None

    def __post_init__(self) -> None:
        with Problems("options") as problems:
            problems.add_if(self.processes < 1, f"processes is {self.processes}, expected 1 or more")
            both = self.dask is not None and self.slurm is not None
            problems.add_if(both, "a Dask cluster and SLURM were both asked for; give one of them")
            for name in ("timeout_s", "memory_gb"):
                value = getattr(self, name)
                problems.add_if(value is not None and not value > 0, f"{name} is {value}, expected above 0")


@dataclass(frozen=True)
class Way:
    """How jobs of a kind are done. uses: jobs that one process does before a fresh one takes over, 1 for long
    ones. one_thread: numerical libraries keep to one thread, so that numbers are the same everywhere.
    """

    work: Work
    uses: int = 1
    one_thread: bool = False


def do_jobs(
    jobs: Iterator[Job],
    way: Way,
    home: Path,
    where: Where,
    console: Console,
    places: Sequence[Path] = (),
) -> Iterator[list[Ended]]:
    """Do the jobs, each in its folder in `home`; gives how they ended, "done" or "failed", as they end.

    An empty list comes twice a second, so that the caller can show how far the jobs are. `jobs` is asked for
    few at a time. A job whose process or worker dies is done again at the end of the queue; the second time
    when nothing else is under way, in case another one was to blame; the third time it has failed. Why stands
    in its folder. A full disk lets those under way end and stops the rest. places: folders that workers must
    see besides.

    Raises:
        MissingExtraError, InputError: no such cluster, or its workers lack something; see `cluster`, `slurm`.
        OutputError: the disk is full.
    """
    home = home.resolve()
    with _doer(way, home, where, console, places) as doer:
        queue = _Queue(jobs, home)
        under_way: dict[str, Job] = {}
        full = ""
        while True:
            while len(under_way) < doer.room and not full:
                job = queue.next(alone=not under_way)
                if job is None:
                    break
                under_way[job.name] = job
                doer.give(job)
            if not under_way:
                break
            told = []
            ended = doer.wait(_TICK_S)
            while ended is not None:
                job = under_way.pop(ended.name)
                if ended.full:
                    full = ended.why
                if (last := queue.judge(job, ended)) is not None:
                    told.append(last)
                ended = doer.wait(0.0) if under_way else None
            yield told
        if full:
            raise OutputError(full)


class _Queue:
    """What is to be done, in order: new jobs, those that died once, and alone those that died twice."""

    def __init__(self, jobs: Iterator[Job], home: Path) -> None:
        self._jobs = jobs
        self._home = home
        self._again: deque[Job] = deque()
        self._alone: deque[Job] = deque()
        self._deaths: dict[str, int] = {}
        self._busy: dict[str, int] = {}

    def next(self, *, alone: bool) -> Job | None:
        """The next job; alone: nothing else is under way."""
        job = next(self._jobs, None)
        if job is None and self._again:
            job = self._again.popleft()
        if job is None and alone and self._alone:
            job = self._alone.popleft()
        return job

    def judge(self, job: Job, ended: Ended) -> Ended | None:
        """How a job ended for good; None if it is tried again."""
        if ended.state == "busy":
            self._busy[job.name] = self._busy.get(job.name, 0) + 1
            if self._busy[job.name] < _BUSY:
                self._alone.append(job)
                return None
        if ended.state == "died":
            deaths = self._deaths[job.name] = self._deaths.get(job.name, 0) + 1
            if deaths < _DEATHS:
                (self._again if deaths == 1 else self._alone).append(job)
                return None
            ended = Ended(job.name, "failed", f"put aside after {deaths} tries: {ended.why}")
        if ended.state == "done":
            return ended
        if not failure(job, self._home):
            note_failure(job, self._home, ended.why)
        return Ended(job.name, "failed", ended.why)


@contextlib.contextmanager
def _doer(
    way: Way, home: Path, where: Where, console: Console, places: Sequence[Path]
) -> Iterator[Here | OnCluster]:
    task = Task(
        home, name_of(way.work), way.uses, where.timeout_s, where.memory_gb, way.one_thread, tuple(sys.path)
    )
    if where.dask is None and where.slurm is None:
        with Here(task, where.processes) as here:
            yield here
        return
    with contextlib.ExitStack() as stack:
        stack.enter_context(quiet_logs())
        if where.slurm is not None:
            client = stack.enter_context(slurm_client(where.slurm, console))
        else:
            client = connect(where.dask or "")
            stack.callback(client.close)
        note = check_workers(client, home, [place.resolve() for place in places])
        if note:
            console.print(note, markup=False, highlight=False)
        patience_s = PATIENCE_S if where.slurm is None else where.slurm.wait_s
        yield stack.enter_context(OnCluster(task, client, patience_s))
