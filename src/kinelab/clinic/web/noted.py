"""Reads that the audit has already: a video that is watched asks for hundreds of parts of one file."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

_LASTS_S = 600.0
_MOST = 10_000


class NotedReads:
    """Which login was noted as reading which file in the last ten minutes; after that it is noted again."""

    def __init__(self, steady_s: Callable[[], float] = time.monotonic) -> None:
        self._at_s: OrderedDict[tuple[str, ...], float] = OrderedDict()
        self._lock, self._steady_s = threading.Lock(), steady_s

    def has(self, *read: str) -> bool:
        """Whether this read was noted."""
        with self._lock:
            at_s = self._at_s.get(read)
        return at_s is not None and self._steady_s() - at_s < _LASTS_S

    def add(self, *read: str) -> None:
        """It is in the audit now; the oldest are forgotten first."""
        with self._lock:
            self._at_s[read] = self._steady_s()
            self._at_s.move_to_end(read)
            while len(self._at_s) > _MOST:
                self._at_s.popitem(last=False)
