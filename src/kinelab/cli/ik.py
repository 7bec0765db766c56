"""`kinelab ik`: from a marker trial to joint angles."""

from __future__ import annotations

import argparse
from pathlib import Path

NAME = "ik"
HELP = "from a marker trial (.c3d, .trc) to joint angles, a scaled model, figures and a 3D view"
EPILOG = """\
examples:
  kinelab ik walk.c3d --static standing.c3d --mass-kg 62       kinelab's own body, scaled to the subject
  kinelab ik pose3d.trc --height-m 1.72                        triangulated landmarks of a pose network
  kinelab ik walk.trc --model subject01.osim --no-scale        a model that is scaled already
  kinelab ik walk.trc --model generic.osim --static standing.trc --scale-setup scale.xml --setup ik.xml
  kinelab ik long.c3d --chunk 1000 --no-view                   a long trial

The results are in one folder: open viewer.html first, then summary.txt. kinematics.mot and model_scaled.osim
open in OpenSim. The same command again finds what is done.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("trial", type=Path, help="markers of a movement: .c3d or .trc")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of the results (default: TRIAL-ik)")
    model = parser.add_argument_group("the model")
    model.add_argument("--model", type=Path, metavar="FILE", help=".osim or .json (default: kinelab's body)")
    model.add_argument(
        "--marker-set", type=Path, metavar="XML", help="markers for the model, in place of its own"
    )
    model.add_argument(
        "--static", type=Path, metavar="FILE", help="markers of the same person standing still"
    )
    model.add_argument("--scale-setup", type=Path, metavar="XML", help="scale as this ScaleTool set-up says")
    model.add_argument("--no-scale", action="store_true", help="the model is this subject's already")
    tasks = parser.add_argument_group("weights")
    tasks.add_argument(
        "--setup", type=Path, metavar="XML", help="tasks and time range of an OpenSim IK set-up"
    )
    tasks.add_argument("--tasks", type=Path, metavar="XML", help="an IK task set alone")
    person = parser.add_argument_group("about the person and the files")
    person.add_argument("--subject", default="anonymous", metavar="ID", help="a pseudonym, never a name")
    person.add_argument("--mass-kg", type=float, metavar="KG")
    person.add_argument("--height-m", type=float, metavar="M")
    person.add_argument("--vertical", metavar="AXIS", help="axis of the file that points up, such as +z")
    person.add_argument(
        "--c3d-subject", metavar="NAME", help="whose markers, where a C3D holds several people"
    )
    how = parser.add_argument_group("how")
    how.add_argument(
        "--no-repair", action="store_true", help="report wrong labels, but leave them as they are"
    )
    how.add_argument("--no-view", action="store_true", help="do not write the 3D view")
    how.add_argument("--chunk", type=int, default=2000, metavar="N", help="frames at a time (default: 2000)")
    how.add_argument("--seed", type=int, default=0, metavar="N", help="of the random starts (default: 0)")
    how.add_argument("--quick", action="store_true", help="fewer frames for scaling, fewer starts")
    how.add_argument("--quiet", action="store_true", help="no progress bar")


def run(args: argparse.Namespace) -> int:
    """Analyse and say what was found and where it is."""
    from rich.console import Console

    from kinelab.core.subject import Subject
    from kinelab.pipeline.marker_files import TEXT, VIEW
    from kinelab.pipeline.marker_inputs import MarkerOptions
    from kinelab.pipeline.marker_run import run_markers

    options = MarkerOptions(
        model=args.model,
        marker_set=args.marker_set,
        static=args.static,
        ik_setup=args.setup,
        scale_setup=args.scale_setup,
        tasks=args.tasks,
        subject=Subject(args.subject, height_m=args.height_m, mass_kg=args.mass_kg),
        scale=not args.no_scale,
        repair=not args.no_repair,
        view=not args.no_view,
        quick=args.quick,
        seed=args.seed,
        chunk=args.chunk,
        vertical=args.vertical,
        c3d_subject=args.c3d_subject,
    )
    out = args.out or Path(f"{args.trial.stem}-ik")
    done = run_markers(args.trial, out, options, Console(stderr=True, quiet=args.quiet))
    console = Console()
    console.print(
        (done.folder / TEXT).read_text(encoding="utf-8"), markup=False, highlight=False, soft_wrap=True
    )
    shown = VIEW if options.view else TEXT
    console.print(f"Look at: {done.folder / shown}", markup=False, highlight=False, soft_wrap=True)
    return 0
