"""`kinelab clinic mdc`: which change is real, as this clinic measures."""

from __future__ import annotations

import argparse
from pathlib import Path

from kinelab.cli.clinic_options import add_store


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare it."""
    mdc = actions.add_parser(
        "mdc", help="take the errors of measurement of a study, and judge every patient's course anew"
    )
    mdc.add_argument("study", type=Path, metavar="FILE", help="reliability.json of kinelab reliability")
    mdc.add_argument(
        "--name", default="", metavar="TEXT", help="how pages call the study (default: the folder's name)"
    )
    add_store(mdc)
    mdc.set_defaults(act=_mdc)


def _mdc(args: argparse.Namespace) -> int:
    from kinelab.clinic.actor import command_actor
    from kinelab.clinic.monitoring.mdc import set_mdc95
    from kinelab.clinic.opening import open_house
    from kinelab.pipeline.reliability_files import read_mdc

    found = read_mdc(args.study)
    database = open_house(args.data, args.database).database
    name = args.name or args.study.resolve().parent.name
    with database.writing() as db:
        n = set_mdc95(db, command_actor(), found, name)
    print(f"MDC95 in use, from {name!r}: {n}. Every patient's course was judged anew.")
    return 0
