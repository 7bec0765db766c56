"""`kinelab reproduce d3ke`: joint angles straight from the pictures of one camera (Bittner et al. 2022)."""

from __future__ import annotations

import argparse
from pathlib import Path

_HELP = "make the tables of Bittner et al. 2022 (D3KE, angles from one camera) and their Figure 4 again"
_EPILOG = """\
examples:
  kinelab reproduce d3ke all --out results                         virtual people, the network that ships
  kinelab reproduce d3ke table1,table4 --sequence lstm.safetensors --refined --out results
  kinelab reproduce d3ke table1,table3 --cms RUN --two-view openpose_like --out results
  kinelab reproduce d3ke table5 --benchmark speed.json --out results
  kinelab reproduce d3ke all --movi DIR --smpl male=M.npz --smpl female=F.npz --out results
  kinelab reproduce d3ke table1 --quick --out tiny                 the whole path in a minute

Without --examples, clips of the 16 test people of the laboratory's design bittner2022 are drawn into
OUT/clips (twenty movements, two cameras; half an hour of one core). Estimates of each way lie in
OUT/estimates; tables as CSV and Markdown and the figure in OUT. The same command goes on where it stopped.
"all" is every part but table5, which needs what benchmarks/monocular.py wrote.
"""


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the action with its options."""
    parser = actions.add_parser(
        "d3ke", help=_HELP, description=_HELP, epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.set_defaults(act=_make)
    parser.add_argument("what", help="table1 to table6, figure4, or all; commas between")
    parser.add_argument("--direct", type=Path, metavar="FILE", help="direct network (default: that ships)")
    parser.add_argument(
        "--sequence", type=Path, metavar="FILE", action="append", default=[], help="goes on from it; repeat"
    )
    parser.add_argument("--refined", action="store_true", help="and refined through the skeletal layer")
    parser.add_argument("--cms", type=Path, metavar="RUN", help="training with points, for many steps")
    parser.add_argument(
        "--cms-sequence",
        type=Path,
        metavar="RUN",
        action="append",
        default=[],
        help="goes on from it; repeat",
    )
    parser.add_argument("--opensim", action="store_true", help="many steps by OpenSim's solver too (slow)")
    parser.add_argument(
        "--two-view", metavar="NAME", action="append", default=[],
        help="openpose_like, mediapipe_like or a pose network's file; repeat",
    )  # fmt: skip
    parser.add_argument("--examples", type=Path, metavar="DIR", help="clips (default: of virtual people)")
    parser.add_argument(
        "--movi", type=Path, metavar="DIR", help="BML-MoVi with AMASS' fits, in place of clips"
    )
    parser.add_argument(
        "--smpl", metavar="GENDER=FILE", action="append", default=[], help="SMPL-H file for --movi; repeat"
    )
    parser.add_argument("--subjects", metavar="N,N", help="of --movi (default: all that are there)")
    parser.add_argument("--benchmark", type=Path, metavar="FILE", help="speeds, for table5")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="that draw virtual people")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--page", type=Path, metavar="FILE", help="put the parts into section d3ke of it")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the virtual people")
    parser.add_argument("--quick", action="store_true", help="the same path with two people")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def _make(args: argparse.Namespace) -> int:
    """Make the parts and print them."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from kinelab.study import bittner2022
    from kinelab.study.bittner2022_choice import Choice, ways_of

    what = [part.strip() for part in args.what.split(",")]
    if what == ["all"]:
        what = [part for part in bittner2022.WHAT if part != "table5" or args.benchmark]
    examples = args.examples if args.movi is None else _movi(args)
    request = bittner2022.Request(examples, args.benchmark, args.quick, args.seed, args.workers)
    choice = Choice(
        args.direct, args.sequence, args.refined, args.cms, args.cms_sequence, args.opensim, args.two_view
    )
    ways = [] if what == ["table5"] else ways_of(choice)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True, quiet=args.quiet)) as progress:
        task = progress.add_task("", total=None)

        def tell(name: str, step: int, steps: int) -> None:
            progress.update(task, description=name, completed=step, total=steps)

        text = bittner2022.reproduce(what, ways, request, args.out, tell)
    print(text)
    print(f"Look at: {args.out}")
    if args.page:
        command = f"kinelab reproduce d3ke {args.what} --seed {args.seed}"
        bittner2022.put_on_page(args.out, args.page, command + (" --quick" if args.quick else ""))
    return 0


def _movi(args: argparse.Namespace) -> Path:
    """The folder of examples that BML-MoVi was made into."""
    from kinelab.errors import InputError
    from kinelab.monocular.movi_examples import examples_from_movi

    models = dict(part.split("=", 1) for part in args.smpl if "=" in part)
    if not models or len(models) < len(args.smpl):
        raise InputError(
            f"--smpl is {', '.join(args.smpl) or 'not given'}; give male=FILE, and others likewise"
        )
    try:
        subjects = None if args.subjects is None else [int(number) for number in args.subjects.split(",")]
    except ValueError:
        raise InputError(f"--subjects is {args.subjects!r}; give numbers, such as 1,5,12") from None
    files = {gender: Path(path) for gender, path in models.items()}
    return examples_from_movi(args.movi, files, args.out / "movi", subjects=subjects).folder
