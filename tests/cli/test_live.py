from __future__ import annotations

import argparse
import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from kinelab.cli import live
from kinelab.errors import InputError, ModelError


def run(*words: object) -> int:
    parser = argparse.ArgumentParser()
    live.add_arguments(parser)
    return live.run(parser.parse_args([str(word) for word in words]))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, discs: ModuleType) -> Path:
    folder = tmp_path_factory.mktemp("live")
    time_s = np.arange(30) / 50
    discs.write_film(folder / "leg.mp4", discs.leg(time_s), time_s)
    discs.write_finder(folder / "run" / "network.safetensors")
    return folder


def test_lines_for_another_program(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--network", folder / "run", "--facing", "right", "--threads", 1, "--json")
    assert run(folder / "leg.mp4", *options) == 0
    shown = capsys.readouterr()
    lines = [json.loads(line) for line in shown.out.splitlines()]
    assert len(lines) > 5
    assert set(lines[0]) == {"frame", "time_s", "delay_ms", "angle_deg", "sd_deg"}
    assert set(lines[0]["angle_deg"]) == {"thigh_angle_r", "shank_angle_r", "knee_angle_r"}
    assert lines[-1]["frame"] == 29
    assert "30 came" in shown.err
    assert "95 % within" in shown.err


def test_a_table_in_the_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder / "leg.mp4", "--network", folder / "run", "--threads", 1, "--seconds", 0.3) == 0
    shown = capsys.readouterr().out
    assert "dropped for newer ones" in shown
    assert "the filter trails by" in shown


def test_what_cannot_be_is_refused(folder: Path) -> None:
    network = ("--network", folder / "run")
    with pytest.raises(InputError, match="say where the pictures come from"):
        run(*network)
    with pytest.raises(InputError, match="say where the pictures come from"):
        run(folder / "leg.mp4", "--camera", 0, *network)
    with pytest.raises(InputError, match="--size is '640', expected width and height"):
        run("--camera", 0, "--size", "640", *network)
    with pytest.raises(InputError, match="give one of them"):
        run(folder / "leg.mp4", *network, "--pose", "pp-tinypose")
    with pytest.raises(InputError, match="--seconds is -1, expected more than 0"):
        run(folder / "leg.mp4", *network, "--seconds", -1)
    with pytest.raises(ModelError, match="nothing"):
        run(folder / "leg.mp4", "--network", folder / "nothing")
