"""A small project: one video whose frames can be told apart, and a way to label it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from kinelab.files.video_writer import VideoWriter
from kinelab.keypoints.projects.adding import add_videos
from kinelab.keypoints.projects.labels import Labels, State, save_labels
from kinelab.keypoints.projects.making import new_project
from kinelab.keypoints.projects.project import Project, load_project

SIZE_PX = (96, 64)
N_FRAMES = 60
LANDMARKS = ("left_hip", "left_knee", "right_hip")


def picture(index: int) -> npt.NDArray[np.uint8]:
    """Four looks, 15 frames each: a white block at one of four places; its grey ground tells the frame."""
    image = np.full((SIZE_PX[1], SIZE_PX[0], 3), 3 * index, np.uint8)
    x = 8 + 24 * (index // 15)
    image[16:48, x : x + 16] = 250
    return image


def write_video(path: Path, n_frames: int = N_FRAMES) -> Path:
    with VideoWriter(path, SIZE_PX, 30.0) as writer:
        for index in range(n_frames):
            writer.write(picture(index), index / 30)
    return path


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("videos") / "walk.mp4")


@pytest.fixture
def folder(tmp_path: Path, video: Path) -> Path:
    """A project with the video, of Ann, 2 mm a pixel."""
    folder = tmp_path / "project"
    new_project(folder, LANDMARKS, links=[("left_hip", "left_knee")])
    add_videos(folder, [video], person="ann", mm_per_px=2.0)
    return folder


@pytest.fixture
def project(folder: Path) -> Project:
    return load_project(folder)


LabelIt = Callable[..., Labels]


@pytest.fixture
def label_it(folder: Path) -> LabelIt:
    """label_it("joe", {3: [[x, y], None, [x, y]]}): visible where there is a place, else absent."""

    def label(rater: str, marks: dict[int, list[list[float] | None]], video: str = "walk") -> Labels:
        landmarks = load_project(folder).landmarks
        position = np.array([[[np.nan] * 2 if xy is None else xy for xy in row] for row in marks.values()])
        state = np.where(np.isnan(position[..., 0]), State.ABSENT, State.VISIBLE).astype(np.uint8)
        labels = Labels(video, rater, landmarks, np.array(list(marks)), position, state)
        save_labels(labels, folder)
        return labels

    return label
