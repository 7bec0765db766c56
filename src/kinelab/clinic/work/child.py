"""The process in which one job is done, under limits, and the line by which it tells the worker how it goes.

What comes back over the line is JSON and nothing else: this process opens files of strangers, and its worker
must not believe it more than it must.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
import traceback
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from typing import Any

from kinelab.clinic.uploads.bounds import bound, one_thread
from kinelab.clinic.work.outcome import INPUT, RUN, Assignment, Outcome
from kinelab.errors import KinelabError, OutputError, ServerAwayError

_COMPUTING = "kinelab.clinic.work.computing"
_TELL_EVERY_S = 0.3
_NICENESS = 5  # the server answers people first
_PATIENCE_S = 5.0


@dataclass
class Child:
    """A job being done in its own process; `look` hears what it has to say.

    progress, label: how far the step at hand is. problem: a sentence for the user; retry: another try may
    help; later: only when some time has passed.
    """

    assignment: Assignment
    wall_s: float
    memory_bytes: int
    progress: float = 0.0
    label: str = "begins"
    outcome: Outcome | None = None
    problem: str = ""
    retry: bool = False
    later: bool = False
    _ended: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        context = _context()
        self._line, theirs = context.Pipe(duplex=False)
        self._process = context.Process(target=_do, args=(self.assignment, theirs, self.memory_bytes))
        self._began = time.monotonic()
        self._process.start()
        theirs.close()

    def look(self, wait_s: float) -> bool:
        """Hear what the child says within so many seconds; whether it still works."""
        until = time.monotonic() + wait_s
        while not self._ended and self._line.poll(max(until - time.monotonic(), 0.0)):
            try:
                self._hear(json.loads(self._line.recv_bytes()))
            except (EOFError, OSError, ValueError, KeyError, TypeError):
                self._finish()
        if not self._ended and time.monotonic() - self._began > self.wall_s:
            self.problem, self.retry = f"it took longer than {self.wall_s:g} s, the most for one job", True
            self.end()
        return not self._ended

    def end(self) -> None:
        """Stop the child, now."""
        self._ended = True
        self._process.kill()
        self._process.join()
        self._line.close()

    def _hear(self, said: Mapping[str, Any]) -> None:
        match said["kind"]:
            case "progress":
                self.label, self.progress = str(said["label"]), float(said["share"])
            case "done":
                self.outcome = Outcome(**said["outcome"])
                self._finish()
            case "problem":
                self.problem, self.retry = str(said["problem"]), bool(said["retry"])
                self.later = bool(said["later"])
                self._finish()

    def _finish(self) -> None:
        """The line is closed: what the child said counts, or how it ended."""
        self._process.join(_PATIENCE_S)
        self.end()
        if self.outcome is None and not self.problem:
            code = self._process.exitcode or 0
            how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
            self.problem, self.retry = f"the process that did it {how}", True


def _context() -> ForkServerContext:
    """Children come from a process that has the libraries loaded and nothing of the store: neither its
    connections nor its key."""
    one_thread()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_COMPUTING])
    return context


def _do(assignment: Assignment, line: Connection, memory_bytes: int) -> None:
    """In the child: limits first, then the work."""
    from kinelab.pipeline.child_process import end_with_the_first

    end_with_the_first()
    os.nice(_NICENESS)
    bound(memory_bytes)
    try:
        outcome = _compute(assignment, line)
        said: dict[str, Any] = {"kind": "done", "outcome": asdict(outcome)}
    except MemoryError:
        said = _problem("it needs more memory than a job may take", retry=True)
    except ServerAwayError as error:
        said = _problem(_cleaned(str(error), assignment), later=True)
    except KinelabError as error:
        said = _problem(_cleaned(str(error), assignment), retry=isinstance(error, OutputError))
    except Exception as error:
        traceback.print_exc()
        fault = f"a fault of the program ({type(error).__name__}), which the server's log tells"
        said = _problem(fault, retry=True)
    line.send_bytes(json.dumps(said, allow_nan=False).encode())
    line.close()


def _problem(problem: str, *, retry: bool = False, later: bool = False) -> dict[str, Any]:
    return {"kind": "problem", "problem": problem, "retry": retry, "later": later}


def _compute(assignment: Assignment, line: Connection) -> Outcome:
    # Heavy, and here only.
    from kinelab.clinic.work.computing import compute
    from kinelab.pipeline.progress import Told

    last_s, last_label = 0.0, ""

    def listen(label: str, share: float) -> None:
        nonlocal last_s, last_label
        now_s = time.monotonic()
        if label != last_label or now_s - last_s >= _TELL_EVERY_S:
            last_s, last_label = now_s, label
            line.send_bytes(json.dumps({"kind": "progress", "label": label, "share": share}).encode())

    return compute(assignment, Told(listen))


def _cleaned(problem: str, assignment: Assignment) -> str:
    """The sentence without this machine's folders, and without options that only the command line has."""
    for given in assignment.inputs:
        problem = problem.replace(str(given.path), given.path.name)
    for folder, called in ((RUN, "the results"), (INPUT, "the files")):
        problem = problem.replace(str(assignment.scratch / folder), called)
    problem = problem.replace(f"{assignment.scratch}/", "")
    for ours, theirs in (
        (" (--mapping)", ""), ("--no-gait", "'movement: other'"), ("--accept-findings", "'accept findings'"),
    ):  # fmt: skip
        problem = problem.replace(ours, theirs)
    return problem
