"""`kinelab gait`: from markers, angles or worn sensors to events, strides, measures and a report."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kinelab.pipeline.gait_run import GaitOptions, GaitRun

NAME = "gait"
HELP = "from markers (C3D, TRC), angles or worn sensors to gait events, strides, measures and a report"
EPILOG = """\
examples:
  kinelab gait walk.c3d --out walk                     events of the file, or found; angles of the file
  kinelab gait walk.c3d --events found                 strides by the events that the methods find
  kinelab gait walk.c3d --marker-map marker_map.json   a laboratory's own marker names
  kinelab gait walk-ik/                                the folder of a run of kinelab ik
  kinelab gait walk.mot --landmarks walk.trc           angles, and landmarks of the same recording
  kinelab gait MT_folder/                              worn sensors, as kinelab estimate has them
  kinelab gait --batch visit/ --out visit-gait         all recordings of a folder, and one table of them

The results are in one folder: open report.html first. with_events.c3d is a copy of the recording with the
events that were found. A recording with too little gait gives what there is, and says why (docs/gait.md).
"""
_SHOWN = ("cadence_spm", "speed_mps", "stride_time_s", "step_length_m", "stance_pct", "double_support_pct")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "recordings", type=Path, nargs="*", metavar="FILE", help=".c3d, .trc, .nc, .mot, folder"
    )
    parser.add_argument(
        "--batch", type=Path, metavar="FOLDER", help="all recordings in and below this folder"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of the results (default: NAME-gait)")
    parser.add_argument(
        "--events", choices=("auto", "file", "found"), default="auto",
        help="cut strides by the file's events or by those found (default: the file's, where it has strides)",
    )  # fmt: skip
    names = parser.add_argument_group("reading")
    names.add_argument("--marker-map", type=Path, metavar="JSON", help='{"LHEE": "its name in the file"}')
    names.add_argument("--landmarks", type=Path, metavar="FILE", help="landmarks of angles (.trc, .c3d, .nc)")
    names.add_argument("--vertical", metavar="AXIS", help="axis of the file that points up, such as +z")
    names.add_argument(
        "--c3d-subject", metavar="NAME", help="whose markers, where a C3D holds several people"
    )
    names.add_argument("--no-c3d", action="store_true", help="write no copy of the C3D with the events found")
    person = parser.add_argument_group("about the person")
    person.add_argument("--subject", default="anonymous", metavar="ID", help="a pseudonym, never a name")
    person.add_argument("--mass-kg", type=float, metavar="KG")
    person.add_argument("--height-m", type=float, metavar="M")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def run(args: argparse.Namespace) -> int:
    """Analyse and say what was found and where it is."""
    from rich.console import Console

    from kinelab.errors import InputError
    from kinelab.pipeline.gait_batch import MEASURES, OVERVIEW, recordings_in, run_batch
    from kinelab.pipeline.gait_run import run_gait

    recordings = [*args.recordings, *(recordings_in(args.batch) if args.batch else ())]
    if not recordings:
        raise InputError("nothing to analyse: give one or more recordings, or --batch FOLDER")
    for path in recordings:
        if not path.exists():
            raise InputError(f"{path}: no such file or folder; check the spelling")
    options, console = _options(args), Console()
    if len(recordings) == 1 and args.batch is None:
        path = recordings[0]
        out = args.out or Path(f"{path.stem}-gait")
        if _is_worn(path):
            return _worn(path, out, args)
        done = run_gait(path, out, options)
        for line in _said(done):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        return 0
    out = args.out or Path(f"{args.batch.name if args.batch else 'recordings'}-gait")
    outcomes = run_batch(recordings, out, options, Console(stderr=True, quiet=args.quiet))
    for one in outcomes:
        why = f"; {one.why_not}" if one.why_not else ""
        line = f"{one.recording}: {one.events} events, {one.strides_used} strides{why}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    console.print(f"Look at: {out / OVERVIEW}, {out / MEASURES}", markup=False, soft_wrap=True)
    return 0


def _is_worn(path: Path) -> bool:
    """Whether a recording is of worn sensors: no marker file, no angles, no folder of a run."""
    from kinelab.pipeline.gait_inputs import ANGLE_SUFFIXES, MARKER_SUFFIXES

    if path.is_dir():
        return not any((path / name).is_file() for name in ("kinematics.nc", "kinematics.mot"))
    return path.suffix.lower() not in (*MARKER_SUFFIXES, *ANGLE_SUFFIXES)


def _worn(path: Path, out: Path, args: argparse.Namespace) -> int:
    """The existing way of sensors; what it lacks is told, as for other recordings."""
    from rich.console import Console

    from kinelab.core.subject import Subject
    from kinelab.errors import GaitError
    from kinelab.pipeline.inertial_run import InertialOptions, run_inertial

    subject = Subject(args.subject, height_m=args.height_m, mass_kg=args.mass_kg)
    console = Console()
    try:
        run_inertial(path, out, InertialOptions(subject=subject), Console(stderr=True, quiet=args.quiet))
    except GaitError as error:
        console.print(f"{error}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"Look at: {out / 'report.html'}", markup=False, highlight=False, soft_wrap=True)
    return 0


def _options(args: argparse.Namespace) -> GaitOptions:
    from kinelab.core.subject import Subject
    from kinelab.pipeline.gait_inputs import Reading
    from kinelab.pipeline.gait_landmarks import read_marker_map
    from kinelab.pipeline.gait_run import GaitOptions

    reading = Reading(
        marker_map=None if args.marker_map is None else read_marker_map(args.marker_map),
        vertical=args.vertical,
        c3d_subject=args.c3d_subject,
        landmarks=args.landmarks,
        subject=Subject(args.subject, height_m=args.height_m, mass_kg=args.mass_kg),
    )
    return GaitOptions(reading=reading, events=args.events, write_c3d=not args.no_c3d)


def _said(done: GaitRun) -> list[str]:
    """The run in a few lines."""
    analysis = done.analysis
    strides = analysis.strides
    lines = [f"{len(analysis.events.kind)} events, {int(strides.used.sum())} of {strides.n} strides measured"]
    for m in analysis.measures:
        if m.quantity in _SHOWN:
            side = "" if m.side == "both" else f" {m.side}"
            lines.append(f"  {m.quantity}{side}: {m.value:.3g} {m.unit} (n {m.n})")
    return [*lines, *(f"  {reason}" for reason in done.reasons), f"Look at: {done.folder / 'report.html'}"]
