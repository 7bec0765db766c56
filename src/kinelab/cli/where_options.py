"""Where many jobs are done: the options that commands of many jobs have in common."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kinelab.pipeline.workers.doing import Where
    from kinelab.pipeline.workers.slurm import Slurm

# What only means something with --slurm, by its name in the parsed arguments.
_OF_SLURM = ("workers", "cores", "partition", "account", "memory", "walltime", "slurm_config")


def add_where(
    parser: argparse.ArgumentParser, processes: str = "--jobs", usual: str = "one for each core"
) -> None:
    """Declare them; processes: the option for processes of this computer; usual: its default."""
    where = parser.add_argument_group("where (docs/scale.md)")
    where.add_argument(
        processes, dest="processes", type=int, metavar="N",
        help=f"at a time, on this computer (default: {usual})",
    )  # fmt: skip
    cluster = where.add_mutually_exclusive_group()
    cluster.add_argument("--dask", metavar="ADDRESS", help="the scheduler of a Dask cluster, tcp://host:port")
    cluster.add_argument("--slurm", action="store_true", help="on workers that SLURM starts")
    where.add_argument("--workers", type=int, metavar="N", help="SLURM jobs at a time (default: 4)")
    where.add_argument("--cores", type=int, metavar="N", help="of each SLURM job (default: 1)")
    where.add_argument("--partition", metavar="NAME", help="of SLURM")
    where.add_argument("--account", metavar="NAME", help="of SLURM")
    where.add_argument("--memory", metavar="SIZE", help="of each SLURM job, such as 8GB (default: 4GB)")
    where.add_argument("--walltime", metavar="HH:MM:SS", help="of each SLURM job; ended ones start again")
    where.add_argument(
        "--slurm-config", type=Path, metavar="YAML", help="what has no option here, as dask-jobqueue has it"
    )
    where.add_argument(
        "--slurm-script", action="store_true", help="only print the script that SLURM would get"
    )
    where.add_argument(
        "--timeout-s",
        type=float,
        metavar="S",
        help="what takes longer is ended and reported",
    )
    where.add_argument(
        "--memory-gb", type=float, metavar="GB", help="what takes more is ended and reported (Linux)"
    )


def where_of(args: argparse.Namespace, processes: int | None = None) -> Where:
    """What the options say; processes: how many at a time where they do not (None: one for each core).

    Raises:
        InputError: options that do not go together.
    """
    import os

    from kinelab.errors import InputError
    from kinelab.pipeline.workers.doing import Where

    given = [name for name in _OF_SLURM if getattr(args, name) is not None]
    if given and not (args.slurm or args.slurm_script):
        options = ", ".join("--" + name.replace("_", "-") for name in given)
        raise InputError(f"{options}: only with --slurm")
    usual = processes or os.cpu_count() or 1
    return Where(
        processes=usual if args.processes is None else args.processes,
        dask=args.dask,
        slurm=_slurm(args) if args.slurm else None,
        timeout_s=args.timeout_s,
        memory_gb=args.memory_gb,
    )


def print_script(args: argparse.Namespace) -> bool:
    """Print what SLURM would get, if that was asked for; whether it was.

    Raises:
        KinelabError: the options make no script, or dask-jobqueue is not installed.
    """
    if not args.slurm_script:
        return False
    from kinelab.pipeline.workers.slurm import job_script

    print(job_script(_slurm(args)), end="")
    return True


def _slurm(args: argparse.Namespace) -> Slurm:
    from kinelab.pipeline.workers.slurm import Slurm

    return Slurm(
        workers=4 if args.workers is None else args.workers,
        partition=args.partition,
        account=args.account,
        memory=args.memory,
        walltime=args.walltime,
        cores=args.cores,
        config=args.slurm_config,
    )
