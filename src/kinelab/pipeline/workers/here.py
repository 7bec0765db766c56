"""Jobs done by child processes of this one, each on a seat of its own."""

from __future__ import annotations

import queue
import threading
from types import TracebackType

from kinelab.pipeline.workers.job import Ended, Job
from kinelab.pipeline.workers.seat import Seat, Task


class Here:
    """As many jobs at a time as there are seats; none outlives the first process."""

    def __init__(self, task: Task, processes: int) -> None:
        self._given: queue.Queue[Job | None] = queue.Queue()
        self._ended: queue.Queue[Ended] = queue.Queue()
        self._seats = [Seat(task) for _ in range(processes)]
        self._threads = [
            threading.Thread(target=self._serve, args=(seat,), daemon=True) for seat in self._seats
        ]

    def __enter__(self) -> Here:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nobody waits minutes for jobs that nobody wants; what they did so far stays."""
        for _ in self._threads:
            self._given.put(None)
        closing = [threading.Thread(target=seat.close) for seat in self._seats]
        for thread in closing:
            thread.start()
        for thread in (*closing, *self._threads):
            thread.join()

    @property
    def room(self) -> int:
        """How many jobs may be under way."""
        return len(self._seats)

    def give(self, job: Job) -> None:
        """Have a job done."""
        self._given.put(job)

    def wait(self, timeout_s: float) -> Ended | None:
        """What has ended, or None after a while."""
        try:
            return self._ended.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def _serve(self, seat: Seat) -> None:
        while (job := self._given.get()) is not None:
            self._ended.put(seat.do(job))
