"""`kinelab estimate`: from worn sensors to joint angles, gait measures and a report."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kinelab.pipeline.inertial_run import InertialOptions

NAME = "estimate"
HELP = "from worn inertial sensors to joint angles, gait measures and a report"
EPILOG = """\
examples:
  kinelab estimate MT_folder/ --out walk                   Xsens logs: stood still first, then walked
  kinelab estimate walk.csv --mapping sensors.toml         what the file does not say (docs/sensors.md)
  kinelab estimate session/                                the sensors of a session folder (kinelab lab)
  kinelab estimate walk/ --static 3 8                      the person stood from 3 to 8 s
  kinelab estimate walk/ --calibration functional          nobody stood still: from walking itself
  kinelab estimate walk/ --no-network                      without what networks learned
  kinelab estimate walk/ --baseline vqf --out walk-vqf     as others do: vqf, own-ik or opensense
  kinelab estimate walk/ --reference ik.mot                every way against angles of markers
  kinelab estimate squats/ --no-gait                       joint angles only

Reads what `kinelab sensors` reads, checks it, and stops where a fault would make the angles wrong. Sensors
that are missing give fewer angles. The results are in one folder: open report.html first.
"""
_ELSEWHERE = {"video": "kinelab analyze VIDEO", "markers": "kinelab ik TRIAL"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("recording", type=Path, metavar="SESSION", help="session folder, folder or file")
    parser.add_argument("--method", default="inertial", metavar="NAME", help="inertial (the default)")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="folder of the results (default: NAME-kinelab)"
    )
    reading = parser.add_argument_group("reading and calibrating")
    reading.add_argument("--mapping", "--map", type=Path, metavar="FILE", help="a .toml, .json or .xml")
    reading.add_argument(
        "--accept-findings", action="store_true", help="go on in spite of what the check of the sensors finds"
    )
    reading.add_argument(
        "--calibration",
        choices=("auto", "static", "functional", "none"),
        default="auto",
        help="how sensors are found to sit on the body (default: auto; none: they are aligned already)",
    )
    reading.add_argument(
        "--static", type=float, nargs=2, metavar=("START", "STOP"), help="when the person stood still, s"
    )
    route = parser.add_argument_group("the way to the angles")
    route.add_argument("--network", type=Path, metavar="FILE", help="networks of your own (kinelab inertial)")
    route.add_argument("--no-network", action="store_true", help="from gyroscopes and gravity alone")
    route.add_argument(
        "--baseline", choices=("vqf", "own-ik", "opensense"), help="a classical way in place of the smoother"
    )
    route.add_argument(
        "--compare", action="store_true", help="go all ways beside, and write how they differ (routes.csv)"
    )
    route.add_argument(
        "--reference", type=Path, metavar="MOT", help="angles to compare all ways with, on the same clock"
    )
    person = parser.add_argument_group("about the person and the movement")
    person.add_argument("--subject", default="anonymous", metavar="ID", help="a pseudonym, never a name")
    person.add_argument("--height-m", type=float, metavar="M")
    person.add_argument("--mass-kg", type=float, metavar="KG")
    person.add_argument("--sex", choices=("female", "male", "other"))
    person.add_argument("--affected-side", choices=("left", "right", "both", "none"))
    person.add_argument("--min-strides", type=int, default=2, metavar="N", help="whole strides wanted")
    person.add_argument("--no-gait", action="store_true", help="another movement: angles only")
    parser.add_argument("--quick", action="store_true", help="the first minute only")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def run(args: argparse.Namespace) -> int:
    """Analyse and say where the results are."""
    from rich.console import Console

    from kinelab.errors import InputError
    from kinelab.pipeline.inertial_run import run_inertial
    from kinelab.pipeline.summary import print_summary

    if args.method != "inertial":
        other = _ELSEWHERE.get(args.method)
        hint = f"; for {args.method} use {other}" if other else f"; {args.method!r} is none"
        raise InputError(f"--method {args.method}: this command has the method inertial{hint}")
    out = args.out or Path(f"{args.recording.resolve().stem}-kinelab")
    done = run_inertial(args.recording, out, _options(args), Console(stderr=True, quiet=args.quiet))
    print_summary(done.report, done.folder, Console())
    return 0


def _options(args: argparse.Namespace) -> InertialOptions:
    from kinelab.core.subject import Subject
    from kinelab.inertial.estimate import EstimateSettings
    from kinelab.pipeline.inertial_run import InertialOptions

    settings = EstimateSettings(
        calibration=args.calibration,
        static_s=None if args.static is None else (args.static[0], args.static[1]),
        route=args.baseline or "smoother",
        networks=not args.no_network and args.baseline is None,
        network=args.network,
    )
    return InertialOptions(
        settings=settings,
        mapping=args.mapping,
        accept=args.accept_findings,
        subject=Subject(
            args.subject,
            height_m=args.height_m,
            mass_kg=args.mass_kg,
            sex=args.sex,
            affected_side=args.affected_side,
        ),
        gait=not args.no_gait,
        min_strides=args.min_strides,
        quick=args.quick,
        compare=args.compare,
        reference=args.reference,
    )
