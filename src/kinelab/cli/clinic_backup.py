"""`kinelab clinic backup` and `restore`: the whole clinic in a folder, and back."""

from __future__ import annotations

import argparse
from pathlib import Path

from kinelab.cli.clinic_options import add_store


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare both."""
    backup = actions.add_parser(
        "backup", help="write everything into a folder while the clinic goes on working"
    )
    add_store(backup)
    backup.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder of all backups; files are copied once"
    )
    backup.set_defaults(act=_backup)
    restore = actions.add_parser("restore", help="make a clinic again from one backup")
    restore.add_argument("backup", type=Path, help="the folder with the date")
    add_store(restore)
    restore.set_defaults(act=_restore)


def _backup(args: argparse.Namespace) -> int:
    from rich.console import Console

    from kinelab.clinic.backup.writing import write_backup
    from kinelab.clinic.opening import open_house

    database = open_house(args.data, args.database).database
    made = write_backup(database, args.out, Console(stderr=True))
    print(f"{made.folder}: {made.n_rows} rows, {made.n_files} files, {made.n_new_files} of them new here.")
    print("It holds the server's key: keep it as safe as the server itself.")
    return 0


def _restore(args: argparse.Namespace) -> int:
    from rich.console import Console

    from kinelab.clinic.backup.restoring import restore_backup

    restored = restore_backup(args.backup, args.data, args.database, Console(stderr=True))
    print(f"{args.data}: {restored.n_rows} rows and {restored.n_files} files, all as the backup says.")
    print(
        f"The audit holds: {restored.audit.n_rows} rows, its end {restored.audit.head}. Browsers log in anew."
    )
    return 0
