"""`kinelab reliability`: how far two days of the same people agree, and what changed in one person."""

from __future__ import annotations

import argparse
from pathlib import Path

NAME = "reliability"
HELP = (
    "two days of the same people: ICC, SEM, smallest real change, agreement, curves; or what changed in one"
)
EPILOG = """\
examples:
  kinelab reliability day1 day2 --out study               three people or more on both days
  kinelab reliability visit1 visit2 --out changed --mdc study/reliability.json      one person
  kinelab reliability day1 day2 --out changed --person P07 --mdc study/reliability.json

A day is a folder of results of kinelab (analyze, gait, inertial ...), each with kinematics.nc, strides.nc and
measures.nc, at any depth. People are matched by the subject id of their results. A change is judged against
the smallest real change (MDC95) of a study of the same way of measuring.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("day1", type=Path, metavar="DAY1", help="folder of the first day's results")
    parser.add_argument("day2", type=Path, metavar="DAY2", help="folder of the second day's results")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of tables and page")
    parser.add_argument("--person", metavar="ID", help="judge the change of this person only")
    parser.add_argument("--mdc", type=Path, metavar="FILE", help="reliability.json with the real changes")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of permutations (default: 0)")


def run(args: argparse.Namespace) -> int:
    """Compute, write, say the answer."""
    from kinelab.pipeline.reliability_run import run_reliability

    done = run_reliability(
        args.day1, args.day2, args.out, person=args.person, mdc=args.mdc, seed=args.seed
    )  # fmt: skip
    for sentence in done.answer:
        print(sentence)
    print(f"Look at: {done.page}")
    return 0
