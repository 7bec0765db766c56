from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.keypoints.projects.agreement import agreement, frame_differences
from kinelab.keypoints.projects.frame_pictures import write_frames
from kinelab.keypoints.projects.labels import Labels
from kinelab.keypoints.projects.project import PROJECT_FILE, Project
from kinelab.keypoints.projects.status import Progress, project_status

LabelIt = Callable[..., Labels]


def test_distances_bias_and_visibility_by_hand(folder: Path, project: Project, label_it: LabelIt) -> None:
    """left_hip: differences (3, 4) and (0, 0); left_knee: seen by both once, once by one; 2 mm a pixel."""
    label_it("joe", {4: [[10, 10], [20, 20], None], 9: [[30, 30], [40, 40], None], 11: [[1, 1], None, None]})
    label_it("mia", {4: [[13, 14], [20, 21], None], 9: [[30, 30], None, None], 20: [[1, 1], None, None]})
    found = agreement(folder, project, ("joe", "mia"))
    hip, knee, other = found.landmarks
    assert found.n_frames == 2
    assert (hip.n, hip.mean_px, hip.bias_px) == (2, 2.5, (1.5, 2.0))
    assert hip.sd_px == pytest.approx(np.std([5, 0], ddof=1))
    assert hip.rmse_px == pytest.approx(np.sqrt(12.5))
    assert (hip.mean_mm, hip.bias_mm) == (5.0, (3.0, 4.0))
    assert (knee.n, knee.mean_px, knee.visibility_differs) == (1, 1.0, 0.5)
    assert np.isnan(knee.sd_px)
    assert other.n == 0
    assert np.isnan(other.mean_px)
    assert other.visibility_differs == 0.0  # both said absent, twice
    assert found.overall.n == 3
    assert found.overall.mean_px == pytest.approx((5 + 0 + 1) / 3)
    assert found.overall.visibility_differs == pytest.approx(1 / 6)


def test_a_planted_disagreement_is_found(folder: Path, project: Project, label_it: LabelIt) -> None:
    rng = np.random.default_rng(1)
    true = rng.uniform(20, 40, (50, 3, 2))
    bias = np.array([[1.0, -0.5], [0, 0], [0, 2.0]])
    noise = rng.normal(0, 0.7, (2, 50, 3, 2))
    label_it("joe", dict(enumerate((true + noise[0]).tolist())))
    label_it("mia", dict(enumerate((true + bias + noise[1]).tolist())))
    found = agreement(folder, project, ("joe", "mia"))
    for one, wanted in zip(found.landmarks, bias, strict=True):
        np.testing.assert_allclose(one.bias_px, wanted, atol=3 * 0.7 * np.sqrt(2 / 50))
    # Without bias the distance of two clicks is Rayleigh distributed with sigma 0.7 sqrt 2.
    assert found.landmarks[1].rmse_px == pytest.approx(0.7 * 2, rel=0.2)


def test_the_order_of_raters_changes_only_the_sign(folder: Path, project: Project, label_it: LabelIt) -> None:
    joe = label_it("joe", {4: [[10, 10], [20, 20], None]})
    mia = label_it("mia", {4: [[13, 14], [20, 21], None]})
    np.testing.assert_array_equal(
        frame_differences(joe, mia).difference_px, -frame_differences(mia, joe).difference_px
    )


def test_what_cannot_be_compared_is_said(folder: Path, project: Project, label_it: LabelIt) -> None:
    label_it("joe", {4: [[10, 10], None, None]})
    label_it("mia", {5: [[10, 10], None, None]})
    with pytest.raises(InputError, match="'joe' and 'bob' were given; there are joe, mia"):
        agreement(folder, project, ("joe", "bob"))
    with pytest.raises(InputError, match="two different raters"):
        agreement(folder, project, ("joe", "joe"))
    with pytest.raises(InputError, match="joe and mia have no labelled frame in common"):
        agreement(folder, project, ("joe", "mia"))


def test_status_says_how_far_it_is_and_what_comes_next(
    folder: Path, project: Project, label_it: LabelIt, video: Path
) -> None:
    assert "kinelab keypoints frames" in project_status(folder, project).advice
    write_frames(folder, project, "walk", [4, 9])
    assert "label the 2 frames" in project_status(folder, project).advice
    label_it("joe", {4: [[10, 10], None, None]})
    label_it("mia", {4: [[10, 10], None, None], 9: [[10, 10], None, None]})
    status = project_status(folder, project)
    (walk,) = status.videos
    assert (walk.file, walk.chosen, walk.labelled, walk.complete) == ("here", 2, 2, 2)
    assert walk.by_rater == {"joe": Progress(1, 1), "mia": Progress(2, 2)}
    assert "train a network" in status.advice
    label_it("mia", {30: [[10, 10], None, None]})
    assert "--restore" in project_status(folder, project).advice
    (folder / "networks" / "first").mkdir(parents=True)
    (folder / "networks" / "first" / "network.safetensors").touch()
    assert project_status(folder, project).networks == ("first",)
    text = (folder / PROJECT_FILE).read_text()
    assert video.name in text
