"""One real, tiny network through the cell: what the study asks of training is there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kinelab.keypoints.projects.labels import Labels, State, save_labels
from kinelab.keypoints.projects.project import Project, ProjectVideo, load_project, save_project
from kinelab.keypoints.projects.training_set import training_set
from kinelab.study.training_cell import recipe_of, train_cell
from kinelab.study.training_plan import Training, TrainingPlan, jobs_of

LANDMARKS = ("left_foot", "right_foot")
PLAN = TrainingPlan((4,), (1, 2), (0,), training=Training(long_side_px=64, batch=2))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    videos = tuple(
        ProjectVideo(f"v{i}", f"v{i}.mp4", (64, 48), 9, 50.0, person=f"P{i}", mm_per_px=4.0) for i in range(4)
    )
    save_project(Project("p", LANDMARKS, videos=videos), tmp_path / "project")
    for video in videos:
        position = rng.uniform(5, 40, (2, 2, 2))
        labels = Labels(
            video.id, "ann", LANDMARKS, np.array([1, 2]), position, np.full((2, 2), State.VISIBLE)
        )
        save_labels(labels, tmp_path / "project")
        for frame in (1, 2):
            path = tmp_path / "project" / "frames" / video.id / f"{frame:06d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(rng.integers(0, 255, (48, 64, 3), dtype=np.uint8)).save(path)
    return tmp_path / "project"


def test_a_network_is_trained_and_looked_at_after_each_number_of_iterations(
    project: Path, tmp_path: Path
) -> None:
    (job,), _ = jobs_of(PLAN, project, training_set(project, load_project(project)))
    shares: list[float] = []
    found = train_cell(job, tmp_path, shares.append)
    px, mm = np.array(found["error_px"]), np.array(found["error_mm"])
    assert px.shape == (2, 2, 2)
    assert np.isfinite(px).all()
    assert mm == pytest.approx(4 * px)
    assert found["n_frames"] == [4, 2]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    assert (tmp_path / "run" / "network.safetensors").is_file()
    assert not (tmp_path / "run" / "checkpoints").exists()


def test_a_benchmark_is_what_a_shorter_run_would_have_given(project: Path) -> None:
    """No rate that falls to the end of the run; the papers' steps do not depend on its length either."""
    frames = training_set(project, load_project(project))
    (fast,), _ = jobs_of(PLAN, project, frames)
    (papers,), _ = jobs_of(replace(PLAN, training=Training("papers")), project, frames)
    assert recipe_of(fast, project).schedule == "constant"
    assert recipe_of(papers, project).schedule == "papers"
    assert recipe_of(papers, project).benchmarks == (1, 2)
    assert recipe_of(papers, project).backbone == "resnet50"
