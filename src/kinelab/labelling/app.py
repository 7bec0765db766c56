"""The labelling server: one process, one rater, the page and its routes behind one door."""

from __future__ import annotations

import logging
import socket
import sys
import webbrowser
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from nicegui import ui
from starlette.staticfiles import StaticFiles

from kinelab.errors import InputError
from kinelab.keypoints.projects.project import chosen_frames
from kinelab.labelling.access import Door, Guard
from kinelab.labelling.desk import Desk
from kinelab.labelling.listening import listen
from kinelab.labelling.page import add_page
from kinelab.labelling.proposals import Proposer, chosen_network
from kinelab.labelling.routes import ERRORS, Room, answer_error, make_router

FIRST_PORT = 8720
_GOODBYE_S = 1
STATIC = Path(__file__).parent / "static"


def label(
    folder: str | Path,
    rater: str,
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    network: str | None = None,
    show_others: bool = False,
    browser: bool = True,
) -> None:
    """Serve the labelling page of a project until Ctrl-C; the address is printed.

    `network` is the training run that proposes places (default: the newest of the project, if any).
    `show_others` lifts the blinding: other raters' labels may be seen before one's own are complete.

    Raises:
        FileFormatError: no project there, or not readable.
        InputError: no frame was chosen yet; unknown network; the port is taken.
    """
    desk = Desk(folder, rater, show_others=show_others)
    videos = [video.id for video in desk.project().videos]
    if not any(chosen_frames(folder, video) for video in videos):
        raise InputError(
            f"{folder}: no frame was chosen for labelling yet; choose some with `kinelab keypoints frames`"
        )
    path = chosen_network(folder, network)
    listening = listen(host, port, FIRST_PORT, "`kinelab label`")
    door = Door(host, listening.getsockname()[1])
    app = make_app(Room(desk, None if path is None else Proposer(folder, path)), door)
    print(f"Label as {rater}: {door.address}\nCtrl-C ends it; every change is saved at once.", flush=True)
    if host not in ("127.0.0.1", "localhost", "::1"):
        print("Other computers can reach this page; the way there is not encrypted.", file=sys.stderr)
    if browser:
        webbrowser.open(door.address)
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=_GOODBYE_S)
    _Server(config).run(sockets=[listening])


class _Server(uvicorn.Server):
    """uvicorn without a traceback for a request that the end cuts off; the page keeps its edit."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, in silence."""
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)


def make_app(room: Room, door: Door) -> FastAPI:
    """The whole application. NiceGUI has one for each process; call it once."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(make_router(room))
    for kind in ERRORS:
        app.add_exception_handler(kind, answer_error)
    app.mount("/static", StaticFiles(directory=STATIC))
    add_page(room)
    ui.run_with(
        app, title="kinelab label", dark=True, tailwind=False, show_welcome_message=False,
        favicon=STATIC / "label.svg", language="en-GB",
    )  # fmt: skip
    app.add_middleware(Guard, door=door)
    return app
