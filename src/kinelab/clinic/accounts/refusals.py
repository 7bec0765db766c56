"""Refusals in the audit, without letting who is refused fill the disk.

Of each kind of refusal to each account (or address, where nobody is logged in) the first is written at once
and the rest of ten minutes is counted and written as one row; beyond 64 kinds in ten minutes all others share
one. However many requests are refused, that is at most 130 rows in ten minutes. The counts of the running
ten minutes live in memory: a server that is killed loses them, one that ends in order writes them.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from kinelab.clinic import audit
from kinelab.clinic.actor import Actor
from kinelab.clinic.store.database import Database

WINDOW = timedelta(minutes=10)
_AT_MOST = 64
_SHARED = "others"


@dataclass(frozen=True)
class Refusal:
    """What was refused: HTTP's status, at which kind of place, to whom (account, else address)."""

    status: int
    place: str
    actor: Actor | None = None
    address: str = ""
    tried: str = ""  # the account that somebody tried to log in to

    @property
    def key(self) -> tuple[str, int]:
        """What counts as the same again."""
        return (self.actor.user_id if self.actor else f"{self.address} {self.tried}", self.status)


_NOBODY = Actor("", "nobody", "system", "browser")


class Refusals:
    """The counts of this server."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._began: datetime | None = None
        self._first: dict[tuple[str, int], Refusal] = {}
        self._again: Counter[tuple[str, int]] = Counter()

    def note(self, refusal: Refusal) -> None:
        """Write it, or count it."""
        self.flush(only_old=True)
        with self._lock:
            self._began = self._began or self._database.clock.now()
            key = refusal.key
            if key not in self._first and len(self._first) >= _AT_MOST:
                key, refusal = (_SHARED, 0), Refusal(0, "", None, _SHARED)
            is_first = key not in self._first
            if is_first:
                self._first[key] = refusal
            else:
                self._again[key] += 1
        if is_first:
            self._write([(refusal, 0)])

    def flush(self, *, only_old: bool = False) -> None:
        """Write the counts; `only_old`: if their ten minutes are over."""
        with self._lock:
            if self._began is None or (only_old and self._database.clock.now() - self._began < WINDOW):
                return
            rows = [(self._first[key], count) for key, count in self._again.items()]
            self._began = None
            self._first.clear()
            self._again.clear()
        if rows:
            self._write(rows)

    def _write(self, rows: list[tuple[Refusal, int]]) -> None:
        with self._database.writing() as db:
            for refusal, more in rows:
                detail: dict[str, object] = {"status": refusal.status, "place": refusal.place}
                if refusal.actor is None:
                    detail["address"] = refusal.address
                if more:
                    detail["more"] = more
                kind = "user" if refusal.tried else "request"
                audit.record(db, refusal.actor or _NOBODY, "refuse", kind, refusal.tried, detail=detail)
