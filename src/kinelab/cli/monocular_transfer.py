"""`kinelab monocular transfer`: the network on to a new view, movement or model."""

from __future__ import annotations

import argparse
from pathlib import Path

_EPILOG = """\
examples:
  kinelab monocular transfer mine --out adapted                       the shipped network, on your examples
  kinelab monocular transfer mine --network direct/network.safetensors --steps 600 --out adapted
  kinelab monocular transfer mine --model other.osim --out other      only what tells the model is new

The folder holds labelled crops as kinelab monocular examples makes them; its last people are not learnt from
but measured on, before and after. The same command goes on where a stopped run ended.
"""


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """transfer."""
    parser = actions.add_parser(
        "transfer",
        help="teach a trained network a new view, movement or model",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("examples", type=Path, metavar="DIR", help="labelled crops")
    parser.add_argument("--network", type=Path, metavar="FILE", help="to begin with (default: shipped)")
    parser.add_argument("--model", type=Path, metavar="FILE", help="another .osim or .json, of the labels")
    parser.add_argument("--steps", type=int, default=300, metavar="N", help="default: 300")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="of torch (default: 1)")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--quick", action="store_true", help="a few steps")
    parser.set_defaults(act=run_transfer)


def run_transfer(args: argparse.Namespace) -> int:
    """Transfer, and print the errors before and after."""
    from rich.console import Console

    from kinelab.body.model_file import open_model
    from kinelab.monocular.examples import Examples
    from kinelab.monocular.shipped import shipped_path
    from kinelab.monocular.transfer import transfer
    from kinelab.pipeline.progress import progress

    source = args.network or shipped_path()
    model = open_model(args.model) if args.model else None
    with progress("transfer", 1000, Console(stderr=True), "thousandths") as bar:
        done = transfer(
            source, Examples(args.examples), args.out, model=model, steps=args.steps, seed=args.seed,
            threads=args.threads, quick=args.quick, tell=lambda said: bar(round(1000 * said.share)),
        )  # fmt: skip
    for when, errors in (("before", done.before), ("after", done.after)):
        if errors is not None:
            print(
                f"{when}: {errors.angle_mae_deg:.2f} deg over all angles, {errors.lower_mae_deg:.2f} deg of "
                f"the legs ({done.people} people not learnt from)"
            )
    print(f"network: {args.out / 'network.safetensors'}")
    return 0
