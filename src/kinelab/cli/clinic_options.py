"""The options that every `kinelab clinic` action shares: where the clinic lies."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kinelab.clinic.store.database import Database


def add_store(parser: argparse.ArgumentParser) -> None:
    """--data and --database."""
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the clinic's folder")
    parser.add_argument(
        "--database", metavar="URL", help="postgresql+psycopg://... (default: SQLite in the folder)"
    )


@contextmanager
def opened(args: argparse.Namespace) -> Iterator[Database]:
    """The store that these options name, closed at the end. Raises as `clinic.opening.open_house`."""
    from kinelab.clinic.opening import open_house

    database = open_house(args.data, args.database).database
    try:
        yield database
    finally:
        database.close()
