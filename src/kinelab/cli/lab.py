"""`kinelab lab`: virtual people, moving, filmed and sensed, with the exact truth beside."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path

NAME = "lab"
HELP = "make recordings of virtual people with exact truth: videos, markers, inertial sensors"
EPILOG = """\
examples:
  kinelab lab make --people 40 --movement walk --cameras frontal,sagittal --sensors 7 --out lab
  kinelab lab make --movement walk --pattern stiff_knee --dose 0.3,1 --people 10 --out patients
  kinelab lab make --preset johnson2022 --out landings         the design of a paper
  kinelab lab make --motion clip.bvh --people 5 --out clip     a recorded motion on five bodies
  kinelab lab list                                             movements, patterns, views, places, presets
  kinelab lab sheet lab                                        the contact sheet again

Each trial is a session folder that `kinelab analyze` and `kinelab ik` take as any other; truth/ holds the
exact answers. The same command again goes on where it stopped; the same seed makes the same people.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The actions make, list and sheet with their options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    make = actions.add_parser(
        "make", help="make a study", epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    make.add_argument("--out", type=Path, required=True, metavar="DIR", help="the study's folder")
    make.add_argument("--preset", metavar="NAME", help="start from a paper's design (kinelab lab list)")
    make.add_argument("--seed", type=int, metavar="N", help="who and how (default: 0)")
    make.add_argument("--quick", action="store_true", help="the same path on two people and two seconds")
    make.add_argument("--jobs", type=int, metavar="N", help="processes (default: one for each core)")
    make.add_argument("--quiet", action="store_true", help="no progress bar")
    _who(make.add_argument_group("who and what"))
    _how(make.add_argument_group("cameras, sensors, markers"))
    actions.add_parser("list", help="what can be asked for")
    sheet = actions.add_parser("sheet", help="draw the contact sheet of a study again")
    sheet.add_argument("study", type=Path, metavar="DIR", help="a study's folder")


def _who(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--people", type=int, metavar="N", help="how many people (default: 1)")
    group.add_argument("--population", metavar="NAME", help="who they are drawn from (default: adults)")
    group.add_argument("--movement", metavar="A,B", help="movements (default: walk)")
    group.add_argument("--trials", type=int, metavar="N", help="trials of each movement (default: 1)")
    group.add_argument("--days", type=int, metavar="N", help="days on which all is repeated (default: 1)")
    group.add_argument("--duration", dest="duration_s", type=float, metavar="S", help="seconds of each trial")
    group.add_argument("--pattern", metavar="NAME", help="a pathological pattern of walking")
    group.add_argument("--dose", type=_span, metavar="LOW,HIGH", help="of the pattern, 0 to 1 (default: 1)")
    group.add_argument(
        "--motion", type=Path, metavar="FILE", help="a recorded motion: .bvh .amc .mot .sto .npz .c3d .trc"
    )
    group.add_argument(
        "--treadmill", action="store_true", help="on a belt as fast as they are: they stay in place"
    )
    group.add_argument("--outfit", choices=("lab", "street", "swim"), help="what they wear (default: drawn)")
    group.add_argument("--body", choices=("mesh", "solids"), help="skinned people, or simple solids")


def _how(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--cameras", metavar="A,B", help="views, or ring8 (default: sagittal); none for no video"
    )
    group.add_argument(
        "--size", dest="size_px", type=_size, metavar="WxH", help="of the videos (default: 960x540)"
    )
    group.add_argument("--fps", type=float, metavar="HZ", help="frames a second (default: 50)")
    group.add_argument("--device", metavar="NAME", help="focal length and lens (default: phone)")
    group.add_argument("--quality", metavar="NAME", help="blur, noise, compression (default: phone)")
    group.add_argument(
        "--camera-height",
        dest="camera_height_m",
        type=float,
        metavar="M",
        help="of the lens (default: 0.9-1.3)",
    )
    group.add_argument("--place", metavar="NAME", help="where (default: drawn for each trial)")
    group.add_argument("--backgrounds", type=Path, metavar="DIR", help="pictures to film before")
    group.add_argument("--occluders", action="store_true", help="things that stand in the way")
    group.add_argument("--others", type=int, metavar="N", help="other people in the picture, at most")
    group.add_argument("--masks", action="store_true", help="segmentation and depth of each frame too")
    group.add_argument("--sensors", metavar="N|A,B", help="inertial sensors: 7, 15, or segments")
    group.add_argument("--sensor-rate", type=float, metavar="HZ", help="(default: 100)")
    group.add_argument("--sensor-quality", metavar="NAME", help="ideal, research (default), consumer ...")
    group.add_argument(
        "--sensor-format",
        choices=("csv", "npz", "xsens", "opensense"),
        help="files as of which system (default: csv)",
    )
    group.add_argument("--markers", choices=("skin", "rigid", "none"), help="skin markers (default: skin)")
    group.add_argument("--marker-format", choices=("trc", "c3d"), help="of the markers' files (default: trc)")
    group.add_argument("--plates", action="store_true", help="rigid plates on thighs and shanks besides")
    group.add_argument("--raters", type=int, metavar="N", help="people who label frames (default: 0)")


def _span(text: str) -> tuple[float, float]:
    low, _, high = text.partition(",")
    try:
        return float(low), float(high or low)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no dose; give one number or two, such as 0.3,1"
        ) from None


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    try:
        return int(width), int(height)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; give WIDTHxHEIGHT, such as 960x540") from None


def run(args: argparse.Namespace) -> int:
    """Make, list, or draw the sheet."""
    if args.action == "make":
        return _make(args)
    from kinelab.pipeline.lab import redraw_sheet, what_there_is

    if args.action == "sheet":
        print(f"Look at: {redraw_sheet(args.study)}")
        return 0
    for heading, names in what_there_is().items():
        print(f"{heading}:")
        for name, meaning in names.items():
            print(f"  {name:26} {meaning}".rstrip())
    return 0


def _make(args: argparse.Namespace) -> int:
    from rich.console import Console

    from kinelab.pipeline.lab import make_study
    from kinelab.pipeline.lab_options import LabOptions, design_of

    options = LabOptions(**{field.name: getattr(args, field.name) for field in fields(LabOptions)})
    made = make_study(design_of(options), args.out, Console(stderr=True, quiet=args.quiet), args.jobs)
    print(made.text)
    print(f"Look at: {made.sheet}")
    return 0
