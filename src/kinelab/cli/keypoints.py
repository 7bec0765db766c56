"""`kinelab keypoints`: a keypoint network of one's own, from videos to a validated tracker."""

from __future__ import annotations

import argparse

from kinelab.cli.actions import act, add_parts

NAME = "keypoints"
HELP = "a keypoint network of your own: choose frames, label, train, evaluate, track"
EPILOG = """\
examples:
  kinelab keypoints new runners --from gait20
  kinelab keypoints add runners day1/*.mp4 --person anna --length-mm 610 --length-px 244
  kinelab keypoints frames runners --per-video 20
  kinelab label runners --rater joe
  kinelab keypoints status runners
  kinelab keypoints agree runners --raters joe,mia
  kinelab keypoints train runners
  kinelab keypoints evaluate runners
  kinelab keypoints track runners new.mp4
  kinelab keypoints outliers runners              where is it likely wrong? correct, train again, gain

A project is a folder of plain text and pictures: copy it, mail it, keep it under version control.
"""
_PARTS = (
    "keypoints_project",
    "keypoints_frames",
    "keypoints_exchange",
    "keypoints_agree",
    "keypoints_train",
    "keypoints_track",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Every action with its options."""
    add_parts(parser, _PARTS)


run = act
