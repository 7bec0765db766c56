"""A Dask cluster of one's own, its workers started by SLURM through dask-jobqueue."""

from __future__ import annotations

import contextlib
import importlib
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from kinelab.core.checks import Problems
from kinelab.errors import FileFormatError, InputError, MissingExtraError
from kinelab.pipeline.workers.cluster import load_distributed

_TICK_S = 0.5
_USUAL = {"cores": 1, "memory": "4GB"}


@dataclass(frozen=True)
class Slurm:
    """What SLURM is asked for; None is what dask-jobqueue's files say (~/.config/dask/jobqueue.yaml and
    `config`), and 1 core and 4 GB where they say nothing.

    workers: SLURM jobs at a time. cores: of each, as many things does it do at a time. memory as SLURM
    writes it (8GB), walltime as HH:MM:SS. config: a file of dask-jobqueue's (jobqueue: slurm: ...), for all
    that has no option here. wait_s: how long SLURM may take to start the first worker.
    """

    workers: int = 4
    partition: str | None = None
    account: str | None = None
    memory: str | None = None
    walltime: str | None = None
    cores: int | None = None
    config: Path | None = None
    wait_s: float = 3600.0

    def __post_init__(self) -> None:
        with Problems("slurm") as problems:
            problems.add_if(self.workers < 1, f"workers is {self.workers}, expected 1 or more")
            problems.add_if(
                self.cores is not None and self.cores < 1, f"cores is {self.cores}, expected 1 or more"
            )


def job_script(slurm: Slurm) -> str:
    """The script that SLURM would get for each worker.

    Raises:
        MissingExtraError: dask-jobqueue is not installed.
        FileFormatError, InputError: as `slurm_client`.
    """
    with _cluster(slurm) as cluster:
        script: str = cluster.job_script()
        return script


@contextlib.contextmanager
def slurm_client(slurm: Slurm, console: Console) -> Iterator[Any]:
    """A client of a cluster whose workers SLURM starts, and starts again where one ends; none stays behind.

    Raises:
        MissingExtraError: dask-jobqueue is not installed.
        FileFormatError: the configuration cannot be read.
        InputError: no sbatch on this computer, SLURM refuses, or no worker comes.
    """
    if shutil.which("sbatch") is None:
        raise InputError(
            "there is no sbatch on this computer; --slurm is for a computer that submits to SLURM, elsewhere"
            " take --jobs or --dask"
        )
    distributed = load_distributed()
    with _cluster(slurm) as cluster, distributed.Client(cluster, set_as_default=False) as client:
        # Adapting, with both ends at one number: what SLURM ends at the wall time is started again.
        cluster.adapt(minimum_jobs=slurm.workers, maximum_jobs=slurm.workers)
        console.print(f"waiting for SLURM to start the first of {slurm.workers} workers", highlight=False)
        deadline = time.monotonic() + slurm.wait_s
        while not client.nthreads():
            if time.monotonic() > deadline:
                raise InputError(
                    f"SLURM started no worker in {slurm.wait_s:g} s; look at the queue with `squeue`, and at"
                    " what is asked for with --slurm-script"
                )
            time.sleep(_TICK_S)
        yield client


@contextlib.contextmanager
def _cluster(slurm: Slurm) -> Iterator[Any]:
    dask = _load("dask")
    asked = {
        "queue": slurm.partition, "account": slurm.account, "walltime": slurm.walltime,
        "memory": slurm.memory, "cores": slurm.cores,
    }  # fmt: skip
    # A job that kills its worker is judged here, after each time, not after four workers are lost.
    settings = {"distributed.scheduler.allowed-failures": 0}
    jobqueue = _load("dask_jobqueue")  # which brings its own defaults into the configuration
    with dask.config.set(_merged(dask, slurm.config)), dask.config.set(settings):
        said = dask.config.get("jobqueue.slurm")
        usual = {name: value for name, value in _USUAL.items() if said.get(name) is None}
        given = {name: value for name, value in asked.items() if value is not None}
        try:
            cluster = jobqueue.SLURMCluster(processes=1, **{**usual, **given})
        except (ValueError, TypeError) as error:
            raise InputError(f"dask-jobqueue cannot make a SLURM job of these options: {error}") from error
        with cluster:
            yield cluster


def _merged(dask: Any, path: Path | None) -> dict[str, Any]:
    """The configuration with that of a file over it."""
    if path is None:
        return {}
    merged: dict[str, Any] = dask.config.merge(dask.config.config, _read(path))
    return merged


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise InputError(f"{path}: no such file; check the spelling")
    yaml = _load("yaml")
    try:
        held = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise FileFormatError(path, f"is not YAML ({error})") from error
    if not isinstance(held, dict) or not isinstance(held.get("jobqueue"), dict):
        raise FileFormatError(path, "has no part `jobqueue:`; expected a configuration of dask-jobqueue")
    return held


def _load(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingExtraError("work on SLURM", "cluster") from error
