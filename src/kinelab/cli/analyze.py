"""`kinelab analyze`: from a walking video to a gait report."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kinelab.pipeline.settings import AnalyzeSettings

NAME = "analyze"
HELP = "from a walking video to joint angles, gait events, strides, measures and a report"
EPILOG = """\
examples:
  kinelab analyze walk.mp4 --height-m 1.72
  kinelab analyze walk.mp4 --pose rtmpose-m-halpe26 --detector yolox-tiny --out visit1
  kinelab analyze walk.mp4 --person 2                 the second candidate of contact_sheet.png
  kinelab analyze slow.mp4 --slow-motion 8            recorded at 240 Hz, plays at 30 Hz
  kinelab analyze walk.mp4 --keypoints walkDLC.h5     landmarks of another tool (DeepLabCut, SLEAP, ...)
  kinelab analyze run.mp4 --network runners/networks/fast    a network of your own (kinelab keypoints train)
  kinelab analyze squat.mp4 --no-gait                 joint angles only

The results are in one folder: open report.html first. The same command again goes on where it stopped.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("video", type=Path, help="the video (any container and codec that FFmpeg reads)")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="folder of the results (default: VIDEO-kinelab)"
    )
    finding = parser.add_argument_group("finding the person")
    finding.add_argument("--pose", metavar="NAME|FILE", help="pose model (see: kinelab models list)")
    finding.add_argument("--detector", metavar="NAME|FILE", help="person detector (see: kinelab models list)")
    finding.add_argument(
        "--network",
        type=Path,
        metavar="RUN",
        help="a network of your own labels (run folder or file) instead",
    )
    finding.add_argument("--keypoints", type=Path, metavar="FILE", help="landmarks of another tool instead")
    finding.add_argument("--landmark-set", metavar="NAME", help="what the landmarks of the model or file are")
    finding.add_argument(
        "--person", type=int, metavar="N", help="whom to analyse (default: who walks most through the view)"
    )
    finding.add_argument("--detect-every", type=int, default=2, metavar="N", help="frames (default: 2)")
    person = parser.add_argument_group("about the person and the recording")
    person.add_argument("--subject", default="anonymous", metavar="ID", help="a pseudonym, never a name")
    person.add_argument("--height-m", type=float, metavar="M", help="body height: turns pixels into metres")
    person.add_argument("--mass-kg", type=float, metavar="KG")
    person.add_argument("--sex", choices=("female", "male", "other"))
    person.add_argument("--affected-side", choices=("left", "right", "both", "none"))
    person.add_argument(
        "--known-length",
        nargs=3,
        metavar=("LANDMARK", "LANDMARK", "M"),
        help="distance between two landmarks, e.g. right_knee right_ankle 0.41",
    )
    person.add_argument(
        "--px-per-m", type=float, metavar="PX", help="pixels per metre where the person walks"
    )
    person.add_argument(
        "--slow-motion", type=float, default=1.0, metavar="X", help="how many times slower than real it plays"
    )
    how = parser.add_argument_group("how")
    how.add_argument(
        "--cutoff-hz", type=float, default=6.0, metavar="HZ", help="low-pass filter (default: 6)"
    )
    how.add_argument(
        "--min-strides", type=int, default=2, metavar="N", help="whole strides wanted (default: 2)"
    )
    how.add_argument("--no-gait", action="store_true", help="another movement than walking: angles only")
    how.add_argument("--no-video", action="store_true", help="do not write the annotated video")
    how.add_argument("--quiet", action="store_true", help="no progress bars")


def run(args: argparse.Namespace) -> int:
    """Analyse and say where the results are."""
    from rich.console import Console

    from kinelab.pipeline.analyze import analyze
    from kinelab.pipeline.summary import print_summary

    out = args.out or Path(f"{args.video.stem}-kinelab")
    analysed = analyze(args.video, out, _settings(args), Console(stderr=True, quiet=args.quiet))
    print_summary(analysed.report, analysed.folder, Console())
    return 0


def _settings(args: argparse.Namespace) -> AnalyzeSettings:
    from kinelab.core.subject import Subject
    from kinelab.errors import InputError
    from kinelab.pipeline.settings import AnalyzeSettings

    known_length = None
    if args.known_length:
        first, second, length = args.known_length
        try:
            known_length = (first, second, float(length))
        except ValueError:
            raise InputError(
                f"--known-length ends with {length!r}, expected metres: LANDMARK LANDMARK 0.41"
            ) from None
    return AnalyzeSettings(
        pose=args.pose,
        detector=args.detector,
        keypoints=args.keypoints,
        network=args.network,
        landmark_set=args.landmark_set,
        person=args.person,
        detect_every=args.detect_every,
        slow_motion=args.slow_motion,
        subject=Subject(
            args.subject,
            height_m=args.height_m,
            mass_kg=args.mass_kg,
            sex=args.sex,
            affected_side=args.affected_side,
        ),
        known_length=known_length,
        px_per_m=args.px_per_m,
        cutoff_hz=args.cutoff_hz,
        min_strides=args.min_strides,
        gait=not args.no_gait,
        annotate=not args.no_video,
    )
