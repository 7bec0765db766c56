"""Jobs done by the workers of a Dask cluster; all of them see the jobs' folders under one path."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import queue
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from types import TracebackType
from typing import Any

from kinelab.errors import InputError, KinelabError, MissingExtraError
from kinelab.files.atomic import write_text
from kinelab.pipeline.run_folder import LIBRARIES
from kinelab.pipeline.workers.job import Ended, Job
from kinelab.pipeline.workers.on_worker import do_on_worker, end_seats, sees, versions
from kinelab.pipeline.workers.seat import Task

_CONNECT_S = 15
PATIENCE_S = 600.0  # without any worker
_SEEN_S = 10.0  # network file systems show new files late
_LOST = (OSError, RuntimeError, TimeoutError, CancelledError)  # what a client raises without its scheduler
_AHEAD = 2  # jobs under way for each thread of the workers: one is done, one waits beside it


class OnCluster:
    """Few jobs are handed over at a time, so that a hundred thousand take no more memory than a hundred.

    A job of a worker that dies goes to another one, by Dask itself; one with which several workers died comes
    back as "died".
    """

    def __init__(self, task: Task, client: Any, patience_s: float = PATIENCE_S) -> None:
        self._task = replace(task, token=secrets.token_hex(8), path=())
        self._client = client
        self._futures: dict[str, Any] = {}
        self._ended: queue.Queue[Any] = queue.Queue()
        self._given = 0
        self._patience_s = patience_s
        self._asked_s = self._seen_s = time.monotonic()
        self._room: int | None = None

    def __enter__(self) -> OnCluster:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """What is under way is stopped, and no process stays behind on the workers."""
        with contextlib.suppress(*_LOST):  # of a cluster that is gone nothing is left to be stopped
            self._client.cancel(list(self._futures.values()))
            self._client.run(end_seats, self._task.token, on_error="ignore")

    @property
    def room(self) -> int:
        """How many jobs may be under way; it follows the workers that come and go."""
        if self._room is None or time.monotonic() - self._asked_s > 1.0:
            self._asked_s = time.monotonic()
            with self._there():
                threads = sum(self._client.nthreads().values())
            self._room = _AHEAD * max(1, threads)
            self._seen_s = self._asked_s if threads else self._seen_s
            if self._asked_s - self._seen_s > self._patience_s:
                raise KinelabError(
                    f"the cluster has had no worker for {self._patience_s:g} s; what is done is kept, and"
                    " the same command goes on when there are workers"
                )
        return self._room

    def give(self, job: Job) -> None:
        """Have a job done by any worker.

        Raises:
            KinelabError: the scheduler is gone; so for `room` and `wait`.
        """
        self._given += 1
        key = f"kinelab-{self._task.token}-{self._given}"
        with self._there():
            future = self._client.submit(do_on_worker, job, self._task, key=key, pure=False)
        self._futures[job.name] = future
        future.add_done_callback(lambda done: self._ended.put((job.name, done)))

    def wait(self, timeout_s: float) -> Ended | None:
        """What has ended, or None after a while."""
        try:
            name, future = self._ended.get(timeout=timeout_s)
        except queue.Empty:
            return None
        self._futures.pop(name, None)
        with self._there():
            return _how_it_ended(name, future)

    @contextlib.contextmanager
    def _there(self) -> Iterator[None]:
        try:
            yield
        except _LOST as error:
            raise KinelabError(
                "the Dask scheduler was lost; what is done is kept, and the same command goes on with another"
            ) from error


def _how_it_ended(name: str, future: Any) -> Ended:
    if future.status == "error":  # on the worker, not on the way to it
        error = future.exception()
        if type(error).__name__ == "KilledWorker":
            return Ended(name, "died", "the workers that did it were lost; if memory ran out, give them more")
        return Ended(name, "failed", f"{type(error).__name__}: {error}")
    ended: Ended = future.result()
    return ended


def connect(address: str) -> Any:
    """A client of the cluster whose scheduler is at `address` (tcp://host:port).

    Raises:
        MissingExtraError: the package distributed is not installed.
        InputError: no scheduler answers there, or it has no workers.
    """
    distributed = load_distributed()
    # Asked without a client first: one that reaches nobody is closed by the garbage collector, at a moment
    # when the next may hold the lock that closing waits for, and then both wait for ever.
    try:
        asyncio.run(_ask(address))
    except (OSError, TimeoutError, ValueError) as error:
        raise InputError(
            f"no Dask scheduler answers at {address!r} ({error}); expected an address such as"
            " tcp://192.168.1.10:8786, as `dask scheduler` prints it"
        ) from error
    client = distributed.Client(address, timeout=_CONNECT_S, set_as_default=False)
    if not client.nthreads():
        client.close()
        raise InputError(
            f"the Dask scheduler at {address} has no workers; start one with `dask worker {address}`"
        )
    return client


def load_distributed() -> Any:
    """The package distributed.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        return importlib.import_module("distributed")
    except ImportError as error:
        raise MissingExtraError("work on a cluster", "cluster") from error


@contextlib.contextmanager
def quiet_logs() -> Iterator[None]:
    """Workers that come and go are told by the result, not by lines of a log across the progress bar."""
    log = logging.getLogger("distributed")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)


async def _ask(address: str) -> None:
    comm = await importlib.import_module("distributed.comm").connect(address, timeout=_CONNECT_S)
    await comm.close()


def check_workers(client: Any, home: Path, places: Sequence[Path]) -> str:
    """See that the workers of now have this kinelab and see the same files; what is to be known besides.

    Raises:
        InputError: a worker has another kinelab or none, or does not see `home` or one of the places.
    """
    found: Mapping[str, Any] = client.run(metadata.version, "kinelab", on_error="return")
    ours = metadata.version("kinelab")
    for worker, version in sorted(found.items()):
        if version != ours:
            has = f"has kinelab {version}" if isinstance(version, str) else "has no kinelab"
            raise InputError(
                f"the worker {worker} {has}, this computer has {ours}: results would differ. Install the same"
                " on all of them"
            )
    _check_folders(client, home, places)
    theirs: Mapping[str, Mapping[str, str]] = client.run(versions, LIBRARIES)
    differ = sorted(
        {
            f"{name} {held[name]} (here {mine})"
            for held in theirs.values()
            for name, mine in versions(LIBRARIES).items()
            if held[name] != mine
        }
    )
    return f"workers have other versions, last digits may differ: {', '.join(differ)}" if differ else ""


def _check_folders(client: Any, home: Path, places: Sequence[Path]) -> None:
    token = secrets.token_hex(8)
    probe = home / f".probe-{token}"
    write_text(probe, token)
    wanted = {str(probe): token, **dict.fromkeys(map(str, places), "")}
    try:
        deadline = time.monotonic() + _SEEN_S
        while True:
            seen: Mapping[str, Mapping[str, str]] = client.run(sees, (str(probe), *map(str, places)))
            blind = {worker: lacks for worker, held in seen.items() if (lacks := _lacks(wanted, held, probe))}
            if not blind:
                return
            if time.monotonic() > deadline:
                break
            time.sleep(0.5)
    finally:
        probe.unlink(missing_ok=True)
    worker, lacks = min(blind.items())
    what = home if lacks == str(probe) else lacks
    raise InputError(
        f"{len(blind)} of {len(seen)} workers do not see {what} of this computer (the first: {worker});"
        " results and recordings must lie in a folder that all computers share under one path"
    )


def _lacks(wanted: Mapping[str, str], seen: Mapping[str, str], probe: Path) -> str:
    """The first path that a worker does not see as it is; empty if there is none."""
    for path, text in wanted.items():
        if path not in seen or (path == str(probe) and seen[path] != text):
            return path
    return ""
