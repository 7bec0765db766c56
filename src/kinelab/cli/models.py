"""`kinelab models`: list, fetch and add the networks that find persons and landmarks."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kinelab.detection.catalogue import ModelEntry

_FINDS = {"pose": "landmarks", "detector": "persons", "backbone": "(begins a training)"}
NAME = "models"
HELP = "list, fetch and add the networks that find persons and landmarks"
EPILOG = """examples:
  kinelab models list
  kinelab models get yolox-nano
  kinelab models get rtmpose-m-halpe26
  kinelab models get rtmpose-s-halpe26 --trust-first-use
  kinelab models add tinypose_256x192.onnx --name pp-tinypose
  kinelab models add my_net.onnx --name my-net --kind pose --skeleton coco17

Without internet: fetch the address shown by `kinelab models list --addresses` on another computer, then add
the file. The networks lie in the folder KINELAB_MODELS, or in the user's cache.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The actions list, get and add with their options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    shown = actions.add_parser("list", help="the networks, and which are on this computer")
    shown.add_argument("--addresses", action="store_true", help="also where each comes from")
    get = actions.add_parser("get", help="fetch a network from its publisher")
    get.add_argument("name", metavar="NAME", help="a name from `kinelab models list`")
    get.add_argument("--sha256", help="the SHA-256 that the file must have")
    get.add_argument(
        "--trust-first-use",
        action="store_true",
        help="accept a file for which no SHA-256 is published; it is recorded and must not change later",
    )
    add = actions.add_parser("add", help="add a network file of your own, or one fetched by hand")
    add.add_argument("file", metavar="FILE", help="an ONNX or MediaPipe .task file")
    add.add_argument("--name", required=True, help="the name to use it by")
    add.add_argument("--kind", choices=("pose", "detector"), help="what it finds (not for catalogue names)")
    add.add_argument("--skeleton", help="its landmark set, such as coco17 or halpe26")
    add.add_argument("--licence", default="unknown", help="its licence, for the reports")


def run(args: argparse.Namespace) -> int:
    """Do the action; 0 when it went well, errors are raised."""
    if args.action == "list":
        return _list(args.addresses)
    if args.action == "get":
        return _get(args.name, args.sha256, args.trust_first_use)
    return _add(args)


def _list(addresses: bool) -> int:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from kinelab.detection.catalogue import catalogue
    from kinelab.detection.store import store_folder, stored

    here = stored()
    console = Console()
    table = Table(title="Networks", title_justify="left", header_style="bold")
    for heading in ("name", "finds", "landmarks", "size", "licence", "on this computer"):
        table.add_column(heading, justify="right" if heading == "size" else "left", no_wrap=heading == "name")
    for name, entry in {**catalogue(), **here}.items():
        size = f"{entry.size_bytes / 1e6:.1f} MB" if entry.size_bytes else ""
        finds = _FINDS[entry.kind]
        cells = (name, finds, entry.skeleton or "", size, entry.licence, _whether_here(entry, name in here))
        table.add_row(*(escape(cell) for cell in cells))
    console.print(table)
    for name, entry in catalogue().items() if addresses else ():
        text = f"{name}: {entry.source or 'no address'}" + (f"\n    {entry.note}" if entry.note else "")
        console.print(text, markup=False, highlight=False, soft_wrap=True)
    console.print(f"Folder: {store_folder()}", markup=False, highlight=False, soft_wrap=True)
    return 0


def _whether_here(entry: ModelEntry, here: bool) -> str:
    if entry.head == "own":
        return "ships with kinelab"
    if here:
        return "yes"
    return "no" if entry.source else "no (add by hand)"


def _get(name: str, sha256: str | None, trust_first_use: bool) -> int:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    from kinelab.detection.catalogue import catalogue
    from kinelab.detection.download import fetch
    from kinelab.detection.store import stored_path
    from kinelab.errors import InputError

    known = catalogue()
    if name not in known:
        raise InputError(f"no network called {name!r} in the catalogue; there are {', '.join(known)}")
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(name, total=None)
        entry = fetch(
            known[name],
            sha256=sha256,
            trust_first_use=trust_first_use,
            on_bytes=lambda done, total: progress.update(task, completed=done, total=total),
        )
    print(f"{stored_path(entry)}\nSHA-256 {entry.sha256}")
    if known[name].sha256 is None and sha256 is None:
        print("No hash of this file is published: it was trusted now and must not change from here on.")
    if entry.note:
        print(entry.note)
    return 0


def _add(args: argparse.Namespace) -> int:
    from kinelab.detection.opening import add_model
    from kinelab.detection.store import stored_path

    entry = add_model(args.file, name=args.name, kind=args.kind, skeleton=args.skeleton, licence=args.licence)
    kinds = {"pose": f"pose network, {entry.skeleton}", "detector": "person detector", "backbone": "backbone"}
    what = kinds[entry.kind]
    print(f"added {entry.name} ({what})\n{stored_path(entry)}\nSHA-256 {entry.sha256}")
    return 0
