"""An iterator that works ahead in a background thread, so that decoding overlaps what the reader does."""

from __future__ import annotations

import queue
import threading
import weakref
from collections.abc import Generator, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")
_POLL_S = 0.1


class _End:
    """Marks the end of the items; `error` is what ended them, None at their natural end."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


class Prefetch(Generic[T]):
    """Iterates over `source` with up to `size` items made ahead of time in a thread.

    An exception in the source is raised here, at the item where it happened. `close`, or losing the last
    reference, ends the thread and closes the source in it.
    """

    def __init__(self, source: Generator[T], size: int) -> None:
        self._items: queue.Queue[T | _End] = queue.Queue(maxsize=size)
        self._stop = threading.Event()
        # The thread holds no reference to self: else an abandoned reader would never be collected.
        self._thread = threading.Thread(
            target=_fill, args=(source, self._items, self._stop), name="kinelab-prefetch", daemon=True
        )
        self._finalize = weakref.finalize(self, _shut_down, self._items, self._stop, self._thread)
        self._ended = False
        self._thread.start()

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        if self._ended or not self._finalize.alive:
            raise StopIteration
        item = self._items.get()
        if not isinstance(item, _End):
            return item
        self._ended = True
        self.close()
        if item.error is not None:
            raise item.error
        raise StopIteration

    def close(self) -> None:
        """End the thread and wait for it; may be called twice."""
        self._finalize()


def _fill(source: Generator[T], items: queue.Queue[T | _End], stop: threading.Event) -> None:
    error: BaseException | None = None
    try:
        for item in source:
            if not _put(items, item, stop):
                break
    except BaseException as problem:
        # Raised again in the reader's thread.
        error = problem
    finally:
        source.close()
    _put(items, _End(error), stop)


def _put(items: queue.Queue[T | _End], item: T | _End, stop: threading.Event) -> bool:
    while not stop.is_set():
        try:
            items.put(item, timeout=_POLL_S)
        except queue.Full:
            continue
        return True
    return False


def _shut_down(items: queue.Queue[T | _End], stop: threading.Event, thread: threading.Thread) -> None:
    stop.set()
    while thread.is_alive():
        # Emptying the queue wakes a thread that waits to put, before its time-out.
        while not items.empty():
            items.get_nowait()
        thread.join(timeout=_POLL_S)
