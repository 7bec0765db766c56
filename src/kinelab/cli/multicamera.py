"""`kinelab multicamera`: from calibrated cameras to landmarks in space and joint angles."""

from __future__ import annotations

import argparse
from pathlib import Path

from kinelab.cli.landmark_options import add_landmark_options

NAME = "multicamera"
HELP = "from two or more calibrated cameras to landmarks in space, joint angles, figures and a 3D view"
EPILOG = """\
examples:
  kinelab multicamera cameras.toml cam01.mp4 cam02.mp4 cam03.mp4 --height-m 1.72 --mass-kg 70
  kinelab multicamera cameras.toml trial1/ --sync                  the cameras were not started together
  kinelab multicamera cameras.toml left=GX01.mp4 right=GX02.mp4    which file is which camera's
  kinelab multicamera cameras.toml cam01.h5 cam02.h5 --rate-hz 60  landmarks of DeepLabCut, OpenPose, ...
  kinelab multicamera cameras.toml trial1/ --rule pose2sim --no-ik as Pose2Sim leaves cameras out

The results are in one folder: summary.txt says what was found wrong between the cameras; ik/viewer.html shows
the motion; landmarks.trc, ik/kinematics.mot and ik/model_scaled.osim open in OpenSim.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("calibration", type=Path, help="cameras (.toml of kinelab, Pose2Sim, anipose)")
    parser.add_argument(
        "recordings",
        nargs="+",
        metavar="[CAMERA=]FILE",
        help="a video or landmark file of each camera, or folders",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("multicamera"), metavar="DIR", help="(default: multicamera)"
    )
    finding = parser.add_argument_group("finding the person")
    add_landmark_options(finding)
    finding.add_argument("--detect-every", type=int, default=1, metavar="N", help="frames (default: 1)")
    space = parser.add_argument_group("into space")
    space.add_argument("--sync", action="store_true", help="bring the recordings into step by the movement")
    space.add_argument("--rule", choices=("robust", "pose2sim"), default="robust", help="(default: robust)")
    space.add_argument("--threshold-px", type=float, default=15.0, metavar="PX", help="of rule pose2sim (15)")
    space.add_argument("--min-cameras", type=int, default=2, metavar="N", help="(default: 2)")
    space.add_argument("--min-confidence", type=float, default=0.3, metavar="P", help="(default: 0.3)")
    space.add_argument(
        "--cutoff-hz", type=float, default=6.0, metavar="HZ", help="low-pass filter (default: 6)"
    )
    space.add_argument("--max-gap-s", type=float, default=0.17, metavar="S", help="longest gap filled (0.17)")
    person = parser.add_argument_group("about the person, and the joint angles")
    person.add_argument("--subject", default="anonymous", metavar="ID", help="a pseudonym, never a name")
    person.add_argument("--height-m", type=float, metavar="M")
    person.add_argument("--mass-kg", type=float, metavar="KG")
    person.add_argument("--model", type=Path, metavar="FILE", help=".osim or .json (default: kinelab's body)")
    person.add_argument(
        "--static", type=Path, metavar="TRC", help="landmarks of the same person standing still"
    )
    person.add_argument("--no-ik", action="store_true", help="landmarks in space only")
    parser.add_argument("--quiet", action="store_true", help="no progress bars")


def run(args: argparse.Namespace) -> int:
    """Reconstruct and say what was found and where it is."""
    from rich.console import Console

    from kinelab.core.subject import Subject
    from kinelab.pipeline.multicamera import TEXT, run_multicamera
    from kinelab.pipeline.multicamera_inputs import MulticameraOptions

    options = MulticameraOptions(
        pose=args.pose,
        detector=args.detector,
        landmark_set=args.landmark_set,
        person=args.person,
        detect_every=args.detect_every,
        rate_hz=args.rate_hz,
        rule=args.rule,
        threshold_px=args.threshold_px,
        min_cameras=args.min_cameras,
        min_confidence=args.min_confidence,
        sync=args.sync,
        cutoff_hz=args.cutoff_hz or None,
        max_gap_s=args.max_gap_s,
        ik=not args.no_ik,
        model=args.model,
        static=args.static,
        subject=Subject(args.subject, height_m=args.height_m, mass_kg=args.mass_kg),
    )
    progress = Console(stderr=True, quiet=args.quiet)
    done = run_multicamera(args.calibration, args.recordings, args.out, options, progress)
    console = Console()
    text = (done.folder / TEXT).read_text(encoding="utf-8")
    console.print(text, markup=False, highlight=False, soft_wrap=True)
    console.print(f"Look at: {done.folder}", markup=False, highlight=False, soft_wrap=True)
    return 0
