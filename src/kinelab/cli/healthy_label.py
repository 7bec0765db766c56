"""The options that say who the healthy people of a norm set, or of a model of strides, are."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kinelab.gait.norms import NormLabel


def add_label_options(parser: argparse.ArgumentParser) -> None:
    """What a score is to name later: all of it is asked for but the population."""
    for name in ("name", "version", "laboratory", "model", "source", "licence"):
        parser.add_argument(f"--{name}", required=True, help=f"{name} of these healthy people's data")
    parser.add_argument("--population", default="", help="who the people are")
    parser.add_argument("--attribution", default="", help="what must be said beside the scores")


def label_of_options(args: argparse.Namespace) -> NormLabel:
    """The label; how many people there are is counted later."""
    from kinelab.gait.norms import NormLabel

    return NormLabel(
        args.name, args.version, args.laboratory, args.model, args.population, 0, args.source, args.licence,
        basis="the healthy strides themselves", attribution=args.attribution,
    )  # fmt: skip
