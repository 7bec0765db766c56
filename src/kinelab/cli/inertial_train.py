"""`kinelab inertial train`: networks of joints from files of movements."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

_TRAIN = """\
examples:
  kinelab inertial train --motions people/*.npz --out networks           hip, knee and ankle, our recipe
  kinelab inertial train --motions people/*.npz --joint knee --recipe rapp2021 --out as_published
  kinelab inertial train --motions people/*.npz --recipe kinelab kinelab-live --out both   as what ships
  kinelab inertial train --motions virtual.npz --also runners.npz --also-share 0.4 --out more
  kinelab inertial train --motions people/*.npz --out try --quick        some seconds: does it run at all?

The run: DIR/networks.safetensors (for kinelab estimate --network), errors.csv of the people held out, and a
folder with a log for each network. The same command goes on where a stopped run ended.
"""


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """train."""
    parser = actions.add_parser(
        "train",
        help="train networks of joints",
        epilog=_TRAIN,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--motions", nargs="+", type=Path, required=True, metavar="FILE", help="of kinelab inertial motions"
    )
    parser.add_argument(
        "--also",
        nargs="+",
        type=Path,
        default=[],
        metavar="FILE",
        help="movements nobody of whom is held out",
    )
    parser.add_argument(
        "--also-share", type=float, metavar="SHARE", help="of the windows from --also (default: by people)"
    )
    parser.add_argument(
        "--joint", nargs="+", default=["all"], metavar="NAME", help="hip, knee, ankle or all (default: all)"
    )
    parser.add_argument(
        "--recipe",
        nargs="+",
        default=["kinelab"],
        metavar="NAME|FILE",
        help="or best.json of a search (default: kinelab)",
    )
    parser.add_argument(
        "--iterations", nargs=2, type=int, metavar=("N", "N"), help="of stage 1 and 2, with decay to match"
    )
    parser.add_argument(
        "--hold-out", type=float, default=0.1, metavar="SHARE", help="of the people (default: 0.1)"
    )
    parser.add_argument("--people", type=int, metavar="N", help="only the first N of each file")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="of torch (default: 1)")
    parser.add_argument(
        "--bf16", action="store_true", help="train in bfloat16, twice as quick where there is AVX-512 BF16"
    )
    parser.add_argument("--quick", action="store_true", help="20 steps of a tiny network")
    parser.set_defaults(act=run_train)


def run_train(args: argparse.Namespace) -> int:
    """Train, and print the errors on people held out."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
    from rich.table import Table

    from kinelab.inertial.networks.joint_training import ERRORS_FILE, NETWORKS_FILE, Plan, train_joints
    from kinelab.inertial.networks.network_file import load_joint_networks
    from kinelab.inertial.networks.recipe import of_length, preset, quick, read_recipe
    from kinelab.inertial.segment_motion import LEG_JOINTS

    recipes = tuple(
        recipe
        for name in args.recipe
        for recipe in ((read_recipe(Path(name)),) if name.endswith(".json") else preset(name))
    )
    if args.iterations:
        recipes = tuple(of_length(recipe, tuple(args.iterations)) for recipe in recipes)
    recipes = tuple(replace(recipe, bf16=args.bf16) for recipe in recipes)
    if args.quick:
        recipes = tuple(quick(recipe) for recipe in recipes)
    joints = LEG_JOINTS if args.joint == ["all"] else tuple(args.joint)
    plan = Plan(tuple(args.motions), joints, recipes, hold_out=args.hold_out, seed=args.seed)
    plan = replace(plan, also=tuple(args.also), also_share=args.also_share, people=args.people)
    console = Console()
    columns = (
        TextColumn("{task.description:<28}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        tasks: dict[str, TaskID] = {}

        def tell(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=of)
            bar.update(tasks[what], completed=done)

        train_joints(plan, args.out, tell, threads=args.threads)
    _, card = load_joint_networks(args.out / NETWORKS_FILE)
    table = Table("network", "angle", "RMSE, deg")
    for name, value in card.figures.items():
        network, angle = name.split(" ")
        table.add_row(network, angle.removesuffix("_rmse_deg"), f"{value:.2f}")
    if card.figures:
        console.print(table)
        print(f"of people held out; each of them: {args.out / ERRORS_FILE}")
    print(f"networks: {args.out / NETWORKS_FILE}")
    return 0
