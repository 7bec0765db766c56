"""A door before a real server that lets requests in, and no answer out if it is told so."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

import httpx

State = Literal["open", "swallows"]
_NOT_PASSED = ("host", "content-length", "transfer-encoding", "connection", "content-encoding")


@dataclass
class Gate:
    """state: open, or swallows: what changes something goes in, no answer comes out.

    changes: how many requests that change something went in.
    """

    behind: str
    url: str = ""
    state: State = "open"
    changes: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


@contextmanager
def gate(behind: str) -> Iterator[Gate]:
    """A gate before the server at `behind`."""
    found = Gate(behind)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _pass(found, self)

        do_POST = do_GET  # noqa: N815 - the name that http.server calls

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _pass(found: Gate, request: BaseHTTPRequestHandler) -> None:
    body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
    headers = {name: value for name, value in request.headers.items() if name.lower() not in _NOT_PASSED}
    answer = httpx.request(
        request.command, found.behind + request.path, content=body, headers=headers, timeout=60
    )
    if request.command != "GET":
        with found.lock:
            found.changes += 1
        if found.state == "swallows":
            request.close_connection = True
            return
    request.send_response(answer.status_code)
    for name, value in answer.headers.items():
        if name.lower() not in _NOT_PASSED:
            request.send_header(name, value)
    request.send_header("Content-Length", str(len(answer.content)))
    request.end_headers()
    request.wfile.write(answer.content)
