"""`kinelab monocular train`: a network from crops to angles."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kinelab.monocular.training import Source

_TRAIN = """\
examples:
  kinelab monocular train learn --held-out held --out direct --minutes 60      the small preset
  kinelab monocular train learn --held-out held --out paper --recipe papers    ResNeXt-50, as published
  kinelab monocular train --draw --held-out held --out endless                 people drawn as it learns
  kinelab monocular train learn --held-out held --points --out both            beside it the multi-step rival
  kinelab monocular train learn --held-out held --start RUN/network.pt --out on   with another run's weights
  kinelab monocular train learn --held-out held --out try --quick              does it run at all?

The run: DIR/log.csv, and DIR/network.safetensors (for kinelab estimate --method monocular), calibrated on the
people of --held-out. The same command goes on where a stopped run ended.
"""


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """train."""
    parser = actions.add_parser(
        "train",
        help="train a network from crops to angles",
        epilog=_TRAIN,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("examples", type=Path, nargs="?", metavar="DIR", help="of kinelab monocular examples")
    parser.add_argument(
        "--draw", action="store_true", help="virtual people in place of DIR, each seen once and not kept"
    )
    parser.add_argument(
        "--held-out", type=Path, required=True, metavar="DIR", help="examples of other people"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--recipe", default="small", metavar="NAME", help="small or papers (default: small)")
    parser.add_argument("--weights", default="", metavar="FILE", help="of the backbone, to begin with")
    parser.add_argument("--start", default="", metavar="FILE", help="network.pt of a run to begin with")
    parser.add_argument(
        "--points", action="store_true", help="a second head that tells points, for kinelab reproduce d3ke"
    )
    parser.add_argument("--minutes", type=float, metavar="N", help="train so long, whatever the steps")
    parser.add_argument("--steps", type=int, metavar="N", help="instead of the recipe's")
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="of torch (default: 1)")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--quick", action="store_true", help="a few steps")
    parser.set_defaults(act=run_train)


def run_train(args: argparse.Namespace) -> int:
    """Train, teach the doubts, calibrate, and print the errors on people held out."""
    from rich.console import Console

    from kinelab.cli.monocular_show import show_doubts
    from kinelab.errors import InputError
    from kinelab.learning.weights import ModelCard
    from kinelab.monocular.calibration_finishing import DOUBT_STEPS, LIMITS, NETWORK_FILE, finish
    from kinelab.monocular.examples import Examples
    from kinelab.monocular.recipe import preset, quick
    from kinelab.monocular.training import train
    from kinelab.monocular.virtual_people import LEARNING
    from kinelab.pipeline.progress import progress

    if args.draw == (args.examples is not None):
        raise InputError(
            "give a folder of examples, or --draw for people who are drawn meanwhile; one of both"
        )
    console = Console(stderr=True)
    recipe = replace(
        preset(args.recipe), weights=args.weights, minutes=args.minutes, threads=args.threads, seed=args.seed,
        start=args.start, points=args.points,
    )  # fmt: skip
    if args.steps:
        recipe = replace(recipe, steps=args.steps)
    if args.quick:
        recipe = quick(recipe)
    held = Examples(args.held_out)
    source = LEARNING if args.draw else Examples(args.examples)
    with progress("training", 1000, console, "thousandths") as bar:
        net = train(recipe, source, args.out, tell=lambda said: bar(round(1000 * said.share)))
    card = ModelCard(
        name=f"kinelab {recipe.name}: {recipe.backbone}, {recipe.look.size_px} px",
        licence="Apache-2.0",
        data=_said_of(source),
        synthetic=not isinstance(source, Examples) or source.synthetic,
        limits=LIMITS,
        recipe=f"kinelab monocular train --recipe {recipe.name} --seed {recipe.seed}",
    )
    with progress("doubts and calibration", DOUBT_STEPS, console, "steps") as bar:
        done = finish(
            net, recipe, source, held, args.out / NETWORK_FILE, card,
            doubt_steps=5 if args.quick else DOUBT_STEPS,
            tell=lambda what, done, of: bar(round(DOUBT_STEPS * done / max(of, 1))),
        )  # fmt: skip
    show_doubts(done, args.out)
    print(f"network: {args.out / NETWORK_FILE}")
    return 0


def _said_of(source: Source) -> str:
    from kinelab.monocular.examples import Examples

    if isinstance(source, Examples):
        return f"{len(source)} labelled crops of {source.folder.name}"
    return "virtual people, drawn while it learned and seen once"
