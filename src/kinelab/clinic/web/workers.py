"""The workers beside the server: started with it, started again when one falls, ended with it."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType

from kinelab.clinic.opening import DATABASE_VARIABLE

_LOG = logging.getLogger("kinelab.clinic")
# The command line of this very installation, whatever is first on PATH.
_COMMAND = "import sys; from kinelab.cli import main; sys.exit(main())"
_LOOK_EVERY_S = 0.5
_LONGEST_PAUSE_S = 30.0
_STEADY_S = 60.0  # a worker that lived as long as this had no trouble at its start
_GOODBYE_S = 5.0


class Workers:
    """`count` processes of `kinelab clinic work`; a context.

    Their standard input is a pipe that this process holds: it closes with the server, whatever ends it, so
    that no worker is left behind.
    """

    def __init__(self, folder: str | Path, url: str, count: int) -> None:
        self._command = [
            sys.executable, "-c", _COMMAND, "clinic", "work", "--data", str(folder), "--supervised"
        ]  # fmt: skip
        self._environment = {**os.environ, DATABASE_VARIABLE: url}
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=self._keep, name=f"worker {i + 1}") for i in range(count)]

    def __enter__(self) -> Workers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def _keep(self) -> None:
        pause_s = 1.0
        while not self._ending.is_set():
            began = time.monotonic()
            worker = subprocess.Popen(self._command, stdin=subprocess.PIPE, env=self._environment)  # noqa: S603
            while worker.poll() is None and not self._ending.wait(_LOOK_EVERY_S):
                pass
            if self._ending.is_set():
                _end(worker)
                return
            pause_s = 1.0 if time.monotonic() - began > _STEADY_S else min(2 * pause_s, _LONGEST_PAUSE_S)
            _LOG.error("a worker ended with %s; another starts in %.0f s", worker.returncode, pause_s)
            self._ending.wait(pause_s)


def _end(worker: subprocess.Popen[bytes]) -> None:
    assert worker.stdin is not None
    with contextlib.suppress(OSError):
        worker.stdin.close()
    worker.terminate()
    try:
        worker.wait(_GOODBYE_S)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()
