"""A project of drawn pictures: a red and a green disc, joined by a bar, and the middle of the bar."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinelab.keypoints.projects.labels import Labels, State, save_labels
from kinelab.keypoints.projects.pictures import write_picture
from kinelab.keypoints.projects.project import Project, ProjectVideo, frame_picture, save_project

LANDMARKS = ("left_end", "right_end", "middle")
SIZE_PX = (96, 64)
Y, X = np.mgrid[: SIZE_PX[1], : SIZE_PX[0]].astype(float)


def dumbbell(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A picture and the places (3, 2) of its landmarks."""
    centre = rng.uniform([30, 24], [66, 40])
    angle = rng.uniform(-0.6, 0.6)
    half = rng.uniform(12, 18) * np.array([np.cos(angle), np.sin(angle)])
    ends = np.stack([centre - half, centre + half])
    picture = np.full((SIZE_PX[1], SIZE_PX[0], 3), 60.0) + rng.normal(0, 4, (SIZE_PX[1], SIZE_PX[0], 3))
    along = np.clip(((X - ends[0, 0]) * half[0] + (Y - ends[0, 1]) * half[1]) / (2 * (half**2).sum()), 0, 1)
    near = np.hypot(X - ends[0, 0] - 2 * along * half[0], Y - ends[0, 1] - 2 * along * half[1]) < 1.5
    picture[near] = 230
    for end, colour in zip(ends, ([230, 30, 30], [30, 200, 30]), strict=True):
        picture[np.hypot(X - end[0], Y - end[1]) < 5] = colour
    return np.clip(picture, 0, 255).astype(np.uint8), np.vstack([ends, centre])


def make_project(folder: Path, *, per_video: int = 10, videos: int = 3, persons: bool = False) -> Path:
    rng = np.random.default_rng(0)
    about = [
        ProjectVideo(
            f"v{i}",
            f"v{i}.mp4",
            SIZE_PX,
            1000,
            50.0,
            person=f"p{i}" * persons,
            mm_per_px=2.0 if i == 0 else None,
        )
        for i in range(videos)
    ]
    pairs = (("left_end", "right_end"),)
    save_project(Project("dumbbells", LANDMARKS, (), pairs, tuple(about)), folder)
    for video in about:
        frames = np.arange(0, 20 * per_video, 20)
        places = []
        for frame in frames:
            picture, place = dumbbell(rng)
            write_picture(picture, frame_picture(folder, video.id, int(frame)))
            places.append(place)
        state = np.full((per_video, 3), State.VISIBLE, np.uint8)
        save_labels(Labels(video.id, "ann", LANDMARKS, frames, np.array(places), state), folder)
    return folder


@pytest.fixture(scope="session")
def dumbbells(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project folder; read only."""
    return make_project(tmp_path_factory.mktemp("dumbbells"))
