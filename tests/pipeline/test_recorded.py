"""What a session folder knows reaches the results: the subject, and that nobody real was recorded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import opensim
import pytest

from kinelab.body.forward import forward
from kinelab.body.own_body import own_body
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.skeletons import Skeleton
from kinelab.core.subject import Subject
from kinelab.files.c3d_writer import write_c3d
from kinelab.files.native import load_as
from kinelab.files.opensim_files import read_trc, write_trc
from kinelab.files.session import Session, SessionFile, write_session
from kinelab.pipeline.marker_inputs import MarkerOptions
from kinelab.pipeline.marker_run import run_markers
from kinelab.pipeline.recorded import as_recorded
from kinelab.pipeline.settings import AnalyzeSettings

KNOWN = Subject("P007", height_m=1.62, mass_kg=58.0, sex="female")


@pytest.fixture
def trial(tmp_path: Path) -> Path:
    """A session folder with a short trial of the own body."""
    model = own_body()
    pose = np.tile(model.default_coordinates, (12, 1))
    pose[:, model.coordinate_index("knee_angle_r")] = np.linspace(0.1, 0.4, 12)
    position = forward(model, pose).marker_m
    markers = Keypoints(
        Skeleton("m", model.marker_names), np.arange(12) / 100, position, np.ones(position.shape[:2]), "m"
    )
    folder = tmp_path / "session"
    folder.mkdir()
    write_trc(markers, folder / "walk.trc")
    write_session(Session(KNOWN, (SessionFile("walk.trc", "markers"),), synthetic=True), folder)
    return folder / "walk.trc"


def test_the_session_fills_what_the_user_left_open(trial: Path) -> None:
    options = as_recorded(AnalyzeSettings(subject=Subject(mass_kg=61.0)), trial)
    assert options.subject == replace(KNOWN, mass_kg=61.0)
    assert options.synthetic


def test_a_recording_without_session_changes_nothing(tmp_path: Path) -> None:
    settings = AnalyzeSettings(subject=Subject("me"))
    assert as_recorded(settings, tmp_path / "walk.mp4") == settings


@pytest.mark.parametrize("suffix", [".trc", ".c3d"])
def test_a_virtual_recording_that_was_moved_says_so_itself(trial: Path, tmp_path: Path, suffix: str) -> None:
    markers = read_trc(trial)
    for synthetic in (True, False):
        moved = tmp_path / f"moved{suffix}"
        if suffix == ".trc":
            write_trc(markers, moved, synthetic=synthetic)
        else:
            write_c3d(markers, moved, synthetic=synthetic)
        assert as_recorded(MarkerOptions(), moved).synthetic is synthetic


def test_a_virtual_trial_says_so_in_every_result(trial: Path, tmp_path: Path) -> None:
    run = run_markers(trial, tmp_path / "out", MarkerOptions(scale=False, quick=True))
    assert run.summary["synthetic"] is True
    assert "nobody was recorded" in (run.folder / "summary.txt").read_text()
    assert "nobody was recorded" in (run.folder / "viewer.html").read_text()
    assert "nobody was recorded" in (run.folder / "kinematics.mot").read_text()
    assert opensim.Storage(str(run.folder / "kinematics.mot")).getSize() == 12  # OpenSim passes over it
    kinematics = load_as(Kinematics, run.folder / "kinematics.nc")
    assert kinematics.provenance.synthetic
    assert kinematics.subject == KNOWN
