"""`kinelab monocular examples`: labelled crops of virtual people, alone or as clips, or of sessions."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """examples."""
    parser = actions.add_parser(
        "examples", help="draw virtual people with their true angles, or cut out filmed ones"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--people", type=int, default=400, metavar="N", help="of 12 pictures each (default: 400)"
    )
    parser.add_argument(
        "--clips",
        choices=("train", "validation", "test"),
        help="clips by two cameras of this group of the study of Bittner et al. 2022 instead",
    )
    parser.add_argument(
        "--sessions",
        nargs="+",
        type=Path,
        metavar="DIR",
        help="of session folders with known angles instead (kinelab lab make, or your own)",
    )
    parser.add_argument(
        "--kinematics",
        type=Path,
        metavar="FILE",
        help="of the sessions: .mot .sto .nc (default: their truth)",
    )
    parser.add_argument("--frames", type=int, default=100, metavar="N", help="of a clip (default: 100)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="who and how (default: 0)")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes (default: 1)")
    parser.add_argument("--quick", action="store_true", help="a few people")
    parser.set_defaults(act=run_examples)


def run_examples(args: argparse.Namespace) -> int:
    """Draw; shards that are there stay as they are."""
    from rich.console import Console

    from kinelab.monocular.examples import PEOPLE_PER_SHARD, make_examples
    from kinelab.monocular.from_sessions import examples_from_sessions
    from kinelab.monocular.sequences import SequenceDesign, make_sequences, people_of
    from kinelab.monocular.virtual_people import LEARNING
    from kinelab.pipeline.progress import counted, progress

    console = Console(stderr=True)
    if args.sessions:
        found = examples_from_sessions(args.sessions, args.out, kinematics=args.kinematics)
    elif args.clips:
        design = SequenceDesign(frames=8 if args.quick else args.frames, movements=2 if args.quick else None)
        people = people_of(design.lab, args.clips)[: 1 if args.quick else args.people]
        with progress("clips", len(people), console, "people") as bar:
            found = make_sequences(args.out, design, people, workers=args.workers, advance=counted(bar))
    else:
        count = PEOPLE_PER_SHARD if args.quick else args.people
        with progress("examples", count, console, "people") as bar:
            found = make_examples(
                args.out, LEARNING, count, seed=args.seed, workers=args.workers, advance=counted(bar)
            )
    print(f"{args.out}: {len(found)} pictures in {len(found.shards)} files")
    return 0
