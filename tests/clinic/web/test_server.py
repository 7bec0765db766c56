"""The server as a process: its start, its limits, its end; and the workers beside it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from kinelab.clinic.web import connection
from kinelab.clinic.web.server import only_one, own_names, serve
from kinelab.clinic.web.workers import Workers
from kinelab.errors import FileFormatError, InputError

from .served import Served


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served") / "clinic"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_answers_and_ends_in_order(folder: Path, number: signal.Signals) -> None:
    with Served(folder) as server:
        assert httpx.get(f"{server.address}/api/v1/health").json() == {"status": "ok"}
        assert httpx.get(f"{server.address}/", follow_redirects=False).headers["location"] == "/login"
        with pytest.raises(
            InputError, match=rf"\(process {server.process.pid}\) runs on this folder; end it"
        ):
            serve(folder)
        server.process.send_signal(number)
        assert server.process.wait(30) == 0
        assert server.stop() == ""


def test_it_tells_its_address_and_the_first_password_is_that_of_the_file(tmp_path: Path) -> None:
    with Served(tmp_path / "clinic", workers=0) as server:
        assert "The clinic: http://127.0.0.1:" in server.said
        assert "One-time password" not in server.said


def test_a_worker_that_falls_is_started_again_and_none_outlives_the_server(folder: Path) -> None:
    with Served(folder, workers=1) as server:
        first = _worker_of(server.process.pid)
        os.kill(first, signal.SIGKILL)
        second = _worker_of(server.process.pid, but=first)
        all_of_them = _children_of(server.process.pid)
        assert second in all_of_them
        assert len(all_of_them) >= 2  # and at least one that works out previews
        server.process.kill()
        server.process.wait(10)
        until = time.monotonic() + 30
        while any(_is_alive(one) for one in all_of_them):
            assert time.monotonic() < until, "a process outlived its server"
            time.sleep(0.1)


def test_a_connection_that_says_nothing_is_let_go(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In a process of its own with a shorter limit; the spelled request never ends."""
    code = (
        "from kinelab.clinic.web import connection; connection.HEADERS_S = 1.0\n"
        "from kinelab.clinic.web.server import serve\n"
        f"serve({str(tmp_path / 'clinic')!r}, workers=0)\n"
    )
    assert connection.HEADERS_S == 20.0
    server = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        address = next(line for line in server.stdout if "http://" in line).split("http://")[1]
        host, port = address.strip().rstrip("/").split(":")
        for said in (b"", b"GET /api/v1/health HTTP/1.1\r\nHost: x\r\nX: "):
            with socket.create_connection((host, int(port)), timeout=30) as line:
                line.sendall(said)
                assert line.recv(100) == b""
        assert httpx.get(f"http://{host}:{port}/api/v1/health").status_code == 200
    finally:
        server.terminate()
        server.wait(30)
        assert server.stdout is not None
        server.stdout.close()


def test_headers_without_end_are_refused(folder: Path) -> None:
    with Served(folder, workers=0) as server:
        host, port = server.address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=30) as line:
            line.sendall(b"GET /api/v1/health HTTP/1.1\r\nX-Long: " + b"a" * 100_000)
            assert line.recv(100).startswith(b"HTTP/1.1 400 ")


def test_one_folder_has_one_server_at_a_time(tmp_path: Path) -> None:
    with only_one(tmp_path), pytest.raises(InputError, match=f"process {os.getpid()}"), only_one(tmp_path):
        pass
    with only_one(tmp_path):
        assert (tmp_path / "serve.lock").read_text() == str(os.getpid())


def test_open_to_the_network_it_wants_to_know_its_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--host-name says by which name their browsers call"):
        serve(tmp_path / "clinic", host="0.0.0.0")
    assert own_names("0.0.0.0", 8740) == ("127.0.0.1:8740", "localhost:8740", "[::1]:8740")
    assert own_names("10.0.0.5", 80)[-1] == "10.0.0.5:80"
    assert own_names("fd00::5", 80)[-1] == "[fd00::5]:80"


def test_a_first_password_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match=r"no.txt: the first password cannot be read"):
        serve(tmp_path / "clinic", password_file=tmp_path / "no.txt")


def test_no_worker_is_no_trouble(tmp_path: Path) -> None:
    with Workers(tmp_path, "sqlite://", 0):
        pass


def _worker_of(server: int, but: int = 0) -> int:
    """The process of the server's worker, once there is one."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for child in _children_of(server):
            command = Path(f"/proc/{child}/cmdline").read_bytes()
            if b"--supervised" in command and child != but:
                return child
        time.sleep(0.1)
    raise AssertionError("the server started no worker")


def _children_of(server: int) -> list[int]:
    children = Path(f"/proc/{server}/task/{server}/children")
    threads = Path(f"/proc/{server}/task").iterdir() if children.exists() else ()
    return [int(child) for thread in threads for child in (thread / "children").read_text().split()]


def _is_alive(process: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
