"""`kinelab monocular transfer` and `relabel`: the network on to a new view, movement or model."""

from __future__ import annotations

import argparse
from pathlib import Path

_EPILOG = """\
examples:
  kinelab monocular transfer mine --out adapted                       the shipped network, on your examples
  kinelab monocular transfer mine --network direct/network.safetensors --steps 600 --out adapted
  kinelab monocular transfer mine --old learn --out adapted           and keep what it knew
  kinelab monocular relabel learn --model other.osim --out theirs     their pictures, its angles
  kinelab monocular transfer theirs --model theirs/model.json --out other

The folder holds labelled crops as kinelab monocular examples makes them; the last fifth of its people are not
learnt from but measured on, before and after. The same command goes on where a stopped run ended.
"""


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """transfer, relabel."""
    parser = actions.add_parser(
        "transfer",
        help="teach a trained network a new view, movement or model",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("examples", type=Path, metavar="DIR", help="labelled crops")
    parser.add_argument("--network", type=Path, metavar="FILE", help="to begin with (default: shipped)")
    parser.add_argument("--model", type=Path, metavar="FILE", help="another one, of the labels: of relabel")
    parser.add_argument(
        "--old", type=Path, metavar="DIR", help="crops of the kind that it knows, not to be forgotten"
    )
    parser.add_argument("--steps", type=int, default=300, metavar="N", help="default: 300")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="of torch (default: 1)")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--quick", action="store_true", help="a few steps")
    parser.set_defaults(act=run_transfer)
    parser = actions.add_parser("relabel", help="examples in the coordinates of another model")
    parser.add_argument(
        "examples", type=Path, metavar="DIR", help="labelled crops of kinelab monocular examples"
    )
    parser.add_argument("--model", type=Path, required=True, metavar="FILE", help=".osim or .json")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--quick", action="store_true", help="the first file of examples only")
    parser.set_defaults(act=run_relabel)


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
            old=Examples(args.old) if args.old else None, threads=args.threads, quick=args.quick,
            tell=lambda said: bar(round(1000 * said.share)),
        )  # fmt: skip
    new = f"{done.people} people not learnt from"
    for when, errors, whom in (
        ("before", done.before, new),
        ("after", done.after, new),
        ("before, on the old kind", done.old_before, "of --old"),
        ("after, on the old kind", done.old_after, "of --old"),
    ):
        if errors is not None:
            print(
                f"{when}: {errors.angle_mae_deg:.2f} deg over all angles, {errors.lower_mae_deg:.2f} deg of "
                f"the legs ({whom}, {len(errors.angle_deg)} pictures)"
            )
    print(f"network: {args.out / 'network.safetensors'}")
    return 0


def run_relabel(args: argparse.Namespace) -> int:
    """Relabel, and print how well the model follows the own body."""
    import numpy as np
    from rich.console import Console

    from kinelab.body.model_file import open_model
    from kinelab.monocular.examples import Examples
    from kinelab.monocular.relabel import MODEL_FILE, WORST_MM, relabel
    from kinelab.pipeline.progress import progress

    examples = Examples(args.examples, slice(0, 1) if args.quick else slice(None))
    people = sum(np.unique(shard.labels["person"]).size for shard in examples.shards)
    with progress("relabelling", people, Console(stderr=True), "people") as bar:
        done = relabel(examples, open_model(args.model), args.out, advance=bar)
    print(f"{args.out}: {len(done.examples)} pictures in {len(done.examples.shards)} files")
    print(
        f"{len(done.model.markers)} points, {np.median(done.rms_mm):.0f} mm off in the median of the pictures"
    )
    if done.left_out:
        print(f"{done.left_out} pictures left out: the model cannot stand so within {WORST_MM:.0f} mm")
    print(f"model: {args.out / MODEL_FILE}")
    return 0
