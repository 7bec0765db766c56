"""`kinelab batch`: thousands of recordings, on this computer, a Dask cluster or SLURM."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from kinelab.cli.where_options import add_where, print_script, where_of

if TYPE_CHECKING:
    from kinelab.pipeline.batch.recording import Recording

NAME = "batch"
HELP = "thousands of recordings of any kind to a folder each and two tables, here or on a cluster"
EPILOG = """\
examples:
  kinelab batch study/ --out study-results                      every recording below a folder, on all cores
  kinelab batch study/ --out results --table people.csv         heights, options and ways of some recordings
  kinelab batch study/ --out results --set pose=rtmpose-m-halpe26 --set annotate=no
  kinelab batch study/ --out results --list                     only say what would be done
  kinelab batch study/ --out results --dask tcp://head:8786     on the workers of a Dask cluster
  kinelab batch study/ --out results --slurm --workers 40 --partition short --walltime 04:00:00
  kinelab batch study/ --out results --tables-only --jobs 8     measures of marker files, no folder of each

Videos go the way of kinelab analyze, markers and angles that of kinelab gait, worn sensors that of kinelab
estimate; a table or --set door=monocular|ik chooses another. The same command goes on where it stopped, and
tries again what failed. Exit code 1: some failed. The table and all that can be set: docs/scale.md.
"""
_FIRST = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("sessions", type=Path, metavar="SESSIONS", help="folder of recordings, or one file")
    parser.add_argument("--out", type=Path, metavar="DIR", help="of the results (default: SESSIONS-batch)")
    parser.add_argument(
        "--table",
        type=Path,
        metavar="CSV",
        help="what is special about some recordings: person, way, options",
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="an option for all recordings"
    )
    parser.add_argument(
        "--tables-only", action="store_true", help="the two tables, no folder of each recording"
    )
    parser.add_argument("--list", action="store_true", help="only say which recordings go which way")
    parser.add_argument("--quick", action="store_true", help=f"the first {_FIRST} recordings only")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    add_where(parser)


def run(args: argparse.Namespace) -> int:
    """Find the recordings, have them done, and say what came of them."""
    from rich.console import Console

    from kinelab.pipeline.batch.run import run_batch
    from kinelab.pipeline.batch.tables import OVERVIEW

    if print_script(args):
        return 0
    out = args.out or Path(f"{args.sessions.resolve().name}-batch")
    recordings = _recordings(args, out)
    if args.quick:
        recordings = recordings[:_FIRST]
    if args.list:
        for one in recordings:
            said = " ".join(f"{name}={value}" for name, value in {**one.subject, **one.options}.items())
            print(f"{one.door:<10} {one.path.relative_to(_root(args.sessions)).as_posix()} {said}".rstrip())
        return 0
    console = Console(stderr=True, quiet=args.quiet)
    done = run_batch(
        recordings, _root(args.sessions), out, where_of(args), console, tables_only=args.tables_only
    )
    states = ", ".join(f"{count} {state}" for state, count in done.states.most_common())
    print(f"{len(recordings)} recordings: {states}")
    failed = done.states["failed"]
    if failed:
        print(f"{failed} failed: {OVERVIEW} says why; the same command tries them again")
    print(f"Look at: {done.overview}, {done.measures}")
    return 1 if failed else 0


def _root(sessions: Path) -> Path:
    return sessions.resolve() if sessions.is_dir() else sessions.resolve().parent


def _recordings(args: argparse.Namespace, out: Path) -> list[Recording]:
    from kinelab.pipeline.batch.finding import find_recordings
    from kinelab.pipeline.batch.table import read_table, row_of_settings, told

    general = row_of_settings(args.set, Path())
    rows = [general, *(read_table(args.table) if args.table else ())]
    found = find_recordings(args.sessions, leave_out=out, mapped="mapping" in general.options)
    return told(found, rows, args.sessions)
