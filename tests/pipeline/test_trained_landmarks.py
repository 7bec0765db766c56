from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from rich.console import Console

from kinelab.errors import InputError, ModelError
from kinelab.pipeline.analyze import analyze
from kinelab.pipeline.settings import AnalyzeSettings


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, discs: ModuleType) -> Path:
    """A film of a leg that swings for three seconds, and a network."""
    folder: Path = tmp_path_factory.mktemp("own")
    time_s = np.arange(150) / 50
    discs.write_film(folder / "leg.mp4", discs.leg(time_s), time_s)
    discs.write_finder(folder / "run" / "network.safetensors")
    return folder


def test_a_network_of_ones_own_gives_angles_and_a_report(folder: Path) -> None:
    settings = AnalyzeSettings(network=folder / "run", gait=False, annotate=False, cutoff_hz=10)
    done = analyze(folder / "leg.mp4", folder / "out", settings, Console(quiet=True))
    kinematics = done.evaluation.kinematics
    time_s = kinematics.time.time_s
    thigh, knee = kinematics.of("thigh_angle_r"), kinematics.of("knee_angle_r")
    inner = slice(10, -10)  # filters are worse at the ends
    expected_thigh = np.degrees(0.5 * np.sin(2 * np.pi * time_s))
    expected_knee = np.degrees(0.5 - 0.4 * np.cos(2 * np.pi * time_s))
    assert np.abs(thigh - expected_thigh)[inner].max() < 1.5
    assert np.abs(knee - expected_knee)[inner].max() < 1.5
    assert (folder / "out" / "report.html").is_file()
    assert not (folder / "out" / "parts").exists()
    assert kinematics.provenance.models[0].name == "discs"


def test_one_source_of_landmarks_only(folder: Path) -> None:
    with pytest.raises(InputError, match="a network of your own and a pose model"):
        AnalyzeSettings(network=folder, pose="pp-tinypose")
    with pytest.raises(ModelError):
        analyze(folder / "leg.mp4", folder / "none", AnalyzeSettings(network=folder / "gone"))
    assert not (folder / "none").exists()
