"""`kinelab estimate`: from worn sensors, or one camera, to joint angles, gait measures and a report."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kinelab.core.subject import Subject
    from kinelab.pipeline.inertial_run import InertialOptions, InertialRun
    from kinelab.pipeline.monocular_options import MonocularOptions
    from kinelab.pipeline.monocular_run import MonocularRun

NAME = "estimate"
HELP = "from worn inertial sensors, or one camera, to joint angles, gait measures and a report"
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
  kinelab estimate walk.mp4 --method monocular --height-m 1.72    angles in space from one camera
  kinelab estimate cam1.mp4 --method monocular --calibration Calib.toml --camera cam1

Sensors: reads what `kinelab sensors` reads, checks it, and stops where a fault would make the angles wrong.
Sensors that are missing give fewer angles. Video: any that FFmpeg reads (docs/monocular.md). The results are
in one folder: open report.html first; the same command again goes on where it stopped.
"""
METHODS = ("inertial", "monocular")
_CALIBRATIONS = ("auto", "static", "functional", "none")
_ELSEWHERE = {"video": "kinelab analyze VIDEO", "markers": "kinelab ik TRIAL"}
# Options that the other method does not have, by their name in the parsed arguments.
_OWN = {
    "inertial": ("mapping", "accept_findings", "static", "no_network", "baseline", "compare", "reference"),
    "monocular": ("pose", "detector", "keypoints", "landmark_set", "person", "detect_every", "slow_motion",
                  "camera", "sequence", "no_sequence", "no_contact", "no_mirror", "no_video"),
}  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("recording", type=Path, metavar="SESSION", help="session folder, folder or file")
    parser.add_argument(
        "--method", default="inertial", metavar="NAME", help="inertial (the default) or monocular"
    )
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
        metavar="HOW|FILE",
        help="how sensors are found to sit on the body: auto (default), static, functional, none (they are "
        "aligned already); monocular: a file of cameras (.toml)",
    )
    reading.add_argument(
        "--static", type=float, nargs=2, metavar=("START", "STOP"), help="when the person stood still, s"
    )
    route = parser.add_argument_group("the way to the angles")
    route.add_argument(
        "--network",
        type=Path,
        metavar="FILE",
        help="networks of your own (kinelab inertial, kinelab monocular)",
    )
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
    _add_monocular(parser.add_argument_group("one camera (--method monocular)"))
    person = parser.add_argument_group("about the person and the movement")
    person.add_argument("--subject", default="anonymous", metavar="ID", help="a pseudonym, never a name")
    person.add_argument("--height-m", type=float, metavar="M")
    person.add_argument("--mass-kg", type=float, metavar="KG")
    person.add_argument("--sex", choices=("female", "male", "other"))
    person.add_argument("--affected-side", choices=("left", "right", "both", "none"))
    person.add_argument("--min-strides", type=int, default=2, metavar="N", help="whole strides wanted")
    person.add_argument("--no-gait", action="store_true", help="another movement: angles only")
    parser.add_argument("--quick", action="store_true", help="the first minute only (a video: 5 s)")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def _add_monocular(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--sequence", type=Path, metavar="FILE", help="sequence network of your own")
    group.add_argument("--no-sequence", action="store_true", help="no sequence network")
    group.add_argument("--camera", metavar="NAME", help="which camera of the calibration file filmed it")
    group.add_argument("--pose", metavar="NAME|FILE", help="pose model whose landmarks are taken in beside")
    group.add_argument("--detector", metavar="NAME|FILE", help="person detector (see: kinelab models list)")
    group.add_argument("--keypoints", type=Path, metavar="FILE", help="landmarks of another tool instead")
    group.add_argument("--landmark-set", metavar="NAME", help="what the landmarks of the model or file are")
    group.add_argument("--person", type=int, metavar="N", help="whom (default: who walks most through view)")
    group.add_argument("--detect-every", type=int, metavar="N", help="frames (default: 4)")
    group.add_argument("--slow-motion", type=float, metavar="X", help="how many times slower it plays")
    group.add_argument("--no-contact", action="store_true", help="feet never stand still on a floor")
    group.add_argument("--no-mirror", action="store_true", help="look at each frame once: twice as fast")
    group.add_argument("--no-video", action="store_true", help="do not write the annotated video")


def run(args: argparse.Namespace) -> int:
    """Analyse and say where the results are."""
    from rich.console import Console

    from kinelab.errors import InputError
    from kinelab.pipeline.summary import print_summary

    if args.method not in METHODS:
        other = _ELSEWHERE.get(args.method)
        hint = f"; for {args.method} use {other}" if other else f"; {args.method!r} is none"
        raise InputError(f"--method {args.method}: this command has the methods {', '.join(METHODS)}{hint}")
    _refuse_others(args)
    out = args.out or Path(f"{args.recording.resolve().stem}-kinelab")
    console = Console(stderr=True, quiet=args.quiet)
    done: InertialRun | MonocularRun
    if args.method == "monocular":
        from kinelab.pipeline.monocular_run import run_monocular

        done = run_monocular(args.recording, out, _monocular(args), console)
    else:
        from kinelab.pipeline.inertial_run import run_inertial

        done = run_inertial(args.recording, out, _options(args), console)
    print_summary(done.report, done.folder, Console())
    return 0


def _refuse_others(args: argparse.Namespace) -> None:
    """An option of the other method would be passed over in silence: say so instead."""
    from kinelab.errors import InputError

    other = next(name for name in METHODS if name != args.method)
    given = [name for name in _OWN[other] if getattr(args, name) not in (None, False)]
    if given:
        options = ", ".join("--" + name.replace("_", "-") for name in given)
        raise InputError(f"{options}: of --method {other}; this run has --method {args.method}")
    if args.method == "inertial" and args.calibration not in (None, *_CALIBRATIONS):
        allowed = ", ".join(_CALIBRATIONS)
        raise InputError(f"--calibration {args.calibration}: allowed for sensors are {allowed}")


def _monocular(args: argparse.Namespace) -> MonocularOptions:
    from kinelab.pipeline.monocular_options import MonocularOptions

    given = {name: getattr(args, name) for name in ("detect_every", "slow_motion")}
    return MonocularOptions(
        network=args.network,
        sequence=args.sequence,
        no_sequence=args.no_sequence,
        pose=args.pose,
        detector=args.detector,
        keypoints=args.keypoints,
        landmark_set=args.landmark_set,
        person=args.person,
        calibration=None if args.calibration is None else Path(args.calibration),
        camera=args.camera,
        subject=_subject(args),
        contact=not args.no_contact,
        mirror=not args.no_mirror,
        gait=not args.no_gait,
        min_strides=args.min_strides,
        annotate=not args.no_video,
        quick=args.quick,
        **{name: value for name, value in given.items() if value is not None},
    )


def _subject(args: argparse.Namespace) -> Subject:
    from kinelab.core.subject import Subject

    return Subject(
        args.subject,
        height_m=args.height_m,
        mass_kg=args.mass_kg,
        sex=args.sex,
        affected_side=args.affected_side,
    )


def _options(args: argparse.Namespace) -> InertialOptions:
    from kinelab.inertial.estimate import EstimateSettings
    from kinelab.pipeline.inertial_run import InertialOptions

    settings = EstimateSettings(
        calibration=args.calibration or "auto",
        static_s=None if args.static is None else (args.static[0], args.static[1]),
        route=args.baseline or "smoother",
        networks=not args.no_network and args.baseline is None,
        network=args.network,
    )
    return InertialOptions(
        settings=settings,
        mapping=args.mapping,
        accept=args.accept_findings,
        subject=_subject(args),
        gait=not args.no_gait,
        min_strides=args.min_strides,
        quick=args.quick,
        compare=args.compare,
        reference=args.reference,
    )
