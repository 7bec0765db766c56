"""Cells done by the workers of a Dask cluster; all of them see the study's folder under one path."""

from __future__ import annotations

import asyncio
import importlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from kinelab.errors import InputError, MissingExtraError
from kinelab.study.grid_cell import Job, Work, do_cell

_TICK_S = 0.5
_CONNECT_S = 15


def run_dask(jobs: Sequence[Job], out: Path, work: Work, address: str) -> Iterator[dict[str, str]]:
    """As `run_local`, on the cluster whose scheduler is at `address` (tcp://host:port).

    A cell of a worker that dies goes to another one, which resumes it from the folder. Results are read
    from the folder, so they are those of a local run.

    Raises:
        MissingExtraError: the package distributed is not installed.
        InputError: no scheduler answers there, or it has no workers.
    """
    distributed = _distributed()
    client = _connect(distributed, address)
    try:
        futures = {
            client.submit(
                do_cell, job, out.resolve(), work, key=f"{out.resolve()}-{job.name}", pure=False
            ): job.name
            for job in jobs
        }
        try:
            while futures:
                time.sleep(_TICK_S)
                ended = [future for future in futures if future.done()]
                yield {futures.pop(future): _how_it_ended(future) for future in ended}
        finally:
            client.cancel(list(futures))
    finally:
        client.close()


def _distributed() -> Any:
    try:
        return importlib.import_module("distributed")
    except ImportError as error:
        raise MissingExtraError("a study on a cluster", "cluster") from error


def _connect(distributed: Any, address: str) -> Any:
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
    if not client.scheduler_info()["workers"]:
        client.close()
        raise InputError(
            f"the Dask scheduler at {address} has no workers; start one with `dask worker {address}`"
        )
    return client


async def _ask(address: str) -> None:
    comm = await importlib.import_module("distributed.comm").connect(address, timeout=_CONNECT_S)
    await comm.close()


def _how_it_ended(future: Any) -> str:
    if future.status == "finished":
        return ""
    error = future.exception()
    return f"{type(error).__name__}: {error}"
