"""`kinelab twin`: a person's own walk, altered in silico, and its measures beside the original's."""

from __future__ import annotations

import argparse
from pathlib import Path

NAME = "twin"
HELP = (
    "a digital twin: a person's own walk with another speed, longer steps, a limited knee or a dropped foot"
)
EPILOG = """\
examples:
  kinelab twin walk-ik --speed 80 --out slower                    the same person at 80 % of the speed
  kinelab twin walk-ik --step-length 110 --out longer             steps 10 % longer, the same cadence
  kinelab twin walk-ik --step-length 110 --speed 100 --out calm   longer steps, fewer of them
  kinelab twin walk-ik --knee-max 30 --side right --clearing hiking --out stiff
  kinelab twin walk-ik --foot-drop 15 --side left --out drop      and how much clearance is lost

RUN is the folder of a run with its scaled model (kinelab ik, monocular, multicamera); angles of worn sensors
or of one camera's plane take --knee-max and --foot-drop only. What comes out is altered in silico, never
measured, and says so in every file (docs/twin.md).
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from kinelab.twin.alteration import CLEARINGS

    parser.add_argument("run_folder", type=Path, metavar="RUN", help="folder of a run, or its kinematics.nc")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of the twin (default: RUN-twin)")
    change = parser.add_argument_group("what is altered; all may be combined")
    change.add_argument("--speed", type=float, metavar="PCT", help="percent of the own speed, 40 to 200")
    change.add_argument(
        "--step-length", type=float, metavar="PCT",
        help="percent of the own steps, 50 to 160 (default: as the speed asks)",
    )  # fmt: skip
    change.add_argument("--knee-max", type=float, metavar="DEG", help="no knee bends further, 5 to 140")
    change.add_argument(
        "--foot-drop",
        type=float,
        metavar="DEG",
        help="plantarflexion of the foot that hangs in swing, 0 to 50",
    )
    change.add_argument(
        "--side", choices=("left", "right", "both"), default="both",
        help="whose knee, foot and steps (default: both)",
    )  # fmt: skip
    change.add_argument(
        "--clearing", choices=CLEARINGS, default="none",
        help="how a limited leg gets over the ground in swing (default: none, the loss is told)",
    )  # fmt: skip
    parser.add_argument("--model", type=Path, metavar="FILE", help="the person's model, .json or .osim")
    parser.add_argument("--mdc", type=Path, metavar="FILE", help="reliability.json with the real changes")


def run(args: argparse.Namespace) -> int:
    """Alter, compare, say what follows."""
    from kinelab.errors import InputError
    from kinelab.pipeline.twin_run import REPORT, run_twin
    from kinelab.twin.alteration import Alteration

    alteration = Alteration(
        speed_pct=args.speed,
        step_length_pct=args.step_length,
        knee_max_deg=args.knee_max,
        foot_drop_deg=args.foot_drop,
        side=args.side,
        clearing=args.clearing,
    )
    if alteration == Alteration(side=args.side):
        raise InputError("nothing to alter: give --speed, --step-length, --knee-max or --foot-drop")
    folder = args.run_folder
    out = args.out or Path(f"{(folder if folder.is_dir() else folder.parent).resolve().name}-twin")
    done = run_twin(folder, out, alteration, model=args.model, mdc=args.mdc)
    print("Altered in silico, not measured.")
    for sentence in done.page.answer:
        print(sentence)
    print(f"Look at: {out / REPORT}")
    return 0
