"""What a child process does so that it never outlives the first."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading


def end_with_the_first() -> None:
    """Make this process end with the one that started it; to be called first in a child.

    Ctrl-C is the first's to answer; being told to end raises SystemExit, so that what is unfinished is put
    away; a kill -9 of the first is seen and ends this one at once.
    """
    leave_signals_to_the_first()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def leave_signals_to_the_first() -> None:
    """Ctrl-C is the first process's to answer; being told to end raises SystemExit."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
