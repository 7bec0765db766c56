"""`kinelab clinic work` and `kinelab clinic files`: the workers of a clinic, and a look after its files."""

from __future__ import annotations

import argparse

from kinelab.cli.clinic_options import add_store

_DAY_H = 24.0


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the actions."""
    work = actions.add_parser(
        "work",
        help="do the work that waits in the queue; `serve` starts such workers by itself",
        description="Analyse recordings and make reports anew, one job after the other, until stopped. More "
        "of them, on other computers too, share the work: each needs the data folder and the database.",
    )
    add_store(work)
    work.add_argument("--once", action="store_true", help="end when nothing waits any more")
    work.add_argument("--supervised", action="store_true", help="end when standard input is closed")
    work.set_defaults(act=_work)
    files = actions.add_parser(
        "files", help="check the stored files against their hashes, or sweep what nothing names"
    )
    files.add_argument("what", choices=("verify", "sweep"))
    add_store(files)
    files.add_argument(
        "--older-than-h",
        type=float,
        default=_DAY_H,
        metavar="H",
        help="sweep: older than so many hours (default: 24)",
    )
    files.set_defaults(act=_files)


def _work(args: argparse.Namespace) -> int:
    import signal
    import sys
    import threading

    from kinelab.clinic.opening import open_house
    from kinelab.clinic.work.worker import Worker

    stop = threading.Event()
    ends = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, lambda *_: stop.set()) for number in ends]
    if args.supervised:

        def wait_for_end() -> None:
            sys.stdin.read()
            stop.set()

        threading.Thread(target=wait_for_end, daemon=True).start()
    house = open_house(args.data, args.database)
    try:
        done = Worker(house.database, house.settings, stop).run(once=args.once)
    finally:
        house.database.close()
        for number, handler in zip(ends, before, strict=True):
            signal.signal(number, handler)
    if not args.supervised:
        print(f"{done} job{'s' * (done != 1)} taken")
    return 0


def _files(args: argparse.Namespace) -> int:
    from kinelab.clinic.opening import open_house
    from kinelab.clinic.store.files import check_all, said_bytes, sweep
    from kinelab.errors import EXIT_CODE, InputError

    if not args.older_than_h >= 0:
        raise InputError(f"--older-than-h {args.older_than_h}: expected 0 or more hours")
    house = open_house(args.data, args.database)
    try:
        if args.what == "sweep":
            swept = sweep(house.database, args.older_than_h * 3600)
            print(f"{swept.n_files} files that nothing names were removed, {said_bytes(swept.n_bytes)}")
            return 0
        checked = check_all(house.database)
    finally:
        house.database.close()
    for problem in checked.problems:
        print(problem)
    print(f"{checked.n_files} files, {len(checked.problems)} missing or altered")
    return EXIT_CODE if checked.problems else 0
