"""`kinelab inertial motions`: virtual walkers and runners, what networks for sensors learn from."""

from __future__ import annotations

import argparse
from pathlib import Path

_EPILOG = """\
examples:
  kinelab inertial motions --walkers 420 --runners 580 --out motions    as many as Rapp et al. 2021
  kinelab inertial motions --walkers 20 --duration 30 --out small
  kinelab inertial motions --runners-of running_26 --out motions        18 real runners (Fukuchi et al. 2017)

Writes walkers.npz, runners.npz, fukuchi.npz: how seven segments and the sensors on them move, at 100 Hz.
About 0.5 s for a walker, 1 s for a runner. The same command again goes on where it stopped.
"""


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """motions."""
    motions = actions.add_parser(
        "motions",
        help="make sets of virtual walkers and runners to train on",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    motions.add_argument("--walkers", type=int, default=0, metavar="N")
    motions.add_argument("--runners", type=int, default=0, metavar="N")
    motions.add_argument("--runners-of", type=Path, metavar="DIR", help="folder of the set running_26")
    motions.add_argument("--duration", type=float, default=12.0, metavar="S", help="of each (default: 12)")
    motions.add_argument("--tissue", type=float, default=1.0, metavar="DOSE", help="0: on bone (default: 1)")
    motions.add_argument("--feet", choices=("instep", "heel", "either"), default="either")
    motions.add_argument("--patterns", type=float, default=0.3, metavar="SHARE", help="of walkers with one")
    motions.add_argument("--out", type=Path, required=True, metavar="DIR")
    motions.add_argument("--seed", type=int, default=0, metavar="N")
    motions.add_argument("--quick", action="store_true", help="two people of each kind, four seconds")
    motions.add_argument("--quiet", action="store_true", help="no progress bar")
    motions.set_defaults(act=_motions)


def _motions(args: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from kinelab.errors import InputError
    from kinelab.inertial.motions.making import make_virtual_set
    from kinelab.inertial.motions.virtual_people import VirtualSet

    wanted = {"walking": args.walkers, "running": args.runners}
    if min(wanted.values()) < 0 or (not any(wanted.values()) and args.runners_of is None):
        raise InputError("nobody to make: give --walkers N, --runners N or --runners-of DIR, N above 0")
    with Progress(console=Console(stderr=True, quiet=args.quiet)) as progress:
        for activity, asked in wanted.items():
            people = min(asked, 2) if args.quick else asked
            if not people:
                continue
            chosen = VirtualSet(
                "walking" if activity == "walking" else "running",
                min(args.duration, 4.0) if args.quick else args.duration,
                pattern_share=args.patterns,
                tissue=args.tissue,
                feet=args.feet,
                seed=args.seed,
            )
            task = progress.add_task(activity, total=people)

            def told(n: int, task: TaskID = task) -> None:
                progress.update(task, completed=n)

            print(make_virtual_set(chosen, people, args.out, told))
    if args.runners_of is not None:
        from kinelab.inertial.motions.files import write_motions
        from kinelab.inertial.motions.fukuchi import read_runners

        path = args.out / "fukuchi.npz"
        write_motions(path, list(read_runners(args.runners_of, 100.0)))
        print(path)
    return 0
