"""The door: log in, choose a password. Plain pages under a strict policy; NiceGUI is for who is inside."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse

from kinelab.clinic.store.database import Database

_PAGE = Path(__file__).parent / "static" / "login.html"
PATHS = ("/login", "/password")


def add(_database: Database) -> None:
    """Declare both pages; the script tells them apart by their address and talks to the API."""
    from nicegui import app

    for path in PATHS:
        app.add_route(path, _page, methods=["GET"])


def _page(_request: Request) -> FileResponse:
    return FileResponse(_PAGE, media_type="text/html")
