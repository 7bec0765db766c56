"""A command whose actions lie in several files."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence
from typing import Protocol, cast


class Part(Protocol):
    """What such a file offers: some of the command's actions."""

    def add_actions(self, actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
        """Declare the actions; each sets `act`, which does the work and returns the exit code."""


def add_parts(parser: argparse.ArgumentParser, names: Sequence[str]) -> None:
    """Every action of the files of this name in `kinelab.cli`, with its options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name in names:
        part = cast(Part, importlib.import_module(f"kinelab.cli.{name}"))
        part.add_actions(actions)


def act(args: argparse.Namespace) -> int:
    """Do the action that was asked for."""
    return cast(int, args.act(args))
