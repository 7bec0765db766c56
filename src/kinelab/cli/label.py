"""`kinelab label`: put landmarks on the chosen frames of a project, in the browser."""

from __future__ import annotations

import argparse
from pathlib import Path

NAME = "label"
HELP = "label the chosen frames of a keypoint project in the browser"
EPILOG = """\
examples:
  kinelab label landings                       as the user of this computer
  kinelab label landings --rater anna          a second rater; blind until her own labels are complete
  kinelab label landings --network run2        with the places that a trained network proposes

The page works without internet; ? shows its keys. Every change is on the disk before the page says "Saved".
The printed address carries a secret, so that only the browser that was given it can open the page;
--host 0.0.0.0 lets other computers in, without encryption.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The project, who labels, and where the page is served."""
    parser.add_argument("project", type=Path, metavar="PROJECT", help="folder of a keypoint project")
    parser.add_argument("--rater", metavar="NAME", help="who labels (default: the user's name)")
    parser.add_argument("--network", metavar="RUN", help="run that proposes places (default: the newest)")
    parser.add_argument(
        "--show-others", action="store_true", help="show other raters' labels before one's own are complete"
    )
    parser.add_argument(
        "--port", type=int, metavar="N", help="port of the page (default: a free one from 8720)"
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="NAME",
        help="address to serve at (default: this computer only)",
    )
    parser.add_argument("--no-browser", action="store_true", help="only print the address")


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    try:
        import nicegui  # noqa: F401
    except ImportError as error:
        from kinelab.errors import MissingExtraError

        raise MissingExtraError("the labelling page", "web") from error
    from kinelab.labelling.app import label

    label(
        args.project, args.rater or _user(), host=args.host, port=args.port, network=args.network,
        show_others=args.show_others, browser=not args.no_browser,
    )  # fmt: skip
    return 0


def _user() -> str:
    import getpass

    name = "".join(c for c in getpass.getuser() if c.isascii() and (c.isalnum() or c in "-_"))
    return name or "rater"
