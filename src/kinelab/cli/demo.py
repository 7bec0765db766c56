"""`kinelab demo`: a virtual walker is filmed, analysed, and compared with the exact truth."""

from __future__ import annotations

import argparse
from pathlib import Path

NAME = "demo"
HELP = "film a virtual walker, analyse the video, and compare every angle and measure with the exact truth"
EPILOG = """\
examples:
  kinelab demo                        needs no download; the results are in kinelab-demo
  kinelab demo --seed 7 --out seven   another person
  kinelab demo --quick                4 seconds of walking instead of 10
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--out", type=Path, default=Path("kinelab-demo"), metavar="DIR", help="results folder"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="which person walks (default: 0)")
    parser.add_argument("--quick", action="store_true", help="a shorter walk")
    parser.add_argument("--quiet", action="store_true", help="no progress bars")


def run(args: argparse.Namespace) -> int:
    """Film, analyse, compare."""
    from rich.console import Console

    from kinelab.pipeline.demo import demo, print_comparison
    from kinelab.pipeline.summary import print_place

    console = Console()
    result = demo(args.out, args.seed, quick=args.quick, console=Console(stderr=True, quiet=args.quiet))
    print_comparison(result, console)
    print_place(result.analysed.folder, console)
    return 0
