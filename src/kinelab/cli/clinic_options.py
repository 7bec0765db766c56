"""The options that every `kinelab clinic` action shares: where the clinic lies."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_store(parser: argparse.ArgumentParser) -> None:
    """--data and --database."""
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the clinic's folder")
    parser.add_argument(
        "--database", metavar="URL", help="postgresql+psycopg://... (default: SQLite in the folder)"
    )
