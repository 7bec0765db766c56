"""`kinelab keypoints train` and `evaluate`: a network from labelled frames, and how far it is off."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kinelab.keypoints.transfer.recipe import Unlabelled

_TRAIN = """\
examples:
  kinelab models get mobilenetv2_100-imagenet --trust-first-use   once: what the network begins with
  kinelab keypoints train runners                                 the fast recipe, made for two cores
  kinelab keypoints train runners --minutes 20                    as long as that
  kinelab keypoints train runners --preset papers                 ResNet-50 as Cronin and Johnson trained it
  kinelab keypoints train runners --split frame --test-share 0.1  90/10 by frame, as in the papers
  kinelab keypoints train runners --from fast --steps 1000        after corrections: begin with that network
  kinelab keypoints train runners --unlabelled                    learn from the project's videos too
  kinelab keypoints train runners --unlabelled day2/*.mp4         or from these, that nobody labelled
  kinelab keypoints train runners --quick                         some seconds: does it run at all?

The run lies in PROJECT/networks/NAME: network.safetensors, evaluation.json and .csv, predictions.csv,
learning_curve.svg, human_network.png, reliability.svg. The same command goes on where a stopped run ended.
"""
_EVALUATE = """\
examples:
  kinelab keypoints evaluate runners                              the last network that was trained
  kinelab keypoints evaluate runners --network fast --checkpoint 50000
"""
_OUT = "networks"


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """train and evaluate."""
    train = actions.add_parser(
        "train",
        help="train a network on the labelled frames",
        epilog=_TRAIN,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_train_arguments(train)
    train.set_defaults(act=run_train)
    evaluate = actions.add_parser(
        "evaluate",
        help="errors of a trained network on train and test frames",
        epilog=_EVALUATE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_evaluate_arguments(evaluate)
    evaluate.set_defaults(act=run_evaluate)


def add_train_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `train`."""
    parser.add_argument("project", type=Path, metavar="PROJECT")
    begin = parser.add_mutually_exclusive_group()
    begin.add_argument("--preset", choices=("fast", "papers"), default="fast", help="(default: fast)")
    begin.add_argument(
        "--from",
        dest="start",
        metavar="RUN",
        help="begin with the network of an earlier run, with its recipe and its tested frames",
    )
    parser.add_argument("--name", help="of the run, in PROJECT/networks (default: the preset's, or RUN-next)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="another folder for the run")
    parser.add_argument("--rater", metavar="NAME", help="whose labels (default: the mean of all raters)")
    length = parser.add_argument_group("how long")
    length.add_argument("--steps", type=int, metavar="N", help="steps of training")
    length.add_argument("--minutes", type=float, metavar="M", help="minutes of training instead")
    length.add_argument("--benchmarks", type=_numbers, metavar="N,N", help="keep the network at these steps")
    length.add_argument("--quick", action="store_true", help="20 steps of a small picture")
    net = parser.add_argument_group("the network")
    net.add_argument("--backbone", metavar="NAME", help="any convolutional network of timm")
    net.add_argument("--weights", metavar="FILE|NAME|none", help="what it begins with (see kinelab models)")
    net.add_argument("--size", dest="long_side_px", type=int, metavar="PX", help="long side of its pictures")
    net.add_argument("--batch", type=int, metavar="N", help="pictures a step")
    net.add_argument("--learning-rate", type=float, metavar="RATE")
    net.add_argument(
        "--no-mirror", action="store_true", help="never mirror pictures (left and right exchanged)"
    )
    data = parser.add_argument_group("which frames")
    data.add_argument("--split", dest="split_by", choices=("frame", "video", "person"), help="kept together")
    data.add_argument("--test-share", type=float, metavar="SHARE", help="of the frames (default: 0.1)")
    data.add_argument("--split-seed", type=int, metavar="N", help="which are tested (default: 0)")
    data.add_argument("--frames", type=int, metavar="N", help="learn from so many only")
    data.add_argument(
        "--unlabelled",
        nargs="*",
        type=Path,
        metavar="VIDEO",
        help="learn from frames without labels too: no jumps, poses like the labelled ones (default: off; "
        "without names, the project's videos that are not tested)",
    )
    data.add_argument(
        "--unlabelled-weight", type=float, metavar="W", help="of these against the labels (default: 0.03)"
    )
    machine = parser.add_argument_group("the computer")
    machine.add_argument("--seed", type=int, metavar="N", help="of everything drawn (default: 0)")
    machine.add_argument("--threads", type=int, metavar="N", help="of torch (default: all cores)")
    machine.add_argument(
        "--workers", type=int, metavar="N", help="processes that prepare pictures (default: 0)"
    )
    machine.add_argument("--quiet", action="store_true", help="no progress bar")


def add_evaluate_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `evaluate`."""
    parser.add_argument("project", type=Path, metavar="PROJECT")
    parser.add_argument("--network", metavar="RUN", help="a run's name or folder (default: the newest)")
    parser.add_argument("--checkpoint", type=int, metavar="STEP", help="the network kept at this step")
    parser.add_argument("--cut", type=float, default=0.6, help="confidence of a sure landmark (default: 0.6)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where table and pictures go")


def run_train(args: argparse.Namespace) -> int:
    """Train, and print what came of it."""
    from rich.console import Console

    from kinelab.keypoints.projects.project import load_project
    from kinelab.keypoints.projects.runs import network_of
    from kinelab.keypoints.transfer.recipe import preset, quick, retraining
    from kinelab.keypoints.transfer.weights_choice import chosen_weights
    from kinelab.pipeline.keypoint_training import evaluation_table, train_and_show

    load_project(args.project)
    start = None if args.start is None else network_of(args.project, args.start)
    name = args.name or (args.preset if start is None else f"{start.parent.name}-next")
    out = args.out or args.project / _OUT / (f"{name}-quick" if args.quick and not args.name else name)
    recipe = preset(args.preset, args.project, out)
    if start is not None:
        _no_other_division(args)
        recipe = retraining(start, args.project, out)
    given = {key: getattr(args, key) for key in _GIVEN if getattr(args, key) is not None}
    if "steps" in given:
        given.setdefault("minutes", None)  # of the earlier run; it would count instead
    if "steps" in given and "benchmarks" not in given:
        given["benchmarks"] = tuple(step for step in recipe.benchmarks if step <= given["steps"])
    recipe = replace(recipe, **given, mirror=recipe.mirror and not args.no_mirror)
    if start is None or args.weights is not None:
        recipe = replace(recipe, weights=chosen_weights(recipe.backbone, args.weights))
    recipe = replace(recipe, unlabelled=_unlabelled(args))
    if args.quick:
        recipe = quick(recipe)
    console = Console()
    run = train_and_show(recipe, Console(stderr=True, quiet=args.quiet))
    console.print(evaluation_table(run.evaluation))
    print(f"network: {run.network}\nLook at: {run.folder / 'human_network.png'}")
    return 0


def _unlabelled(args: argparse.Namespace) -> Unlabelled | None:
    from kinelab.errors import InputError
    from kinelab.keypoints.transfer.recipe import Unlabelled

    if args.unlabelled is None:
        if args.unlabelled_weight is not None:
            raise InputError(
                "--unlabelled-weight says how much unlabelled video counts: give --unlabelled too"
            )
        return None
    # absolute, so that the run goes on from another folder too
    chosen = Unlabelled(tuple(str(path.absolute()) for path in args.unlabelled))
    return chosen if args.unlabelled_weight is None else replace(chosen, weight=args.unlabelled_weight)


def _no_other_division(args: argparse.Namespace) -> None:
    from kinelab.errors import InputError

    options = {"--split": args.split_by, "--test-share": args.test_share, "--split-seed": args.split_seed}
    named = [option for option, value in options.items() if value is not None]
    if named:
        raise InputError(
            f"{', '.join(named)} cannot be given with --from: the tested frames stay those of {args.start}, "
            "since its network has learnt from the others"
        )


def run_evaluate(args: argparse.Namespace) -> int:
    """Measure a network again, and print and draw it."""
    from rich.console import Console

    from kinelab.keypoints.transfer.evaluation import evaluate_run
    from kinelab.keypoints.transfer.finishing import write_evaluation
    from kinelab.pipeline.keypoint_training import draw_evaluation, evaluation_table

    run = _run_folder(args.project, args.network)
    result = evaluate_run(run, checkpoint=args.checkpoint, project=args.project, cut=args.cut)
    default = run / "evaluation" / ("final" if args.checkpoint is None else f"step_{args.checkpoint:06d}")
    out = args.out or default
    out.mkdir(parents=True, exist_ok=True)
    write_evaluation(result, out)
    draw_evaluation(result, out)
    Console().print(evaluation_table(result))
    print(f"Look at: {out / 'human_network.png'}")
    return 0


_GIVEN = (
    "steps", "minutes", "benchmarks", "backbone", "long_side_px", "batch", "learning_rate", "split_by",
    "test_share", "split_seed", "frames", "seed", "threads", "workers", "rater",
)  # fmt: skip


def _run_folder(project: Path, network: str | None) -> Path:
    from kinelab.errors import RunFolderError
    from kinelab.learning.run_folder import RECIPE_FILE

    if network is not None:
        place = project / _OUT / network
        return place if place.is_dir() else Path(network)
    runs = sorted((project / _OUT).glob(f"*/{RECIPE_FILE}"), key=lambda path: path.stat().st_mtime)
    if not runs:
        raise RunFolderError(
            f"{project} has no trained network yet; train one with `kinelab keypoints train {project}`"
        )
    return runs[-1].parent


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no list of steps, such as 1000,2000") from None
