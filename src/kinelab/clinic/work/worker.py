"""The worker: takes a job, has it done in a child under limits, keeps the loan alive, brings results home."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from kinelab.clinic.exporting.keeping import publish_export
from kinelab.clinic.settings import Settings
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.files import Kept
from kinelab.clinic.work.child import Child
from kinelab.clinic.work.gathering import gather
from kinelab.clinic.work.later import put_off
from kinelab.clinic.work.leasing import (
    LEASE_S,
    Lease,
    LeaseLostError,
    Watch,
    fail,
    give_back,
    show_life,
    take,
)
from kinelab.clinic.work.outcome import RUN, Outcome
from kinelab.clinic.work.publishing import is_done, publish, store_run
from kinelab.clinic.work.scratch import Scratch
from kinelab.errors import BusyError, ConflictError, KinelabError, OutputError

_LOG = logging.getLogger("kinelab.clinic")
_LOOK_EVERY_S = 0.5
_BEATS = 6  # signs of life in the time of one loan
_PAUSE_S = 1.0


class Worker:
    """One worker of a store; `stop` ends it between two looks, and gives its job back."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        stop: threading.Event | None = None,
        lease_s: float = LEASE_S,
    ) -> None:
        """Make the worker's folder.

        Raises:
            OutputError: the data folder cannot be written.
        """
        self.name = f"{socket.gethostname()[:60]}-{os.getpid()}-{secrets.token_hex(4)}"
        self.stop = stop or threading.Event()
        self._database, self._limits, self._lease_s = database, settings.limits, lease_s
        self._watch = Watch(lease_s)
        self._scratch = Scratch(database.folder, self.name)

    def run(self, *, once: bool = False) -> int:
        """Work until `stop`; with `once` until the queue is empty. How many jobs were taken."""
        n_taken = 0
        try:
            while not self.stop.is_set():
                try:
                    lease = take(self._database, self.name, self._watch, self._limits.job_attempts)
                    if lease is not None:
                        n_taken += 1
                        self._do(lease)
                        continue
                except KinelabError as error:
                    # The database is away, or the disk is full: both pass, and the loan ends by itself.
                    _LOG.warning("%s", error)
                    if once and not isinstance(error, ConflictError):
                        raise
                else:
                    if once:
                        break
                self.stop.wait(_PAUSE_S)
        finally:
            self._scratch.close()
        return n_taken

    def _do(self, lease: Lease) -> None:
        beat = _Beat(self._database, lease, self._lease_s)
        with self._scratch.job(f"{lease.job_id}-{lease.number}") as scratch:
            try:
                try:
                    gathered = gather(self._database, lease, scratch)
                    child = Child(gathered, self._limits.job_wall_s, self._limits.job_memory_bytes)
                except BusyError:
                    raise
                except KinelabError as error:
                    fail(self._database, lease, str(error))
                    return
                if self._watch_over(child, beat):
                    self._bring_home(lease, child, scratch / RUN, beat)
            except LeaseLostError as error:
                _LOG.warning("job %s: %s", lease.job_id, error)

    def _watch_over(self, child: Child, beat: _Beat) -> bool:
        """Whether the child came to an end by itself; one that is wanted no more is stopped."""
        try:
            while child.look(_LOOK_EVERY_S):
                if self.stop.is_set():
                    child.end()
                    give_back(
                        self._database, beat.lease, "its worker was stopped; waits for another", counts=False
                    )
                    return False
                beat.show(child.progress, child.label)
        except BaseException:
            child.end()
            raise
        return True

    def _bring_home(self, lease: Lease, child: Child, folder: Path, beat: _Beat) -> None:
        problem, retry = child.problem, child.retry
        if child.outcome is not None:
            try:
                beat.show(1.0, "keeps the results")
                files = store_run(self._database, folder, lambda: beat.show(1.0, "keeps the results"))
                self._publish(lease, child.outcome, files)
                return
            except LeaseLostError:
                raise
            except OutputError as error:
                problem, retry = str(error), True
        if child.later:
            put_off(self._database, lease, problem)
        elif retry and lease.attempt < self._limits.job_attempts:
            give_back(self._database, lease, f"{problem}; waits for another try")
            self.stop.wait(_PAUSE_S)
        else:
            tries = f" ({lease.attempt} times)" if retry and lease.attempt > 1 else ""
            fail(self._database, lease, f"{problem}{tries}")

    def _publish(self, lease: Lease, outcome: Outcome, files: dict[str, Kept]) -> None:
        """Until the database has answered: what was computed is not thrown away because it restarts."""
        while True:
            try:
                _publisher(lease)(self._database, lease, outcome, files)
                return
            except LeaseLostError:
                if is_done(self._database, lease):
                    return
                raise
            except (BusyError, ConflictError) as error:
                _LOG.warning("job %s: %s", lease.job_id, error)
                if self.stop.wait(_PAUSE_S):
                    raise


def _publisher(lease: Lease) -> Callable[[Database, Lease, Outcome, dict[str, Kept]], None]:
    if lease.kind == "export":
        return publish_export
    return publish


class _Beat:
    """Signs of life of one loan, no more of them than needed."""

    def __init__(self, database: Database, lease: Lease, lease_s: float) -> None:
        self.lease = lease
        self._database, self._lease_s = database, lease_s
        self._every_s = min(lease_s / _BEATS, _PAUSE_S)
        self._last_s = time.monotonic()

    def show(self, progress: float, message: str) -> None:
        """Show life if it is time to.

        Raises:
            LeaseLostError: the job is no longer this worker's.
        """
        if time.monotonic() - self._last_s < self._every_s:
            return
        try:
            show_life(self._database, self.lease, progress, message, self._lease_s)
        except BusyError as error:
            # The database may be back before the loan ends; if not, the next sign of life is refused.
            _LOG.warning("job %s: %s", self.lease.job_id, error)
        self._last_s = time.monotonic()
