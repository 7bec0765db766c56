"""A small report with all that can be sent, and the real servers that it is sent to."""

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

import numpy as np
import pytest

from kinelab.core.kinematics import Kinematics
from kinelab.core.measures import Measure, Measures, Reference
from kinelab.core.provenance import FileRecord, ModelRecord, Provenance
from kinelab.core.report import Finding, Report
from kinelab.core.strides import STRIDE_POINTS, Strides
from kinelab.core.subject import Subject
from kinelab.core.timebase import Timebase
from kinelab.exchange.document import Correction, DocumentState, Identity, Signature

HERE = Path(__file__).parent
TOKEN = "a-token-of-the-tests"


@pytest.fixture
def report() -> Report:
    """Five measures of a person who exists only here."""
    reference = Reference(1.0, 1.5, "adults, laboratory of the tests, 2020")
    measures = (
        Measure("speed_mps", 0.91, "m/s", 4, sd=0.02, ci95=(0.89, 0.93), reference=reference),
        Measure("cadence_spm", 110.0, "steps/min", 4, sd=1.5),
        Measure("knee_rom_deg", 58.123456, "deg", 2, "left", sd=2.5, mdc95=4.2),
        Measure("knee_rom_deg", 61.0, "deg", 2, "right"),
        Measure("stance_pct", 62.5, "% of stride", 2, "left"),
    )
    made = Provenance(
        kinelab_version="0.1.0",
        created="2026-01-31T09:00:00+00:00",
        inputs=(FileRecord("Jane Miller walking.mp4", "ab" * 32, 17),),
        models=(ModelRecord("gait20", "cd" * 32, "Apache-2.0"), ModelRecord("gait20 as detector", "cd" * 32)),
    )
    return Report(
        title="Gait report",
        subject=Subject("P-17", 1.72, 70.0, "female", "left", 1961),
        measures=Measures(measures),
        findings=(Finding("attention", "Walks slowly.", "n = 4 strides"),),
        provenance=made,
        facts={"Measured with": "one camera from the side", "Recording": "Jane Miller walking.mp4"},
        limits=("One camera sees one plane.",),
    )


@pytest.fixture
def strides() -> Strides:
    """Two strides of each foot; the fourth is not used. Angle of the left knee: 10 and 12 deg at 0 %."""
    percent = np.linspace(0, 1, STRIDE_POINTS)
    curve = 30 - 20 * np.cos(2 * np.pi * percent)
    curves = np.stack([np.stack([curve + add, curve + 2 * add, curve / 6], axis=-1) for add in (0, 1, 2, 3)])
    return Strides(
        side=("left", "right", "left", "right"),
        start_s=[0.0, 0.6, 1.2, 1.8],
        toe_off_s=[0.7, 1.3, 1.9, np.nan],
        stop_s=[1.2, 1.8, 2.42, 3.0],
        used=[True, True, True, False],
        why_not=("", "", "", "Mrs Miller stumbled"),
        names=("knee_angle_l", "knee_angle_r", "trunk_lean"),
        curves_deg=curves,
    )


@pytest.fixture
def kinematics() -> Kinematics:
    """Angles with a standard deviation of 2.5 deg."""
    shape = (10, 3)
    return Kinematics(
        ("knee_angle_l", "knee_angle_r", "trunk_lean"),
        Timebase(50.0, 10),
        np.zeros(shape),
        np.full(shape, 2.5),
        np.ones(shape, dtype=bool),
    )


@pytest.fixture
def state() -> DocumentState:
    """Signed once, after one correction."""
    return DocumentState(
        "final",
        1,
        "2026-02-01T10:00:00+00:00",
        (Signature("dr-4", "2026-02-01T10:00:00+00:00"),),
        (Correction("dr-4", "2026-02-01T09:55:00+00:00", "moved an initial contact by 20 ms"),),
    )


@pytest.fixture
def identity() -> Identity:
    """Who was recorded when."""
    return Identity("visit-1", "P-17", recorded="2026-01-31")


@pytest.fixture(scope="session")
def fhir_server(request: pytest.FixtureRequest) -> Iterator[str]:
    """Base URL of Medplum's FHIR router with repository and validator, started on a free port."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not installed")
    folder = _installed(request.config.cache.mkdir("fhir-server-4.5.2"))
    shutil.copy(HERE / "server.mjs", folder / "server.mjs")
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
        shutil.copy(HERE / "package.json", making)
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
