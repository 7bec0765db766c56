"""Real servers for results to be sent to: Medplum's FHIR router by node, Debian's Orthanc."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

TOKEN = "a-token-of-the-tests"  # of both; Orthanc's account is `tests`
_HERE = Path(__file__).with_name("exchange")


@pytest.fixture(scope="session")
def fhir_server(request: pytest.FixtureRequest) -> Iterator[str]:
    """Base URL of Medplum's FHIR router with repository and validator, started on a free port."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not installed")
    folder = _installed(request.config.cache.mkdir("fhir-server-4.5.2"))
    shutil.copy(_HERE / "server.mjs", folder / "server.mjs")
    server = subprocess.Popen(
        ["node", "server.mjs", TOKEN], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        assert port.isdecimal(), server.stderr.read() if server.stderr else port
        yield f"http://127.0.0.1:{port}/fhir"
    finally:
        _stop(server)


def _installed(cache: Path) -> Path:
    """Folder with the packages of package.json; fetched once, whole or not at all."""
    ready = cache / "ready"
    if not ready.is_dir():
        making = cache / f"making-{time.time_ns()}"
        making.mkdir()
        shutil.copy(_HERE / "package.json", making)
        command = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"]
        try:
            done = subprocess.run(
                command, cwd=making, capture_output=True, text=True, timeout=300, check=False
            )
        except subprocess.TimeoutExpired:
            shutil.rmtree(making)
            pytest.skip("the packages of the FHIR server could not be fetched within 300 s")
        if done.returncode:
            shutil.rmtree(making)
            pytest.skip(f"the packages of the FHIR server cannot be fetched: {done.stderr[-200:]}")
        try:
            making.rename(ready)
        except OSError:  # another process of the tests was first
            shutil.rmtree(making)
    return ready


@pytest.fixture(scope="session")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Base URL of Debian's Orthanc on a free port, its DICOMweb below /dicom-web if it is there."""
    program = shutil.which("Orthanc") or shutil.which("Orthanc", path="/usr/sbin")
    if program is None:
        pytest.skip("Orthanc is not installed (Debian: apt-get install orthanc orthanc-dicomweb)")
    folder = tmp_path_factory.mktemp("orthanc")
    plugin = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
    port = free_port()
    settings = {
        "Name": "tests",
        "HttpPort": port,
        "DicomServerEnabled": False,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": True,
        "RegisteredUsers": {"tests": TOKEN},
        "StorageDirectory": str(folder / "held"),
        "IndexDirectory": str(folder / "held"),
        "Plugins": [str(plugin)] if plugin.is_file() else [],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }
    (folder / "orthanc.json").write_text(json.dumps(settings))
    with (folder / "log").open("w") as log:
        server = subprocess.Popen([program, "orthanc.json"], cwd=folder, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: _answers(f"{url}/system"))
        yield url
    finally:
        _stop(server)


@pytest.fixture
def dicomweb(orthanc: str) -> str:
    """Root of Orthanc's DICOMweb; skips where the plug-in is missing."""
    if not Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so").is_file():
        pytest.skip("Orthanc's DICOMweb is not installed (Debian: apt-get install orthanc-dicomweb)")
    return f"{orthanc}/dicom-web"


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=1).close()
    except urllib.error.HTTPError as error:  # it asks for a password
        error.close()
        return error.code == 401
    except OSError:
        return False
    return True


def wait_until(done: Callable[[], bool], most_s: float = 60.0) -> None:
    """Wait until `done` is true; an error after `most_s`."""
    until = time.monotonic() + most_s
    while not done():
        assert time.monotonic() < until, "the server did not start"
        time.sleep(0.1)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _stop(server: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    server.terminate()
    server.wait(timeout=30)
    for stream in (server.stdout, server.stderr):
        if stream is not None:
            stream.close()
