"""`kinelab reproduce rapp2021`: angles from worn sensors, on open data and on virtual people."""

from __future__ import annotations

import argparse
from pathlib import Path

_HELP = "make the tables and figures of Rapp et al. 2021 (angles from worn sensors) again"
_EPILOG = """\
examples:
  kinelab reproduce rapp2021 table2 --shared DATA --out results          18 real runners, three folds
  kinelab reproduce rapp2021 table2,table3,bias --shared DATA --joints knee --out results
  kinelab reproduce rapp2021 table1 --data virtual --out results         420 virtual walkers
  kinelab reproduce rapp2021 figure4 --data virtual --motions walkers.npz --repeats 2 --out results
  kinelab reproduce rapp2021 all --shared DATA --out results --page docs/validation.md
  kinelab reproduce rapp2021 table2 --data virtual --quick --out tiny    the whole path in a minute

DATA holds mocap/running_26 (Fukuchi et al. 2017). Networks, scores, CSV, Markdown and figures lie in
OUT/runners, OUT/virtual_walking, OUT/virtual_running; the same command goes on where it stopped. "all" is
table2, table3, figure3, figure5 and bias of the runners; of virtual walkers table1, and the learning curve
besides. A network takes some three minutes of one core, and each joint has two in each fold.
"""


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the action with its options."""
    parser = actions.add_parser(
        "rapp2021", help=_HELP, description=_HELP, epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.set_defaults(act=_make)
    parser.add_argument(
        "what", help="table1 table2 table3 figure3 figure4 figure5 bias, or all; commas between"
    )
    parser.add_argument("--data", choices=("runners", "virtual"), help="(default: virtual for table1)")
    parser.add_argument("--shared", type=Path, metavar="DIR", help="folder of the recordings")
    parser.add_argument("--motions", type=Path, metavar="FILE", help="a file of kinelab inertial motions")
    parser.add_argument("--people", type=int, metavar="N", help="virtual (default: the paper's 420, 580)")
    parser.add_argument("--joints", default="knee,hip,ankle", metavar="A,B")
    parser.add_argument("--iterations", default="500,250", metavar="N,N", help="of both stages of training")
    parser.add_argument("--batch", type=int, default=32, metavar="N", help="windows in a batch")
    parser.add_argument(
        "--alignment", choices=("segments", "contacts"), default="segments",
        help="sensor axes: the segments', or level at foot contacts as published (default: segments)",
    )  # fmt: skip
    parser.add_argument("--bf16", action="store_true", help="train in half precision where it is faster")
    parser.add_argument("--repeats", type=int, default=5, metavar="N", help="of the learning curve")
    parser.add_argument("--no-smoother", action="store_true", help="the paper's rows only")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--page", type=Path, metavar="FILE", help="put the parts into section rapp2021 of it")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--quick", action="store_true", help="the same path with tiny networks, a few people")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def _make(args: argparse.Namespace) -> int:
    """Make the parts and print them."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from kinelab.study import rapp2021
    from kinelab.study.rapp2021_networks import Settings

    what = [part.strip() for part in args.what.split(",")]
    data = args.data or ("virtual" if "table1" in what else "runners")
    if what == ["all"]:
        what = list(rapp2021.ALL[data])
    request = rapp2021.Request(
        data, args.shared, args.motions, _joints(args.joints), args.repeats, not args.no_smoother,
        args.people,
        Settings(_two_numbers(args.iterations), args.batch, args.alignment, args.seed, args.quick,
                 args.bf16),
    )  # fmt: skip
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True, quiet=args.quiet)) as progress:
        task = progress.add_task("", total=None)

        def tell(name: str, step: int, steps: int) -> None:
            progress.update(task, description=name, completed=step, total=steps)

        text = rapp2021.reproduce(what, request, args.out, tell)
    print(text)
    print(f"Look at: {args.out}")
    if args.page:
        given = " --shared DIR" if args.shared else " --motions FILE" if args.motions else ""
        command = f"kinelab reproduce rapp2021 {args.what} --data {data}{given} --seed {args.seed}"
        rapp2021.put_on_page(args.out, args.page, command + (" --quick" if args.quick else ""))
    return 0


def _joints(text: str) -> tuple[str, ...]:
    from kinelab.errors import InputError
    from kinelab.inertial.segment_motion import LEG_JOINTS

    joints = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    unknown = [name for name in joints if name not in LEG_JOINTS]
    if unknown:
        raise InputError(f"--joints: no joint {', '.join(unknown)}; there are {', '.join(LEG_JOINTS)}")
    return joints


def _two_numbers(text: str) -> tuple[int, int]:
    from kinelab.errors import InputError

    try:
        first, second = (int(number) for number in text.split(","))
    except ValueError:
        raise InputError(f"--iterations is {text!r}; give two numbers, such as 500,250") from None
    return first, second
