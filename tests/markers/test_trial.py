from __future__ import annotations

import dataclasses
from pathlib import Path

import ezc3d
import numpy as np
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.errors import FileFormatError, InputError
from kinelab.files.opensim_files import write_trc
from kinelab.markers.trial import read_trial


def test_a_trc_comes_back(walker: Keypoints, tmp_path: Path) -> None:
    write_trc(walker, tmp_path / "a.trc")
    trial = read_trial(tmp_path / "a.trc")
    np.testing.assert_allclose(trial.markers.position, walker.position, atol=1e-12)
    assert trial.source == "a.trc"
    assert not trial.events.kind


def test_what_of_a_c3d_is_taken_for_no_marker_is_noted(walker: Keypoints, tmp_path: Path) -> None:
    angles = [f"A{k}KneeAngles" for k in range(14)]
    points = np.ones((4, len(walker.skeleton) + 14, walker.n))
    points[:3, : len(walker.skeleton)] = walker.position.transpose(2, 1, 0)
    file = ezc3d.c3d()
    for name, value in (
        ("UNITS", ["m"]),
        ("RATE", [100.0]),
        ("LABELS", [*walker.skeleton.landmarks, *angles]),
    ):
        file["parameters"]["POINT"][name]["value"] = value
    file["data"]["points"] = points
    file.write(str(tmp_path / "a.c3d"))
    trial = read_trial(tmp_path / "a.c3d", vertical="+y")
    assert trial.markers.skeleton.landmarks == walker.skeleton.landmarks
    named = f"(computed, by their name): {', '.join(angles[:12])} and 2 more"
    assert f"points of the file that are no markers {named}" in trial.notes


@pytest.mark.parametrize(
    ("factor", "likely"), [(1000, "millimetres said to be metres"), (0.001, "metres said to be")]
)
def test_a_wrong_unit_is_said(walker: Keypoints, tmp_path: Path, factor: float, likely: str) -> None:
    write_trc(dataclasses.replace(walker, position=walker.position * factor), tmp_path / "a.trc")
    with pytest.raises(InputError, match=f"span .* m from end to end.*{likely}"):
        read_trial(tmp_path / "a.trc")


def test_other_files_and_empty_trials_are_refused(walker: Keypoints, tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match=r"a marker trial is a \.c3d or \.trc file, not \.csv"):
        read_trial(tmp_path / "a.csv")
    with pytest.raises(FileFormatError, match="not a folder"):
        read_trial(tmp_path)
    nothing = np.full(walker.position.shape, np.nan)
    write_trc(dataclasses.replace(walker, position=nothing), tmp_path / "a.trc")
    with pytest.raises(FileFormatError, match="no frame with two markers"):
        read_trial(tmp_path / "a.trc")


@pytest.mark.shared
def test_all_real_trc_files_are_read(shared_data: Path) -> None:
    paths = sorted(shared_data.rglob("*.trc"))
    assert len(paths) >= 15
    for path in paths:
        trial = read_trial(path)
        assert trial.markers.seen.any(), path
