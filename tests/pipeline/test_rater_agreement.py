from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from kinelab.keypoints.projects.labels import Labels, State, save_labels
from kinelab.keypoints.projects.making import new_project
from kinelab.keypoints.projects.pictures import write_picture
from kinelab.keypoints.projects.project import ProjectVideo, frame_picture, load_project, save_project
from kinelab.pipeline.rater_agreement import compare_raters, worst_frames

NAMES = ("left_hip", "left_knee")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two raters on four frames; the second clicks further off in every frame, by 1 to 4 px."""
    folder = tmp_path / "project"
    new_project(folder, NAMES)
    save_project(
        type(load_project(folder))(
            "p", NAMES, videos=(ProjectVideo("a", "a.mp4", (80, 60), 9, 30.0, synthetic=True),)
        ),
        folder,
    )
    first = np.tile([[20.0, 20.0], [40.0, 40.0]], (4, 1, 1))
    second = first.copy()
    second[:, 0, 0] += [1, 2, 3, 4]
    second[0, 1] = np.nan
    for rater, position in (("joe", first), ("mia", second)):
        state = np.where(np.isnan(position[..., 0]), State.ABSENT, State.VISIBLE).astype(np.uint8)
        save_labels(Labels("a", rater, NAMES, np.arange(4), position, state), folder)
    for frame in range(4):
        write_picture(np.full((60, 80, 3), 40 * frame, np.uint8), frame_picture(folder, "a", frame))
    return folder


def test_table_json_and_pictures_say_the_same(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    found = compare_raters(folder, ("joe", "mia"), out)
    table = pd.read_csv(out / "agreement.csv").set_index("landmark")
    held = json.loads((out / "agreement.json").read_text())
    assert held["synthetic"] is True
    assert table["synthetic"].all()
    assert held["landmarks"][1]["mean_px"] == table.loc["left_hip", "mean_px"] == 2.5
    assert held["landmarks"][1]["mean_mm"] is None  # no known length
    assert table.loc["left_knee", "visibility_differs"] == 0.25
    assert found.landmarks[0].bias_px == (2.5, 0.0)
    for name in ("differences", "worst_frames"):
        with Image.open(out / f"{name}.png") as picture:
            assert np.asarray(picture.convert("L")).std() > 5  # something is drawn
        assert "joe" in (out / f"{name}.svg").read_text()
    assert "virtual people" in (out / "worst_frames.svg").read_text()


def test_the_worst_frames_come_first_and_lost_pictures_are_passed_over(folder: Path) -> None:
    frame_picture(folder, "a", 3).unlink()
    project = load_project(folder)
    found = compare_raters(folder, ("joe", "mia"), folder / "agreement")
    titles = [one.title for one in worst_frames(folder, project, found)]
    assert titles == ["a, frame 2", "a, frame 1", "a, frame 0"]
