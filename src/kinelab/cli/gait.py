"""`kinelab gait`: from markers, angles or worn sensors to events, strides, measures and a report."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kinelab.core.subject import Subject
    from kinelab.pipeline.gait_run import GaitOptions
    from kinelab.pipeline.inertial_run import InertialOptions
    from kinelab.reports.analysis import Analysis

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
  kinelab gait drop.c3d --landing                      drop landings: contacts, knee flexion and valgus
  kinelab gait --batch visit/ --out visit-gait         all recordings of a folder, and one table of them
  kinelab gait --batch study/ --tables-only --jobs 2   a thousand recordings: their measures, nothing else

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
    parser.add_argument(
        "--landing",
        action="store_true",
        help="drop landings instead of gait: contact, knee flexion and valgus",
    )
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
    worn = parser.add_argument_group("worn sensors")
    worn.add_argument(
        "--mapping", type=Path, metavar="FILE", help="what their files do not say (docs/sensors.md)"
    )
    worn.add_argument("--accept-findings", action="store_true", help="go on in spite of what the check found")
    many = parser.add_argument_group("many recordings")
    many.add_argument("--jobs", type=int, default=1, metavar="N", help="processes (default: 1)")
    many.add_argument(
        "--tables-only", action="store_true", help="the two tables, no folder of each recording"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def run(args: argparse.Namespace) -> int:
    """Analyse and say what was found and where it is."""
    from rich.console import Console

    from kinelab.errors import InputError
    from kinelab.pipeline.gait_recordings import is_worn, recordings_in
    from kinelab.pipeline.gait_run import run_gait

    mapped = args.mapping is not None
    recordings = [
        *args.recordings, *(recordings_in(args.batch, mapped=mapped) if args.batch else ())
    ]  # fmt: skip
    if not recordings:
        raise InputError("nothing to analyse: give one or more recordings, or --batch FOLDER")
    for path in recordings:
        if not path.exists():
            raise InputError(f"{path}: no such file or folder; check the spelling")
    if args.jobs < 1:
        raise InputError(f"--jobs is {args.jobs}, expected 1 or more")
    options, console = _options(args), Console()

    def say(line: str) -> None:
        console.print(line, markup=False, highlight=False, soft_wrap=True)

    many = len(recordings) > 1 or args.batch is not None or args.tables_only
    if args.landing and many:
        raise InputError("--landing takes one recording at a time, without --batch")
    if not many:
        path = recordings[0]
        out = args.out or Path(f"{path.stem}-gait")
        if args.landing:
            out = args.out or Path(f"{path.stem}-landing")
            for line in _landed(path, out, options):
                say(line)
            return 0
        done = None if is_worn(path) else run_gait(path, out, options)
        lines = _worn(path, out, args) if done is None else _lines(done.analysis, done.folder)
        for line in lines:
            say(line)
        return 0
    out = args.out or Path(f"{args.batch.name if args.batch else 'recordings'}-gait")
    for line in _many(recordings, out, args):
        say(line)
    return 0


def _many(recordings: Sequence[Path], out: Path, args: argparse.Namespace) -> Iterator[str]:
    """As `kinelab batch`, with the options of this command; each recording in a line."""
    import csv

    from rich.console import Console

    from kinelab.pipeline.batch.doors import subject_values
    from kinelab.pipeline.batch.recording import Recording
    from kinelab.pipeline.batch.run import run_batch
    from kinelab.pipeline.gait_recordings import is_worn, names_of
    from kinelab.pipeline.workers.doing import Where

    subject = subject_values(_subject(args))
    files = {"marker_map": args.marker_map, "landmarks": args.landmarks}
    plain = {"vertical": args.vertical, "c3d_subject": args.c3d_subject}
    ways: dict[str, dict[str, object]] = {
        "gait": {"events": args.events, "write_c3d": not args.no_c3d, **_given(files), **_given(plain)},
        "sensors": {"accept": args.accept_findings, **_given({"mapping": args.mapping})},
    }
    batch = []
    for path, name in zip(recordings, names_of(recordings), strict=True):
        door = "sensors" if is_worn(path) else "gait"
        batch.append(Recording(name, path.resolve(), door, subject, ways[door]))
    root, console = (args.batch or Path()).resolve(), Console(stderr=True, quiet=args.quiet)
    done = run_batch(batch, root, out, Where(args.jobs), console, tables_only=args.tables_only)
    with done.overview.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            why = f"; {row['why_not']}" if row["why_not"] else ""
            yield f"{row['recording']}: {row['events'] or 0} events, {row['strides_used'] or 0} strides{why}"
    yield f"Look at: {done.overview}, {done.measures}"


def _given(options: Mapping[str, Path | str | None]) -> dict[str, object]:
    """Options that were given, files by their whole path: other processes look from elsewhere."""
    return {
        name: str(value.resolve()) if isinstance(value, Path) else value
        for name, value in options.items()
        if value is not None
    }


def _subject(args: argparse.Namespace) -> Subject:
    from kinelab.core.subject import Subject

    return Subject(args.subject, height_m=args.height_m, mass_kg=args.mass_kg)


def _landed(path: Path, out: Path, options: GaitOptions) -> list[str]:
    """The landings of one recording in a few lines."""
    from kinelab.pipeline.landing_run import TABLE, run_landings

    found, measures = run_landings(path, out, options.reading)
    lines = [f"{one.side} foot lands at {one.contact_s:.3f} s" for one in found]
    lines += [f"  {m.quantity} {m.side}: {m.value:.3g} {m.unit} (n {m.n})" for m in measures]
    return [*lines, f"Look at: {out / TABLE}, {out / 'measures.csv'}"]


def _worn_options(args: argparse.Namespace) -> InertialOptions:
    from kinelab.pipeline.inertial_run import InertialOptions

    return InertialOptions(mapping=args.mapping, accept=args.accept_findings, subject=_subject(args))


def _worn(path: Path, out: Path, args: argparse.Namespace) -> list[str]:
    """The existing way of sensors; what it lacks is told, as for other recordings."""
    from rich.console import Console

    from kinelab.errors import GaitError
    from kinelab.pipeline.inertial_run import run_inertial

    try:
        done = run_inertial(path, out, _worn_options(args), Console(stderr=True, quiet=args.quiet))
    except GaitError as error:
        return [str(error), f"Look at: {out / 'report.html'}"]
    return _lines(done.analysis, done.folder)


def _options(args: argparse.Namespace) -> GaitOptions:
    from kinelab.pipeline.gait_inputs import Reading
    from kinelab.pipeline.gait_landmarks import read_marker_map
    from kinelab.pipeline.gait_run import GaitOptions

    reading = Reading(
        marker_map=None if args.marker_map is None else read_marker_map(args.marker_map),
        vertical=args.vertical,
        c3d_subject=args.c3d_subject,
        landmarks=args.landmarks,
        subject=_subject(args),
    )
    return GaitOptions(reading=reading, events=args.events, write_c3d=not args.no_c3d)


def _lines(analysis: Analysis, folder: Path) -> list[str]:
    """The run in a few lines."""
    strides = analysis.strides
    lines = [f"{len(analysis.events.kind)} events, {int(strides.used.sum())} of {strides.n} strides measured"]
    for m in analysis.measures:
        if m.quantity in _SHOWN:
            side = "" if m.side == "both" else f" {m.side}"
            lines.append(f"  {m.quantity}{side}: {m.value:.3g} {m.unit} (n {m.n})")
    lines += [f"  {finding.text}" for finding in analysis.remarks if finding.level == "warning"]
    return [*lines, f"Look at: {folder / 'report.html'}"]
