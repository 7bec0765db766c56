"""`kinelab norms`: norm sets, and the deviation scores of a recording against one."""

from __future__ import annotations

import argparse
from pathlib import Path

from kinelab.cli.healthy_label import add_label_options, label_of_options

NAME = "norms"
HELP = "norm sets of healthy walking, and a recording's deviation from one: GPS, its profile (MAP), GDI"
EPILOG = """\
examples:
  kinelab norms list
  kinelab norms score RUN --out DIR
  kinelab norms score RUN --out DIR --norms ours --laboratory "our ward"
  kinelab norms make HEALTHY --out ours.safetensors --name ours --version 1 --laboratory "our ward" \\
      --model "Plug-in Gait" --source "our own" --licence "not for others"
  kinelab norms add ours.safetensors

RUN is a folder of results with strides (kinelab gait, analyze, inertial ...); HEALTHY holds such folders, of
one person each or several. A norm set belongs to one marker model and one laboratory: scores against
another are told apart by a warning. Own sets lie in the folder KINELAB_NORMS, or in the user's data folder.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The actions list, score, make and add with their options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    shown = actions.add_parser("list", help="the norm sets on this computer")
    shown.set_defaults(act=_list)
    score = actions.add_parser("score", help="GPS, GDI and the profile of one recording")
    score.add_argument("run_folder", type=Path, metavar="RUN", help="a folder of results with strides")
    score.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of scores and figure")
    score.add_argument("--norms", default=None, metavar="NAME|FILE", help="the norm set (default: shipped)")
    score.add_argument("--model", help="marker model of the recording (default: as its results say)")
    score.add_argument("--laboratory", help="laboratory of the recording")
    score.set_defaults(act=_score)
    make = actions.add_parser("make", help="a norm set from results of healthy people")
    make.add_argument("folder", type=Path, metavar="HEALTHY", help="a folder of results with strides")
    make.add_argument("--out", type=Path, required=True, metavar="FILE", help="NAME.safetensors")
    add_label_options(make)
    make.set_defaults(act=_make)
    add = actions.add_parser("add", help="put a norm set into the user's folder")
    add.add_argument("file", type=Path, metavar="FILE")
    add.add_argument("--replace", action="store_true", help="take the place of one of that name")
    add.set_defaults(act=_add)


def run(args: argparse.Namespace) -> int:
    """Do the action that was asked for."""
    code: int = args.act(args)
    return code


def _list(args: argparse.Namespace) -> int:
    from kinelab.gait.norms import load_norms
    from kinelab.gait.norms_store import norm_files, norms_folder

    for path in norm_files().values():
        norms = load_norms(path)
        label, count = norms.label, len(norms.variables)
        print(f"{label.title}: {label.people} people ({label.population}), {count} of 9 curves")
        print(f"    model: {label.model}; laboratory: {label.laboratory}")
        print(f"    {label.source}; {label.licence}")
    print(f"Folder of your own: {norms_folder()}")
    return 0


def _score(args: argparse.Namespace) -> int:
    from kinelab.gait.norms_store import DEFAULT
    from kinelab.pipeline.deviation_run import score_run

    done = score_run(
        args.run_folder, args.out, args.norms or DEFAULT, model=args.model, laboratory=args.laboratory
    )  # fmt: skip
    for line in done:
        print(line)
    return 0


def _make(args: argparse.Namespace) -> int:
    from kinelab.gait.norms import save_norms
    from kinelab.pipeline.deviation_run import norms_of_runs

    norms = norms_of_runs(args.folder, label_of_options(args))
    save_norms(norms, args.out)
    print(f"{norms.label.title}: {norms.label.people} people, {len(norms.variables)} of 9 curves: {args.out}")
    return 0


def _add(args: argparse.Namespace) -> int:
    from kinelab.gait.norms_store import add_norms, norms_folder

    norms = add_norms(args.file, replace=args.replace)
    print(f"{norms.label.title} is now in {norms_folder()}")
    return 0
