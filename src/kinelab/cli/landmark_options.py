"""Options of the commands that find a person's landmarks in films of several cameras."""

from __future__ import annotations

import argparse


def add_landmark_options(group: argparse._ArgumentGroup) -> None:
    """How landmarks are found in videos, and what landmark files are."""
    group.add_argument("--pose", metavar="NAME|FILE", help="pose model (see: kinelab models list)")
    group.add_argument("--detector", metavar="NAME|FILE", help="person detector (see: kinelab models list)")
    group.add_argument("--landmark-set", metavar="NAME", help="what the landmarks of the model or files are")
    group.add_argument("--person", type=int, metavar="N", help="whom, where a file holds several people")
    group.add_argument("--rate-hz", type=float, metavar="HZ", help="of landmark files without times")
