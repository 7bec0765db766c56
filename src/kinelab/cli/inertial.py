"""`kinelab inertial`: movements as examples, and networks that learn joint angles from sensors on them."""

from __future__ import annotations

import argparse

from kinelab.cli.actions import act, add_parts

NAME = "inertial"
HELP = "networks for worn inertial sensors: movements to learn from, training, search of settings"
EPILOG = """\
examples:
  kinelab inertial motions --walkers 40 --runners 40 --out people      virtual people to learn from
  kinelab inertial train --motions people/*.npz --out networks         all joints, the recipe that ships
  kinelab inertial search --motions people/*.npz --joint knee --out s  the published space of settings

With sensors on a person: kinelab sensors check, then kinelab estimate.
"""
_PARTS = ("inertial_motions", "inertial_train", "inertial_search")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Every action with its options."""
    add_parts(parser, _PARTS)


run = act
