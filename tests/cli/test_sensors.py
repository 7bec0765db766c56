"""`kinelab sensors`: what it prints, writes, draws, and with which exit code."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kinelab.cli import main
from kinelab.core.recording import Imu
from kinelab.core.timebase import Timebase
from kinelab.files.sensors.own_tables import write_imu_csv
from kinelab.files.sensors.reading import read_sensors
from kinelab.inertial.checking.check import check_sensors
from kinelab.reports.figure_sensors import draw_sensors


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two sensors that swing gently; one is upside down and lost half a second."""
    time = Timebase(50.0, 600)
    swing = 0.3 * np.sin(2 * np.pi * 0.4 * time.time_s)
    acc = np.zeros((600, 2, 3))
    acc[:, :, 0], acc[:, :, 1] = 9.81 * np.cos(swing)[:, None], 9.81 * np.sin(swing)[:, None]
    gyr = np.zeros((600, 2, 3))
    gyr[:, :, 2] = -(0.3 * 2 * np.pi * 0.4 * np.cos(2 * np.pi * 0.4 * time.time_s))[:, None]
    acc += 0.01 * np.random.default_rng(0).standard_normal(acc.shape)
    acc[:, 1, :2], gyr[:, 1, :2] = -acc[:, 1, :2], -gyr[:, 1, :2]
    acc[100:125, 0], gyr[100:125, 0] = np.nan, np.nan
    write_imu_csv(Imu(("thigh_r", "thigh_l"), time, acc, gyr), tmp_path / "imu")
    return tmp_path / "imu"


def test_check_names_what_it_finds_and_proposes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fixes = folder.parent / "fixes.toml"
    assert main(["sensors", "check", str(folder), "--propose", str(fixes)]) == 1
    text = capsys.readouterr().out
    assert "thigh_r, 2.00 to 2.50 s: 1 gap, 4.2 % of the time; the longest 0.500 s. They stay open" in text
    assert "one is upside down; which of the two cannot be told (possible)" in text
    assert 'half_turn = "z"' in fixes.read_text()
    assert "Nobody walks long enough" in text
    assert main(["sensors", "check", str(folder), "--mapping", str(fixes)]) == 1
    assert "upside down" not in capsys.readouterr().out
    assert main(["sensors", "check", str(folder), "--propose", str(fixes)]) == 2
    assert "is there already" in capsys.readouterr().err


def test_check_as_json_and_as_a_picture(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = folder.parent / "overview.png"
    assert main(["sensors", "check", str(folder), "--json", "--plot", str(picture)]) == 1
    told = json.loads(capsys.readouterr().out)
    assert {one["kind"] for one in told["findings"]} == {"gap", "upside_down"}
    assert told["sensors"] == ["thigh_l", "thigh_r"]
    assert picture.stat().st_size > 10_000
    svg = picture.with_suffix(".svg").read_text()
    assert "upside down" in svg
    assert "thigh_r" in svg


def test_the_picture_has_a_row_a_sensor_and_marks_gaps(folder: Path) -> None:
    figure = draw_sensors(check_sensors(folder))
    assert len(figure.axes) == 4
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    row = titles.index("thigh_r")
    assert len(figure.axes[row].patches) == 1  # the gap
    assert "gap" in figure.axes[row].get_title(loc="right")


def test_convert_writes_what_reads_back(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for suffix in (".nc", ".csv", ".npz"):
        out = folder.parent / f"out{suffix}"
        assert main(["sensors", "convert", str(folder), "--out", str(out), "--rate-hz", "25"]) == 0
        text = capsys.readouterr().out
        assert text.startswith("2 sensors, 12.00 s at 25 Hz")
        assert "low-pass at 10 Hz" in text
        assert read_sensors(out).imu.time == Timebase(25.0, 300)
    assert main(["sensors", "convert", str(folder), "--out", str(folder.parent / "o.sto")]) == 2
    assert "hold none" in capsys.readouterr().err
