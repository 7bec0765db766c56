"""The command line: one file per command, found by its name, heavy imports inside its `run`."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import Protocol, cast

import kinelab
from kinelab.errors import EXIT_CODE, KinelabError

COMMANDS = (
    "analyze",
    "anomaly",
    "batch",
    "calibrate",
    "clinic",
    "demo",
    "estimate",
    "events",
    "exchange",
    "gait",
    "ik",
    "inertial",
    "keypoints",
    "lab",
    "label",
    "live",
    "model",
    "models",
    "monocular",
    "multicamera",
    "norms",
    "patterns",
    "reliability",
    "report",
    "reproduce",
    "sensors",
    "study",
    "twin",
    "validate",
)
_INTERRUPTED = 130  # 128 + SIGINT, as shells have it


class Command(Protocol):
    """What a file of this room offers."""

    NAME: str
    HELP: str
    EPILOG: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the options."""

    def run(self, args: argparse.Namespace) -> int:
        """Do the work; the exit code."""


def build_parser() -> argparse.ArgumentParser:
    """The whole parser, every command included."""
    parser = argparse.ArgumentParser(
        prog="kinelab",
        description="From a video of a cheap camera to joint angles, gait measures and a report.",
        epilog="kinelab COMMAND --help shows a command's options with examples.",
    )
    parser.add_argument("--version", action="version", version=f"kinelab {kinelab.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in COMMANDS:
        command = cast(Command, importlib.import_module(f"kinelab.cli.{name}"))
        sub = commands.add_parser(
            command.NAME,
            help=command.HELP,
            description=command.HELP,
            epilog=command.EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_arguments(sub)
        sub.set_defaults(run=command.run)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; errors that kinelab raises on purpose print one message and give exit code 2."""
    args = build_parser().parse_args(argv)
    try:
        return cast(int, args.run(args))
    except KinelabError as error:
        print(f"kinelab: {error}", file=sys.stderr)
        return EXIT_CODE
    except KeyboardInterrupt:
        print("kinelab: stopped; the same command goes on where it left off", file=sys.stderr)
        return _INTERRUPTED
