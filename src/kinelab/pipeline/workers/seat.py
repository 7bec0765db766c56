"""A seat: one child process that does one job after another, ended where a job takes too long or too much."""

from __future__ import annotations

import contextlib
import json
import math
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from kinelab.pipeline.workers.child import READY
from kinelab.pipeline.workers.job import Ended, Job

_TICK_S = 0.2
_PATIENCE_S = 10.0
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


@dataclass(frozen=True)
class Task:
    """What is asked of every job alike.

    home: where their folders lie. work: "module:function", as `child.name_of` has it. uses: jobs that one
    process does before a fresh one takes over; 1 for long ones. timeout_s, memory_gb: what a job may take
    before its process is ended (memory on Linux only). one_thread: numerical libraries keep to one thread.
    path: where modules are looked for; empty on a cluster, whose workers have their own. token: of this run.
    """

    home: Path
    work: str
    uses: int = 1
    timeout_s: float | None = None
    memory_gb: float | None = None
    one_thread: bool = False
    path: tuple[str, ...] = ()
    token: str = ""


class Seat:
    """Does jobs of one task, one at a time, in a child process that is replaced whenever it is gone."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._child: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] | None = None
        self._replies: queue.Queue[bytes] = queue.Queue()
        self._left = 0
        self._is_ready = False
        self._begun_s = math.inf
        self._lock = threading.Lock()
        self._closed = False

    def do(self, job: Job) -> Ended:
        """Do one job; "died" where the child ended before it had said how the job came out."""
        try:
            child = self._ready()
            assert child.stdin is not None
            line = {"name": job.name, "settings": dict(job.settings), "places": dict(job.places)}
            child.stdin.write(json.dumps(line).encode() + b"\n")
            child.stdin.flush()
        except OSError as error:
            self._end()
            return Ended(job.name, "died", f"its process could not be reached: {error.strerror or error}")
        self._left -= 1
        self._begun_s = time.monotonic() if self._is_ready else math.inf
        ended = self._wait(child, job)
        if self._left <= 0 or child.poll() is not None:
            self._end()
        return ended

    def close(self, patience_s: float = _PATIENCE_S) -> None:
        """End the child; a job that it was doing keeps what it had done. Nothing more is done here."""
        self._closed = True
        self._end(patience_s)

    def _ready(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is not None:
            self._end()
        with self._lock:
            if self._closed:
                raise OSError("this seat is closed")
            if self._child is None:
                self._child = self._started()
            return self._child

    def _started(self) -> subprocess.Popen[bytes]:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
        child = subprocess.Popen(
            [sys.executable, "-m", "kinelab.pipeline.workers.child"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said, env=_environment(self._task),
        )  # fmt: skip
        assert child.stdin is not None
        assert child.stdout is not None
        self._replies = queue.Queue()
        threading.Thread(target=_hear, args=(child.stdout, self._replies), daemon=True).start()
        first = {"path": self._task.path, "home": str(self._task.home), "work": self._task.work}
        child.stdin.write(json.dumps(first).encode() + b"\n")
        self._left, self._is_ready = self._task.uses, False
        return child

    def _wait(self, child: subprocess.Popen[bytes], job: Job) -> Ended:
        task = self._task
        while True:
            try:
                reply = self._replies.get(timeout=_TICK_S)
            except queue.Empty:
                if task.timeout_s is not None and time.monotonic() - self._begun_s > task.timeout_s:
                    _kill(child)
                    return Ended(job.name, "failed", f"ended after {task.timeout_s:g} s (--timeout-s)")
                if task.memory_gb is not None and _memory_gb(child.pid) > task.memory_gb:
                    _kill(child)
                    return Ended(job.name, "failed", f"took more than {task.memory_gb:g} GB (--memory-gb)")
                continue
            if reply.strip() == READY.encode():
                # What libraries take to load is not the job's.
                self._is_ready, self._begun_s = True, time.monotonic()
                continue
            if reply:
                return Ended(**json.loads(reply))
            return Ended(job.name, "died", _how_it_ended(child.wait(), self._last_words()))

    def _last_words(self) -> str:
        if self._said is None:
            return ""
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""

    def _end(self, patience_s: float = _PATIENCE_S) -> None:
        with self._lock:
            child, self._child = self._child, None
            said, self._said = self._said, None
        if child is None:
            return
        child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(patience_s)
        _kill(child)
        for pipe in (child.stdin, said):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def _environment(task: Task) -> dict[str, str]:
    one = dict.fromkeys(_ONE_THREAD, "1") if task.one_thread else {}
    return {**os.environ, **one}


def _hear(pipe: IO[bytes], replies: queue.Queue[bytes]) -> None:
    """What the child says, line by line; at its end an empty one."""
    with pipe:
        for line in pipe:
            replies.put(line)
    replies.put(b"")


def _kill(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.wait()


def _how_it_ended(exit_code: int, last_words: str) -> str:
    if exit_code < 0:
        name = signal.Signals(-exit_code).name
        hint = "; if memory ran out, ask for fewer at a time with --jobs" if name == "SIGKILL" else ""
        return f"its process was ended from outside ({name}){hint}"
    return f"its process ended with code {exit_code}" + (f": {last_words}" if last_words else "")


def _memory_gb(pid: int) -> float:
    """Resident memory of a process, GB; 0 where the system does not say."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e9
