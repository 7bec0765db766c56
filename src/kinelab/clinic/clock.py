"""A clock that never goes back, or leases and logins that ended would come to life again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def wall_clock() -> datetime:
    """What the computer says."""
    return datetime.now(UTC)


class Clock:
    """The later of the wall's clock and of the last moment told plus what has really passed since.

    Set back by a person or by a time server, it goes on at its own pace until the wall has caught up.
    `catch_up` tells it of a moment that the store has seen already: a restart does not go back either.
    """

    def __init__(
        self, wall: Callable[[], datetime] = wall_clock, steady_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._wall, self._steady_s = wall, steady_s
        self._lock = threading.Lock()
        self._last, self._at_s = wall(), steady_s()

    def now(self) -> datetime:
        """This moment, in UTC; never before one that was told already."""
        with self._lock:
            at_s = self._steady_s()
            on = self._last + timedelta(seconds=at_s - self._at_s)
            self._last, self._at_s = max(self._wall(), on), at_s
            return self._last

    def catch_up(self, seen: datetime) -> None:
        """Not before `seen` from now on."""
        with self._lock:
            self._last = max(self._last, seen)
