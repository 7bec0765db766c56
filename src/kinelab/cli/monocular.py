"""`kinelab monocular`: networks that tell joint angles from one camera: examples, training, checks."""

from __future__ import annotations

import argparse

from kinelab.cli.actions import act, add_parts

NAME = "monocular"
HELP = "networks for one camera: examples to learn from, training, calibration, explanation, transfer"
EPILOG = """\
examples:
  kinelab monocular examples --people 400 --out learn               virtual people to learn from
  kinelab monocular examples --people 40 --seed 200 --out held      others, to be judged by
  kinelab monocular examples --sessions lab/* --out mine            people of sessions with known angles
  kinelab monocular train learn --held-out held --out direct        crop in, angles with their sd out
  kinelab monocular examples --clips train --out clips              the same people over many frames
  kinelab monocular train-sequence clips --network direct/network.safetensors --out smooth
  kinelab monocular evaluate direct/network.safetensors held        errors of every angle
  kinelab monocular people direct/network.safetensors held --out people.csv    for kinelab study fairness
  kinelab monocular explain walk.mp4 --angle knee_angle_r --out why
  kinelab monocular transfer mine --out adapted                     to your own view, movement or model

On a video: kinelab estimate VIDEO --method monocular.
"""
_PARTS = (
    "monocular_examples", "monocular_train", "monocular_sequence", "monocular_check", "monocular_explain",
    "monocular_transfer", "monocular_people",
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Every action with its options."""
    add_parts(parser, _PARTS)


run = act
