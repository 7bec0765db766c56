"""`kinelab events`: train the network that finds gait events."""

from __future__ import annotations

import argparse
from pathlib import Path

NAME = "events"
HELP = "train the network that finds gait events, on virtual people"
EPILOG = """\
examples:
  kinelab events train --out events --quick     the same path in a minute, useless weights
  kinelab events train --out events             as the shipped one: some ten minutes of one core

Made people are kept in the folder: the same command goes on there. Needs torch. To find events: kinelab gait.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("action", choices=("train",), help="what to do")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of people and weights")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--quick", action="store_true", help="the same on less data, under a minute")


def run(args: argparse.Namespace) -> int:
    """Train and say where the weights are."""
    from rich.console import Console

    from kinelab.pipeline.event_training import EventTraining, train_event_network

    design = EventTraining.quick(args.seed) if args.quick else EventTraining(seed=args.seed)
    path = train_event_network(args.out, design, Console(stderr=True))
    print(f"weights: {path}")
    return 0
