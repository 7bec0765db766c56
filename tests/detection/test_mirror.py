from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.skeletons import COCO_17
from kinelab.detection.mirror import with_mirror
from kinelab.detection.pose_estimate import PoseEstimate

LEFT, RIGHT, NOSE = COCO_17.index("left_knee"), COCO_17.index("right_knee"), COCO_17.index("nose")
HEIGHT_PX = np.array([200.0])


def estimate(
    left: float, right: float, nose: float, confidence: float = 0.8, sd: float = 1.0
) -> PoseEstimate:
    position = np.zeros((1, 17, 2))
    position[0, [LEFT, RIGHT, NOSE], 0] = left, right, nose
    return PoseEstimate(position, np.full((1, 17), confidence), np.full((1, 17), sd))


def test_names_are_exchanged_and_near_points_averaged_by_confidence() -> None:
    # The mirrored network calls the person's right knee the left one.
    mirrored = estimate(left=154.0, right=102.0, nose=60.0, confidence=0.4)
    both = with_mirror(estimate(left=100.0, right=150.0, nose=60.0), mirrored, COCO_17, HEIGHT_PX)
    assert both.position[0, [LEFT, RIGHT, NOSE], 0] == pytest.approx([100 + 2 / 3, 150 + 4 / 3, 60.0])
    assert both.confidence[0, LEFT] == pytest.approx((0.8 * 0.8 + 0.4 * 0.4) / 1.2)


def test_the_surer_one_counts_where_they_disagree() -> None:
    mirrored = estimate(left=100.0, right=150.0, nose=60.0, confidence=0.9, sd=2.0)  # legs exchanged
    both = with_mirror(estimate(left=100.0, right=150.0, nose=60.0), mirrored, COCO_17, HEIGHT_PX)
    assert both.position[0, LEFT, 0] == 150.0  # never the middle, where no knee is
    assert both.sd[0, LEFT] == 2.0


def test_sd_is_no_less_than_half_of_what_they_are_apart() -> None:
    both = with_mirror(estimate(100.0, 150.0, 60.0), estimate(150.0, 106.0, 60.0), COCO_17, HEIGHT_PX)
    assert both.sd[0, LEFT] == pytest.approx(3.0)
    assert both.sd[0, NOSE] == pytest.approx(1.0)
