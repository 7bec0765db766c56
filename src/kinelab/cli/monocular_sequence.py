"""`kinelab monocular train-sequence`: a network that refines a clip's frames by one another."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

_EPILOG = """\
examples:
  kinelab monocular train-sequence clips --network direct/network.safetensors --out smooth
  kinelab monocular train-sequence clips --validation others --recipe papers-tcn --out tcn
  kinelab monocular train-sequence clips --validation others --end-to-end --out both   then on the pictures
  kinelab monocular train-sequence clips --out try --quick                     does it run at all?

The clips' people should not be among those that the network learnt from. The run: DIR/told.safetensors (what
the network told of the clips), log.csv, and DIR/sequence.safetensors (for kinelab estimate --sequence).
"""


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """train-sequence."""
    parser = actions.add_parser(
        "train-sequence",
        help="train a network that refines a clip",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("clips", type=Path, metavar="DIR", help="of kinelab monocular examples --clips")
    parser.add_argument("--network", type=Path, metavar="FILE", help="the direct one (default: shipped)")
    parser.add_argument("--validation", type=Path, metavar="DIR", help="clips of other people to judge by")
    parser.add_argument(
        "--recipe",
        default="small",
        metavar="NAME",
        help="small, small-tcn, small-transformer, papers-lstm, papers-tcn or papers-transformer",
    )
    parser.add_argument("--epochs", type=int, metavar="N", help="instead of the recipe's")
    parser.add_argument(
        "--end-to-end",
        type=int,
        nargs="?",
        const=500,
        metavar="STEPS",
        help="afterwards both networks together, on the pictures (steps: 500)",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="of torch (default: 1)")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--quick", action="store_true", help="two epochs of a tiny network on a few frames")
    parser.set_defaults(act=run_train)


def run_train(args: argparse.Namespace) -> int:
    """Tell the clips, train on them, judge, and write the file."""
    from rich.console import Console

    from kinelab.monocular.examples import Examples
    from kinelab.monocular.sequence_finishing import FinishedSequence, ToldFiles, finish_sequence
    from kinelab.monocular.sequence_recipe import quick_sequence, sequence_preset
    from kinelab.monocular.shipped import load_network
    from kinelab.pipeline.progress import progress

    console = Console(stderr=True)
    recipe = replace(sequence_preset(args.recipe), threads=args.threads, seed=args.seed)
    if args.epochs:
        recipe = replace(recipe, epochs=args.epochs)
    if args.quick:
        recipe = quick_sequence(recipe)
    network = load_network(args.network, threads=args.threads)
    part = slice(0, 1) if args.quick else slice(None)
    learnt = Examples(args.clips, part)
    others = Examples(args.validation, part) if args.validation else None
    files = ToldFiles(args.out, network)
    with progress("telling the clips", len(learnt), console) as bar:
        clips = files.of("told", learnt, advance=bar)
    judged = None
    if others is not None:
        with progress("telling the others", len(others), console) as bar:
            judged = files.of("validation", others, advance=bar)
    with progress("training", 1000, console, "thousandths") as bar:
        done = finish_sequence(
            recipe, network, clips, judged, args.out, tell=lambda step, of, _: bar(round(1000 * step / of))
        )
    if args.end_to_end is not None:
        from kinelab.monocular.sequence_end_to_end import train_end_to_end

        with progress("end to end", 1000, console, "thousandths") as bar:
            together = train_end_to_end(
                recipe, network.file, done.refiner, learnt, args.out / "end_to_end", others=others,
                steps=4 if args.quick else args.end_to_end,
                tell=lambda step, of: bar(round(1000 * step / of)),
            )  # fmt: skip
        print(f"end to end: {args.out / 'end_to_end'}")
        for line in FinishedSequence(done.refiner, together.sequence, together.figures).lines():
            print(f"end to end, {line}")
    for line in done.lines():
        print(line)
    print(f"network: {done.path}")
    return 0
