"""`kinelab inertial search`: which settings make the best network of a joint."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from kinelab.cli.where_options import add_where, print_script, where_of

_SEARCH = """\
examples:
  kinelab inertial search --motions people/*.npz --joint knee --out search
  kinelab inertial search --motions people/*.npz --joint knee --kind lstm --outputs orientations --out search2
  kinelab inertial search --motions p/*.npz --joint hip --at-once 8 --dask tcp://host:8786 --out search
  kinelab inertial train --motions people/*.npz --joint knee --recipe search/best.json --out knee

The space of Rapp et al. 2021, by tree-structured Parzen estimators; the error is that on people held out. The
same command goes on where a stopped one ended; with more --trials it goes further. Writes trials.csv,
best.json, history.svg and .png, and study.journal, which Optuna's own tools read. A trial of 5000 iterations
takes some 10 minutes on one core.
"""


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """search."""
    parser = actions.add_parser(
        "search",
        help="search the settings of a network",
        epilog=_SEARCH,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--motions", nargs="+", type=Path, required=True, metavar="FILE", help="of kinelab inertial motions"
    )
    parser.add_argument("--joint", required=True, metavar="NAME", help="hip, knee or ankle")
    parser.add_argument("--kind", choices=("conv1d", "lstm"), default="conv1d", help="(default: conv1d)")
    parser.add_argument(
        "--outputs", choices=("angles", "orientations"), default="angles", help="(default: angles)"
    )
    parser.add_argument("--trials", type=int, default=30, metavar="N", help="in all (default: 30)")
    parser.add_argument(
        "--placement", type=float, default=0.0, metavar="DEG", help="SD of turned sensors (default: 0)"
    )
    parser.add_argument(
        "--noise", type=float, default=0.15, metavar="SHARE", help="white, of the signal's SD (default: 0.15)"
    )
    parser.add_argument(
        "--hold-out", type=float, default=0.1, metavar="SHARE", help="of the people (default: 0.1)"
    )
    parser.add_argument("--people", type=int, metavar="N", help="only the first N of each file")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--quick", action="store_true", help="tiny networks of 20 steps, 4 trials")
    add_where(parser, "--at-once", "1")
    parser.set_defaults(act=run_search)


def run_search(args: argparse.Namespace) -> int:
    """Search, and print the best settings."""
    from rich.console import Console
    from rich.table import Table

    from kinelab.inertial.networks.recipe import preset
    from kinelab.study.inertial_search import BEST_FILE, HISTORY_FILE, SearchPlan, search

    if print_script(args):
        return 0
    base = replace(
        preset("rapp2021")[0],
        kind=args.kind,
        outputs=args.outputs,
        placement_deg=args.placement,
        noise=args.noise,
    )
    plan = SearchPlan(
        tuple(str(path) for path in args.motions), args.joint, base, 4 if args.quick else args.trials,
        args.hold_out, args.people, args.seed, args.quick,
    )  # fmt: skip
    tried = search(plan, args.out, Console(stderr=True), where_of(args, processes=1))
    table = Table("trial", "error, deg", "layers", "width", "iterations", "learning rate")
    for one in sorted(tried, key=lambda t: t.error_deg)[:5]:
        r = one.recipe
        cells = (one.number, f"{one.error_deg:.2f}", r.layers, r.width, r.steps, f"{r.learning_rate:.2g}")
        table.add_row(*map(str, cells))
    Console().print(table)
    print(f"best settings: {args.out / BEST_FILE}\nLook at: {args.out / HISTORY_FILE}")
    return 0
