"""`kinelab estimate` on the command line: exit codes, one message, nothing half-written."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinelab.cli import main
from kinelab.files.sensors.own_tables import write_imu_npz


@pytest.fixture
def recording(worn_walk, tmp_path: Path) -> Path:
    write_imu_npz(worn_walk.raw, tmp_path / "walk.npz")
    return tmp_path / "walk.npz"


def test_a_recording_to_a_report(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = recording.with_name("out")
    code = main(["estimate", str(recording), "--out", str(out), "--baseline", "vqf", "--quick", "--quiet",
                 "--static", "0.2", "2.6", "--affected-side", "left"])  # fmt: skip
    assert code == 0
    assert "Knee range of motion" in capsys.readouterr().out
    assert (out / "report.html").is_file()


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--method", "video"], "has the methods inertial, monocular; for video use kinelab analyze VIDEO"),
        (["--method", "markers"], "for markers use kinelab ik TRIAL"),
        (["--method", "guess"], "'guess' is none"),
        (["--static", "5", "2"], "static_s is (5.0, 2.0), expected a start before a stop"),
        (
            ["--calibration", "cameras.toml"],
            "--calibration cameras.toml: allowed for sensors are auto, static",
        ),
        (["--no-mirror", "--person", "2"], "--person, --no-mirror: of --method monocular"),
        (["--method", "monocular", "--baseline", "vqf"], "--baseline: of --method inertial"),
        (["--network", "none.safetensors"], "none.safetensors"),
        (["--network", "mine.safetensors", "--no-network"], "a network was named and is not to be used"),
    ],
)
def test_refusals(recording: Path, more: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = recording.with_name("out")
    assert main(["estimate", str(recording), "--out", str(out), "--quiet", *more]) == 2
    told = capsys.readouterr().err
    assert says in told
    assert "Traceback" not in told
    assert not out.exists()


def test_no_such_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", str(tmp_path / "none"), "--quiet"]) == 2
    assert "no such file or folder" in capsys.readouterr().err
