"""`kinelab calibrate`: from films of a board, or of a person of known height, to calibrated cameras."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from kinelab.cameras.boards import Board
    from kinelab.pipeline.calibration_run import CalibrationRun

from kinelab.cli.landmark_options import add_landmark_options

NAME = "calibrate"
HELP = "from films of a calibration board, or of a person, to calibrated cameras, with what they are worth"
EPILOG = """\
examples:
  kinelab calibrate films/ --board charuco --size 4x5 --square-mm 54
  kinelab calibrate cam1.mp4 cam2.mp4 --board checkerboard --size 8x5 --square-mm 60 --every 5
  kinelab calibrate extrinsics/ --board charuco --size 7x5 --square-mm 40 --intrinsics lenses.toml --floor 0
  kinelab calibrate films/ --board charuco --size 7x5 --square-mm 40 --distance cam1 cam2 2.85


  without a board, by a person of known height who walks through what all cameras see:
  kinelab calibrate films/ --person-height-m 1.75 --sync
  kinelab calibrate cam1.h5 cam2.h5 --person-height-m 1.75 --rate-hz 60 --picture-size 1920x1080
  kinelab calibrate films/ --person-height-m 1.75 --intrinsics lenses.toml

--size counts squares, columns before rows. Show the board near and far, tilted by 20 to 40 degrees, in the
middle and in the corners of each picture, and between every two neighbouring cameras at once. A person is a
poorer measure than a board: distances are good to some per cent, better with --intrinsics. The folder has
cameras.toml (read by kinelab, Pose2Sim and anipose), figures, and calibration.txt: read its warnings first.
"""
_BOARD_ONLY = ("size", "square_mm", "floor", "distance", "legacy", "inverted")
_PERSON_ONLY = ("sync", "pose", "detector", "landmark_set", "person", "rate_hz", "picture_size")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "films",
        nargs="+",
        metavar="[CAMERA=]FILE",
        help="a video, a folder of pictures or (of a person) a landmark file for each camera, or a folder",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("calibration"), metavar="DIR", help="(default: calibration)"
    )
    board = parser.add_argument_group("the board")
    board.add_argument(
        "--board", choices=("charuco", "checkerboard"), default="charuco", help="(default: charuco)"
    )
    board.add_argument("--size", metavar="CxR", help="columns x rows of SQUARES, such as 7x5")
    board.add_argument("--square-mm", type=float, metavar="MM", help="side of a square, measured")
    board.add_argument(
        "--marker-share", type=float, default=0.75, metavar="X", help="ArUco marker / square (0.75)"
    )
    board.add_argument(
        "--dictionary", default="DICT_4X4_1000", metavar="NAME", help="(default: DICT_4X4_1000)"
    )
    board.add_argument("--legacy", action="store_true", help="ChArUco pattern of OpenCV before 4.6")
    board.add_argument("--inverted", action="store_true", help="printed white on black")
    person = parser.add_argument_group("or the person")
    person.add_argument(
        "--person-height-m", type=float, metavar="M", help="standing height, in shoes if worn"
    )
    person.add_argument("--sync", action="store_true", help="bring the recordings into step by the movement")
    add_landmark_options(person)
    person.add_argument("--picture-size", metavar="WxH", help="px, of what landmark files were found in")
    how = parser.add_argument_group("how")
    how.add_argument(
        "--lens",
        choices=("none", "radial", "full", "fisheye"),
        default="radial",
        help="model (default: radial)",
    )
    how.add_argument(
        "--every",
        type=int,
        default=1,
        metavar="N",
        help="look for the board (or detect people) in every n-th picture (1)",
    )
    how.add_argument(
        "--intrinsics", type=Path, metavar="TOML", help="keep focal lengths and lenses of this file"
    )
    how.add_argument("--floor", type=int, metavar="N", help="in picture N the board lies on the floor")
    how.add_argument(
        "--distance",
        nargs=3,
        metavar=("CAMERA", "CAMERA", "M"),
        help="between two cameras by tape measure: a check",
    )
    how.add_argument("--quiet", action="store_true", help="no progress bars")


def run(args: argparse.Namespace) -> int:
    """Calibrate and say what was found and where it is."""
    from rich.console import Console

    from kinelab.pipeline.calibration_run import TEXT

    _check(args)
    progress = Console(stderr=True, quiet=args.quiet)
    done = _by_board(args, progress) if args.person_height_m is None else _by_person(args, progress)
    console = Console()
    text = (done.folder / TEXT).read_text(encoding="utf-8")
    console.print(text, markup=False, highlight=False, soft_wrap=True)
    console.print(f"Look at: {done.folder}", markup=False, highlight=False, soft_wrap=True)
    return 0


def _check(args: argparse.Namespace) -> None:
    """Whether the options are those of one way to calibrate."""
    from kinelab.errors import InputError

    foreign: tuple[str, ...]
    if args.person_height_m is not None:
        foreign, of = _BOARD_ONLY, "a board, and --person-height-m calibrates without one"
    elif args.size is None or args.square_mm is None:
        raise InputError(
            "what do the films show? Of a board: --size 7x5 --square-mm 40; of a person of known height: "
            "--person-height-m 1.75"
        )
    else:
        foreign, of = _PERSON_ONLY, "calibrating by a person: --person-height-m 1.75"
    # A picture 0 is given, too.
    chosen = [name for name in foreign if (value := getattr(args, name)) is not None and value is not False]
    given = [f"--{name.replace('_', '-')}" for name in chosen]
    if given:
        raise InputError(f"{', '.join(given)} is for {of}")


def _by_board(args: argparse.Namespace, progress: Console) -> CalibrationRun:
    from kinelab.errors import InputError
    from kinelab.pipeline.calibration_run import CalibrationOptions, run_calibration

    distance = None
    if args.distance:
        try:
            distance = (args.distance[0], args.distance[1], float(args.distance[2]))
        except ValueError:
            raise InputError(
                f"--distance ends with {args.distance[2]!r}, expected metres: CAMERA CAMERA 2.85"
            ) from None
    options = CalibrationOptions(
        board=_board(args),
        lens=args.lens,
        every=args.every,
        intrinsics=args.intrinsics,
        floor=args.floor,
        distance_m=distance,
    )
    return run_calibration(args.films, args.out, options, progress)


def _by_person(args: argparse.Namespace, progress: Console) -> CalibrationRun:
    from kinelab.pipeline.calibration_person import run_person_calibration
    from kinelab.pipeline.calibration_person_inputs import PersonOptions

    options = PersonOptions(
        pose=args.pose,
        detector=args.detector,
        landmark_set=args.landmark_set,
        person=args.person,
        detect_every=args.every,
        rate_hz=args.rate_hz,
        height_m=args.person_height_m,
        intrinsics=args.intrinsics,
        size_px=None if args.picture_size is None else _two(args.picture_size, "--picture-size", "1920x1080"),
        sync=args.sync,
    )
    return run_person_calibration(args.films, args.out, options, progress)


def _board(args: argparse.Namespace) -> Board:
    from kinelab.cameras.boards import Board

    columns, rows = _two(args.size, "--size", "7x5 (columns x rows of squares)")
    return Board(
        args.board,
        columns,
        rows,
        args.square_mm / 1000,
        args.marker_share,
        args.dictionary,
        args.legacy,
        args.inverted,
    )


def _two(text: str, option: str, example: str) -> tuple[int, int]:
    """Two whole numbers with an x between."""
    from kinelab.errors import InputError

    first, _, second = text.lower().partition("x")
    if not (first.isdigit() and second.isdigit() and int(first) and int(second)):
        raise InputError(f"{option} is {text!r}, expected two whole numbers such as {example}")
    return int(first), int(second)
