"""`kinelab clinic`: the clinic's server, its workers, accounts, audit and backup, in several files."""

from __future__ import annotations

import argparse

from kinelab.cli.actions import act, add_parts

NAME = "clinic"
HELP = "a clinic in the browser: patients, recordings, review, signatures, follow-up, exchange"
EPILOG = """\
examples:
  kinelab clinic serve --data clinic            the first start prints the administrator's one-time password
  kinelab clinic serve --data clinic --database postgresql+psycopg://kinelab@/clinic
  kinelab clinic ACTION --help                  an action's options with examples

Everything of a clinic lies in one folder (--data): the database (SQLite, unless another is named), the files
by their content, the server's key. docs/clinic.md tells how to install, back up and restore it.
"""
_PARTS = (
    "clinic_serve",
    "clinic_work",
    "clinic_users",
    "clinic_audit",
    "clinic_follow",
    "clinic_backup",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Every action with its options."""
    add_parts(parser, _PARTS)


run = act
