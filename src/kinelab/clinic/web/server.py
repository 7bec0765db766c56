"""The running server: its port, its limits, its workers, its end."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import FrameType

import uvicorn
from fastapi import FastAPI

from kinelab.clinic.opening import open_house
from kinelab.clinic.review.previews import Previews, usual_processes
from kinelab.clinic.settings import Settings
from kinelab.clinic.store.database import Database
from kinelab.clinic.web.app import make_app
from kinelab.clinic.web.connection import PatientProtocol
from kinelab.clinic.web.workers import Workers
from kinelab.errors import FileFormatError, InputError, OutputError
from kinelab.labelling.listening import listen

FIRST_PORT = 8740
_GOODBYE_S = 5
_KEEP_ALIVE_S = 15
_AT_ONCE = 400  # connections; more are told to come back
_QUEUE = 200
_HEADER_BYTES = 16 * 1024
_MESSAGE_BYTES = 2**20  # of a web socket
_LOCK = "serve.lock"
_OPEN_WAY = "Other computers can reach this server; the way there is not encrypted."
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound
_OWN = ("127.0.0.1", "localhost", "::1")


def serve(
    folder: str | Path,
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    url: str | None = None,
    workers: int = 1,
    host_names: tuple[str, ...] = (),
    behind_https: bool = False,
    password_file: Path | None = None,
) -> None:
    """Serve the clinic of a data folder until SIGINT or SIGTERM; the address is printed.

    `url` is the database's address (default: SQLite in the folder). `workers` processes do the work.

    Raises:
        InputError: the port is taken; another server runs on this folder; settings that cannot be understood.
        BusyError: the database did not answer.
        OutputError: the folder cannot be written.
    """
    Path(folder).mkdir(parents=True, exist_ok=True)
    with only_one(Path(folder)), closing(open_house(folder, url)) as house:
        settings = _with_options(house.settings, host_names, behind_https=behind_https)
        if host in _EVERYWHERE and not settings.host_names:
            raise InputError(
                f"--host {host} lets other computers in: --host-name says by which name their browsers call"
                " this server, such as --host-name clinic.example.org"
            )
        with closing(listen(host, port, FIRST_PORT, "`kinelab clinic serve`", _QUEUE)) as listening:
            number = listening.getsockname()[1]
            settings = _with_options(settings, own_names(host, number))
            _tell_first_administrator(house.database, password_file)
            previews = Previews(usual_processes())
            server = _Server(_config(make_app(house.database, settings, previews)))
            with _ended_in_order(server):
                print(f"The clinic: {_address(host, number)}\nCtrl-C ends it.", flush=True)
                if host not in _OWN and not settings.behind_https:
                    print(_OPEN_WAY, file=sys.stderr)
                with previews, Workers(folder, house.database.url, workers):
                    server.run(sockets=[listening])


def _with_options(settings: Settings, names: tuple[str, ...], *, behind_https: bool = False) -> Settings:
    """The folder's settings with what the command line adds."""
    return settings.model_copy(
        update={
            "host_names": (*settings.host_names, *names),
            "behind_https": behind_https or settings.behind_https,
        }
    )


def _config(app: FastAPI) -> uvicorn.Config:
    # The guard reads what a proxy says of the browser's address, and only from one that is trusted.
    return uvicorn.Config(
        app, log_level="warning", access_log=False, http=PatientProtocol, proxy_headers=False,
        h11_max_incomplete_event_size=_HEADER_BYTES, limit_concurrency=_AT_ONCE, backlog=_QUEUE,
        timeout_keep_alive=_KEEP_ALIVE_S, timeout_graceful_shutdown=_GOODBYE_S, ws_max_size=_MESSAGE_BYTES,
        server_header=False,
    )  # fmt: skip


class _Server(uvicorn.Server):
    """uvicorn without a traceback for a request that the end cuts off; the page keeps its edit."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, in silence."""
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)


@contextmanager
def _ended_in_order(server: uvicorn.Server) -> Iterator[None]:
    """Both signals end the server in order, from here on: uvicorn hears them only while it runs, and raises
    what it caught once more when it is done.
    """

    def end(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the folder for this server; a second one is told which process has it.

    Raises:
        InputError: another server runs on it.
        OutputError: the folder cannot be written.
    """
    import fcntl

    try:
        handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror})") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 20).decode("ascii", "replace").strip() or "unknown"
            raise InputError(
                f"{folder}: another `kinelab clinic serve` (process {holder}) runs on this folder; "
                "end it first, or choose another --data"
            ) from None
        with suppress(OSError):
            os.ftruncate(handle, 0)
            os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(handle)


def _address(host: str, port: int) -> str:
    shown = "127.0.0.1" if host in _EVERYWHERE else host
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/"


def own_names(host: str, port: int) -> tuple[str, ...]:
    """The names of its own by which a server at `host` may be called; a whole network has none."""
    names = ["127.0.0.1", "localhost", "[::1]"]
    if host not in (*names, "::1", *_EVERYWHERE):
        names.append(f"[{host}]" if ":" in host else host)
    return tuple(f"{name}:{port}" for name in names)


def _tell_first_administrator(database: Database, password_file: Path | None) -> None:
    """Make the administrator of an empty store; without a given password a drawn one is printed, once."""
    from kinelab.clinic.accounts.first_start import first_administrator

    given = None if password_file is None else _password_in(password_file)
    drawn = first_administrator(database, given)
    if drawn is not None:
        print(f"First start. Log in as: administrator\nOne-time password: {drawn}", flush=True)


def _password_in(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").rstrip("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise FileFormatError(path, f"the first password cannot be read ({error})") from error
