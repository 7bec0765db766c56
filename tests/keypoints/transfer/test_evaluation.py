from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinelab.keypoints.projects.labels import State
from kinelab.keypoints.projects.project import load_project
from kinelab.keypoints.projects.training_set import TrainingSet, training_set
from kinelab.keypoints.transfer.evaluation import Evaluation
from kinelab.keypoints.transfer.finishing import write_evaluation
from kinelab.learning.splits import given_split
from kinelab.reports.human_network_sheet import chosen, draw_human_network


@pytest.fixture
def frames(dumbbells: Path) -> TrainingSet:
    return training_set(dumbbells, load_project(dumbbells))


@pytest.fixture
def result(frames: TrainingSet) -> Evaluation:
    """A network that is 3 px right and 4 px below everywhere, 5 px off; the last landmark it doubts."""
    split = given_split(frames.n, range(20), range(20, 30))
    confidence = np.tile([0.9, 0.8, 0.5], (frames.n, 1))
    return Evaluation(
        frames, split, frames.position_px + np.array([3.0, 4.0]), confidence, np.full((frames.n, 3), 2.0)
    )


def test_errors_of_parts_and_landmarks(result: Evaluation) -> None:
    rows = {(row["part"], row["landmark"]): row for row in result.rows()}
    assert len(rows) == 8
    for row in rows.values():
        assert row["error_px"] == pytest.approx(5)
        assert row["rms_error_px"] == pytest.approx(5)
        assert row["stated_sd_px"] == pytest.approx(2)
    assert rows["test", "all"]["n"] == 30
    assert rows["test", "all"]["share_sure"] == pytest.approx(2 / 3)
    assert rows["test", "middle"]["error_sure_px"] is None
    assert rows["train", "all"]["error_mm"] == pytest.approx(
        10
    )  # 2 mm a px in the first video, unknown in others
    assert rows["test", "all"]["error_mm"] is None
    assert result.test_error_px() == pytest.approx(5)
    assert result.figures()["train_left_end_error_mm"] == pytest.approx(10)


def test_what_was_not_labelled_is_not_judged(result: Evaluation, frames: TrainingSet) -> None:
    position, state = frames.position_px.copy(), frames.state.copy()
    position[20:, 0], state[20:, 0] = np.nan, State.ABSENT
    left_out = replace(result, frames=replace(frames, position_px=position, state=state))
    rows = {(row["part"], row["landmark"]): row for row in left_out.rows()}
    assert rows["test", "left_end"]["n"] == 0
    assert rows["test", "left_end"]["error_px"] is None
    assert rows["test", "all"]["n"] == 20


def test_tables_are_written(result: Evaluation, tmp_path: Path) -> None:
    import pandas as pd

    write_evaluation(result, tmp_path)
    points = pd.read_csv(tmp_path / "predictions.csv")
    assert len(points) == 90
    np.testing.assert_allclose(points.network_x_px - points.human_x_px, 3, atol=1e-3)
    assert (
        pd.read_csv(tmp_path / "evaluation.csv").set_index(["part", "landmark"]).error_px["test", "all"] == 5
    )


def test_the_sheet_shows_the_worst_frame_first(result: Evaluation, tmp_path: Path) -> None:
    from PIL import Image

    predicted = result.predicted_px.copy()
    predicted[27] += 10
    worse = replace(result, predicted_px=predicted)
    assert chosen(worse, 4)[0] == 27
    assert chosen(worse, 100).size == 10
    path = draw_human_network(worse, tmp_path / "sheet.png", 6)
    picture = np.asarray(Image.open(path).convert("RGB")).astype(int)
    red = (picture[..., 0] > 220) & (picture[..., 1:] < 80).all(axis=2)
    assert red.sum() > 6 * 3 * 10  # a cross at every landmark
