"""`kinelab anomaly`: what in a stride is unlike healthy walking."""

from __future__ import annotations

import argparse
from pathlib import Path

from kinelab.cli.healthy_label import add_label_options, label_of_options

NAME = "anomaly"
HELP = "find strides that are unlike healthy walking, and the joint and phase in which they are"
EPILOG = """\
examples:
  kinelab anomaly score RUN --out DIR
  kinelab anomaly score CURVES.csv --out DIR --weights ours.safetensors --laboratory "our ward"
  kinelab anomaly train HEALTHY --out DIR --name ours --version 1 --laboratory "our ward" \\
      --model "Plug-in Gait" --population "adults" --source "our own" --licence "not for others"

RUN is a folder of results with strides (kinelab gait, inertial ...) or a folder of such folders; HEALTHY
holds such folders of healthy people. CURVES.csv is a table of curves of strides (docs/patterns.md). Training
takes minutes and needs the extra `train`; scoring does not.
"""
_MODEL = "anomaly.safetensors"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The actions score and train with their options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    score = actions.add_parser("score", help="how unusual each session is, and where")
    score.add_argument("curves", type=Path, metavar="RUN|CURVES", help="folder of results, or a table")
    score.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of scores and figures")
    score.add_argument("--weights", type=Path, metavar="FILE", help="a model of your own (default: shipped)")
    score.add_argument("--model", help="marker model of the recordings, for a warning")
    score.add_argument("--laboratory", help="laboratory of the recordings, for a warning")
    score.set_defaults(act=_score)
    train = actions.add_parser("train", help="learn healthy strides from your own people")
    train.add_argument("curves", type=Path, metavar="HEALTHY|CURVES", help="folder of results, or a table")
    train.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help=f"folder of {_MODEL} and its card"
    )
    add_label_options(train)
    train.add_argument("--with-offsets", action="store_true", help="judge posture too: curves as measured")
    train.add_argument(
        "--rate", type=float, default=0.05, metavar="SHARE", help="false alarms (default: 0.05)"
    )
    train.add_argument("--seeds", type=int, default=1, metavar="N", help="networks of each kind (default: 1)")
    train.add_argument("--seed", type=int, default=0, metavar="N")
    train.add_argument("--quick", action="store_true", help="a training too short to be used, in seconds")
    train.set_defaults(act=_train)


def run(args: argparse.Namespace) -> int:
    """Do the action that was asked for."""
    code: int = args.act(args)
    return code


def _score(args: argparse.Namespace) -> int:
    from kinelab.pipeline.anomaly_run import score_curves

    done = score_curves(
        args.curves, args.out, args.weights, model=args.model, laboratory=args.laboratory
    )  # fmt: skip
    for line in done:
        print(line)
    return 0


def _train(args: argparse.Namespace) -> int:
    from rich.console import Console

    from kinelab.patterns.anomaly_training import AnomalyTraining, quick
    from kinelab.pipeline.anomaly_training_run import train_from

    design = AnomalyTraining(
        seed=args.seed, seeds=args.seeds, rate=args.rate, offset_free=not args.with_offsets
    )
    design = quick(design) if args.quick else design
    for line in train_from(
        args.curves, args.out / _MODEL, label_of_options(args), design, Console(stderr=True)
    ):
        print(line)
    return 0
