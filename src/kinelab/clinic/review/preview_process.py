"""One worker for previews: who asks comes first, what is read ahead is read while nobody asks."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from threading import Lock
from typing import Any

from kinelab.clinic.review.previewing import LIBRARIES, ReviewedResult, preview, take_up
from kinelab.errors import BusyError
from kinelab.pipeline.child_process import end_with_the_first
from kinelab.pipeline.corrections import Stored

_LOG = logging.getLogger("kinelab.clinic")
_TRIES = 2
_MOST_AHEAD = 64


class PreviewThread:
    """A thread of this process that works out one preview after the other."""

    def __init__(self) -> None:
        self._executor = self._new()
        self._ahead: deque[ReviewedResult] = deque(maxlen=_MOST_AHEAD)
        self._n_at_work = 0
        # Never held while the executor is called: it calls back under a lock of its own.
        self._lock = Lock()

    async def ask(self, result: ReviewedResult, corrections: Sequence[Stored]) -> bytes:
        """What the corrections make of a machine's result, as JSON.

        Raises:
            FileFormatError: a file of the result is missing or damaged, or it is of an older kinelab.
            BusyError: the process was killed, and its successor too.
        """
        for _ in range(_TRIES):
            executor = self._executor
            try:
                return bytes(await asyncio.wrap_future(self._begin(executor, preview, result, corrections)))
            except BrokenExecutor:
                self._start_again(executor)
        raise BusyError(
            "the process that works out previews was killed twice, probably for want of memory; no correction"
            " is lost: ask again"
        )

    def take_up(self, result: ReviewedResult) -> None:
        """Read a result as soon as nobody asks for a preview; what is wrong with it is told then."""
        with self._lock:
            self._ahead.append(result)
        self._go_on()

    def warm(self) -> None:
        """Begin to load what previews need, piece by piece: the end waits for the piece at hand alone."""
        for name in LIBRARIES:
            self._begin(self._executor, import_module, name)

    def close(self) -> None:
        """The end; what is being worked out is waited for, what waits is dropped."""
        with self._lock:
            self._ahead.clear()
        self._executor.shutdown(cancel_futures=True)

    def _new(self) -> Executor:
        return ThreadPoolExecutor(1, "previews")

    def _begin(self, executor: Executor, work: Callable[..., Any], *given: Any) -> Future[Any]:
        with self._lock:
            self._n_at_work += 1
        try:
            future = executor.submit(work, *given)
        except RuntimeError:  # killed, or the server ends
            with self._lock:
                self._n_at_work -= 1
            raise
        future.add_done_callback(self._ended)
        return future

    def _ended(self, future: Future[Any]) -> None:
        with self._lock:
            self._n_at_work -= 1
        if not future.cancelled() and not isinstance(future.exception(), BrokenExecutor):
            self._go_on()

    def _go_on(self) -> None:
        with self._lock:
            result = self._ahead.popleft() if self._ahead and not self._n_at_work else None
        if result is not None:
            with suppress(RuntimeError):
                self._begin(self._executor, take_up, result)

    def _start_again(self, broken: Executor) -> None:
        with self._lock:
            if self._executor is not broken:
                return  # another request saw it first
            self._executor = self._new()
        _LOG.error("a process that works out previews was killed; another one starts")
        broken.shutdown(wait=False)


class PreviewProcess(PreviewThread):
    """The same in a process of its own, which ends with this one.

    What was asked of a process that was killed is asked once more, of its successor.
    """

    def _new(self) -> Executor:
        # Spawned, not forked: a forked child would inherit locks of the server's threads.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(1, mp_context=context, initializer=end_with_the_first)
