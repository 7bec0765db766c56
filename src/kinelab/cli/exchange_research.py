"""`kinelab exchange research`: many runs as pseudonymised tables."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kinelab.exchange.research import ResearchSession
    from kinelab.pipeline.progress import Advance

_EPILOG = """\
examples:
  openssl rand -hex 32 > key                       keep it: it makes the same pseudonyms again
  kinelab exchange research study/*/ --key-file key --out export
  kinelab exchange research study/*/ --key-file key --out export --recorded days.csv --dates shift \\
      --suppress --licence "CC BY 4.0"

days.csv has the columns run (a run folder's name) and recorded (2026-01-31). What is exported, and what
not, stands in docs/exchange.md.
"""


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """research."""
    parser = actions.add_parser(
        "research", help="pseudonymised tables and curves of many runs", epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="run folders with report.json")
    parser.add_argument(
        "--key-file", type=Path, required=True, metavar="FILE", help="a secret of 16 bytes or more"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder")
    parser.add_argument("--recorded", type=Path, metavar="CSV", help="when the runs' people were recorded")
    parser.add_argument(
        "--dates", choices=("none", "year", "shift"), default="year",
        help="what is told of that (default: year); shift: the day, moved by a number of the person's own",
    )  # fmt: skip
    parser.add_argument("--least", type=int, default=5, metavar="K", help="smallest group (default: 5)")
    parser.add_argument("--suppress", action="store_true", help="tell nothing of people in smaller groups")
    parser.add_argument("--licence", metavar="TEXT", help="under what terms these data may be used")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    parser.set_defaults(act=_research)


def _research(args: argparse.Namespace) -> int:
    from rich.console import Console

    from kinelab.errors import InputError
    from kinelab.exchange.connection import read_secret
    from kinelab.exchange.research import research_tables
    from kinelab.exchange.research_files import NO_LICENCE, write_research
    from kinelab.pipeline.progress import progress

    if args.least < 1:
        raise InputError(f"--least is {args.least}, expected 1 or more people")
    key = (read_secret(args.key_file) or "").encode()
    with progress("runs", len(args.runs), Console(stderr=True, quiet=args.quiet), "runs") as advance:
        tables = research_tables(
            _sessions(args, advance), key, dates=args.dates, least=args.least, suppress=args.suppress
        )
    written = write_research(tables, args.out, licence=args.licence or NO_LICENCE)
    print(f"{len(tables.people)} people, {len(tables.sessions)} sessions, {len(tables.measures)} measures")
    for path in written:
        print(f"  {path}")
    for note in tables.notes:
        print(f"note: {note}")
    return 0


def _sessions(args: argparse.Namespace, advance: Advance) -> Iterator[ResearchSession]:
    from kinelab.core.strides import Strides
    from kinelab.errors import InputError
    from kinelab.exchange.research import ResearchSession
    from kinelab.files.native import load_as
    from kinelab.reports.reading import read_page

    days = _days(args.recorded) if args.recorded else {}
    names = [run.resolve().name for run in args.runs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if days and twice:
        raise InputError(f"--recorded goes by the names of run folders, and {twice[0]} is that of several")
    for done, run in enumerate(args.runs, start=1):
        report = read_page(run).report
        path = run / "strides.nc"
        strides = load_as(Strides, path) if path.is_file() else None
        yield ResearchSession(report, strides, days.get(run.resolve().name))
        advance(done)


def _days(path: Path) -> dict[str, str]:
    """When each run was recorded, by its folder's name."""
    import csv

    from kinelab.errors import FileFormatError
    from kinelab.files.text_rows import read_text

    rows = list(csv.DictReader(read_text(path).splitlines()))
    if not rows or not {"run", "recorded"} <= set(rows[0]):
        found = ", ".join(map(str, rows[0])) if rows else "nothing"
        raise FileFormatError(path, f"holds {found}; expected the columns run and recorded")
    return {str(row["run"]): str(row["recorded"]) for row in rows if row["recorded"]}
