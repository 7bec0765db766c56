from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from kinelab.core.skeletons import GAIT_20, Skeleton
from kinelab.detection.boxes import expand
from kinelab.detection.crops import Image
from kinelab.detection.pose_estimate import PoseEstimate
from kinelab.errors import ModelError
from kinelab.keypoints.own_network import (
    PADDING,
    KeypointDetector,
    open_own_network,
    own_network_path,
    windows,
)
from kinelab.learning.weights import load_network
from kinelab.virtual_lab.solid_people.scenes import demo_scene

FIGURE = np.random.default_rng(0).uniform((-0.15, -0.5), (0.15, 0.5), (20, 2))
FIGURE[0], FIGURE[1] = (0, -0.5), (0, 0.5)  # 1 tall


@dataclass
class Seer:
    """A pose model that sees persons where they are, if they fill enough of the window it looks at."""

    persons: tuple[tuple[float, float, float], ...]  # x, y of the middle and height, px
    skeleton: Skeleton = GAIT_20
    name: str = "seer"
    sha256: str = "0"
    licence: str = "none"
    looks: int = 0

    def estimate(self, image: Image, boxes: np.ndarray) -> PoseEstimate:
        self.looks += len(boxes)
        out = PoseEstimate.none(len(boxes), 20)
        for i, (x0, y0, x1, y1) in enumerate(expand(boxes, 0.75, PADDING)):
            for x, y, height in self.persons:
                whole_inside = x0 < x - height / 6 and x + height / 6 < x1 and y0 < y - height / 2
                if whole_inside and y + height / 2 < y1 and height > 0.3 * (y1 - y0):
                    out.position[i] = (x, y) + height * FIGURE
                    out.confidence[i] = 0.8
        return out


def frame(width: int = 960, height: int = 540) -> Image:
    return np.zeros((height, width, 3), np.uint8)


@pytest.mark.parametrize("x", [60, 300, 480, 777, 900])
def test_a_person_is_found_anywhere(x: float) -> None:
    boxes = KeypointDetector(Seer(((x, 300, 240),))).detect(frame())
    assert len(boxes) == 1
    np.testing.assert_allclose((boxes.xyxy[0, 0] + boxes.xyxy[0, 2]) / 2, x, atol=5)
    assert 240 <= boxes.xyxy[0, 3] - boxes.xyxy[0, 1] <= 270
    assert boxes.score[0] == pytest.approx(0.8)


def test_a_small_person_is_found_in_smaller_windows() -> None:
    boxes = KeypointDetector(Seer(((500, 300, 120),))).detect(frame())
    assert len(boxes) == 1


def test_two_persons_are_two_boxes_and_none_is_none() -> None:
    assert len(KeypointDetector(Seer(((200, 300, 240), (700, 300, 240)))).detect(frame())) == 2
    assert len(KeypointDetector(Seer(())).detect(frame())) == 0


def test_an_upright_video_is_searched_from_top_to_bottom() -> None:
    assert len(KeypointDetector(Seer(((270, 820, 240),))).detect(frame(540, 960))) == 1


@pytest.mark.parametrize("size_px", [(960, 540), (540, 960), (320, 240), (1920, 1080), (200, 600)])
@pytest.mark.parametrize("share", [1.0, 0.6])
def test_windows_cover_the_frame_and_overlap_by_half(size_px: tuple[int, int], share: float) -> None:
    seen = expand(windows(size_px, share), 0.75, PADDING)
    assert seen[:, 0].min() <= -0.4
    assert seen[:, 2].max() >= size_px[0] - 0.6
    assert seen[:, 1].min() <= -0.4
    assert seen[:, 3].max() >= size_px[1] - 0.6
    lefts = np.unique(seen[:, 0].round(6))
    assert (np.diff(lefts) <= (seen[0, 2] - seen[0, 0]) / 2 + 1e-6).all()


def test_a_missing_weight_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no network file"):
        open_own_network(tmp_path / "gait20.safetensors")


def test_the_shipped_network_is_what_its_card_says() -> None:
    network = load_network(own_network_path())
    assert network.skeleton == GAIT_20
    assert network.card.synthetic
    assert network.card.licence == "Apache-2.0"
    assert own_network_path().stat().st_size < 3_500_000
    assert network.card.figures["error_legs_median_px"] < 2
    assert network.card.figures["swap_rate"] < 0.10


def test_the_shipped_network_needs_no_torch() -> None:
    code = (
        "import sys, numpy as np; from kinelab.keypoints.own_network import open_own_network;"
        "e = open_own_network().estimate(np.zeros((256, 192, 3), np.uint8), np.array([[0., 0, 191, 255]]));"
        "assert e.position.shape == (1, 20, 2); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_shipped_network_sees_nobody_in_an_empty_picture() -> None:
    detector = KeypointDetector(open_own_network(threads=1))
    noise = np.random.default_rng(0).integers(0, 255, (540, 960, 3)).astype(np.uint8)
    assert len(detector.detect(noise)) == 0


def test_the_shipped_network_finds_and_measures_a_walker() -> None:
    """A filmed virtual walk that no training has seen: found without a detector, legs within 2 px."""
    scene = demo_scene(5, duration_s=3)
    truth = scene.keypoints().position
    legs = [i for i, name in enumerate(GAIT_20.landmarks) if name.endswith(("knee", "ankle", "heel", "toe"))]
    model = open_own_network(threads=1)
    detector = KeypointDetector(model)
    errors_px = []
    for index, _, image in islice(scene.frames(), 60, 91, 10):
        boxes = detector.detect(image)
        assert len(boxes) == 1
        estimate = model.estimate(image, boxes.xyxy)
        errors_px.append(np.linalg.norm(estimate.position[0] - truth[index], axis=1)[legs])
    assert np.median(errors_px) < 2
