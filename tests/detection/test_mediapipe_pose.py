from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from kinelab.core.skeletons import BLAZEPOSE_33
from kinelab.detection.mediapipe_pose import MediapipePose, open_mediapipe_pose
from kinelab.errors import MissingExtraError


@dataclass
class StandIn:
    """Finds the brightest pixel of the picture, as shares of its size: 33 times."""

    seen: list[Any] = field(default_factory=list)

    def detect(self, image: np.ndarray) -> SimpleNamespace:
        self.seen.append(image)
        if image.max() < 100:
            return SimpleNamespace(pose_landmarks=[])
        y, x = np.unravel_index(image[..., 0].argmax(), image.shape[:2])
        height, width = image.shape[:2]
        point = SimpleNamespace(
            x=(x + 0.5) / width, y=(y + 0.5) / height, visibility=0.9, presence=0.7, z=0.0
        )
        return SimpleNamespace(pose_landmarks=[[point] * 33])


def test_landmarks_come_back_in_image_pixels() -> None:
    image = np.zeros((480, 640, 3), dtype=np.uint8)
    image[205:210, 300:305] = 250  # middle (302, 207)
    model = MediapipePose(StandIn(), lambda pixels: pixels, name="m", sha256="0")
    boxes = np.array([[250.0, 100, 350, 300], [10, 10, 60, 100]])
    estimate = model.estimate(image, boxes)
    # 250 px high on 512 crop px: the brightest crop pixel is somewhere on the 5 px square.
    assert np.abs(estimate.position[0] - [302, 207]).max() < 3
    assert estimate.confidence[0] == pytest.approx(0.7)
    assert np.isnan(estimate.position[1]).all()
    assert (estimate.confidence[1] == 0).all()
    assert np.isnan(estimate.sd).all()
    assert model.skeleton == BLAZEPOSE_33


def test_the_landmark_order_is_that_of_the_publisher() -> None:
    # mediapipe.tasks.vision.PoseLandmark, version 0.10 to 1.2; its "foot index" is the big toe.
    names = [
        "nose",
        "left_eye_inner",
        "left_eye",
        "left_eye_outer",
        "right_eye_inner",
        "right_eye",
        "right_eye_outer",
        "left_ear",
        "right_ear",
        "mouth_left",
        "mouth_right",
        "left_shoulder",
        "right_shoulder",
        "left_elbow",
        "right_elbow",
        "left_wrist",
        "right_wrist",
        "left_pinky",
        "right_pinky",
        "left_index",
        "right_index",
        "left_thumb",
        "right_thumb",
        "left_hip",
        "right_hip",
        "left_knee",
        "right_knee",
        "left_ankle",
        "right_ankle",
        "left_heel",
        "right_heel",
        "left_foot_index",
        "right_foot_index",
    ]
    ours = [
        name.replace("left_mouth", "mouth_left").replace("right_mouth", "mouth_right")
        for name in BLAZEPOSE_33.landmarks
    ]
    assert [name.replace("big_toe", "foot_index") for name in ours] == names


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'kinelab\[mediapipe\]'"):
        open_mediapipe_pose(tmp_path / "pose.task", name="m", sha256="0")
