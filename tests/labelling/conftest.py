"""A small labelling project on disk."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kinelab.keypoints.projects.project import Project, ProjectVideo, frame_picture, save_project

SIZE_PX = (320, 240)
FRAMES = (3, 40, 77)
LANDMARKS = ("nose", "left_knee", "right_knee")
WHITE_PX = (100, 50)  # the one white pixel of each picture


def make_project(folder: Path, videos: tuple[str, ...]) -> Path:
    """Videos with three chosen frames of grey noise; three landmarks; nobody has labelled yet."""
    about = tuple(
        ProjectVideo(name, f"{name}.mp4", SIZE_PX, 100, 50.0, person="P1", mm_per_px=2.0) for name in videos
    )
    couple = (("left_knee", "right_knee"),)
    folder.mkdir()
    save_project(Project("runners", LANDMARKS, couple, couple, about), folder)
    grey = np.random.default_rng(0).integers(40, 90, (SIZE_PX[1], SIZE_PX[0], 1), np.uint8).repeat(3, 2)
    grey[WHITE_PX[1], WHITE_PX[0]] = 255
    for video in videos:
        for frame in FRAMES:
            path = frame_picture(folder, video, frame)
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(grey).save(path, compress_level=1)
    return folder


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copied for each test by `folder`."""
    return make_project(tmp_path_factory.mktemp("template") / "runners", ("side",))


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    """A project of one video, `side`."""
    return Path(shutil.copytree(template, tmp_path / "runners"))
