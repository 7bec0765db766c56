from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinelab.gait.progress import belt_speed_mps, progress_mps, walking_speed_mps


def test_overground_has_no_belt_and_the_pelvis_speed(walk) -> None:
    assert belt_speed_mps(walk.keypoints) == 0
    assert walking_speed_mps(walk.keypoints) == pytest.approx(1.2, abs=0.005)


@pytest.mark.parametrize("speed", [0.5, 1.2])
def test_the_standing_feet_tell_the_speed_of_the_belt(walk_of, speed: float) -> None:
    walk = walk_of(treadmill=True, speed_mps=speed, stride_s=1.3)
    assert belt_speed_mps(walk.keypoints) == pytest.approx(speed, rel=0.02)
    assert walking_speed_mps(walk.keypoints) == pytest.approx(speed, rel=0.02)


def test_the_other_way_is_negative(walk) -> None:
    back = replace(walk.keypoints, position=walk.keypoints.position * np.array([-1, 1]))
    assert progress_mps(back) == pytest.approx(-1.2 * np.ones(walk.keypoints.n), abs=0.02)


def test_a_gap_is_drawn_straight(walk) -> None:
    position = walk.keypoints.position.copy()
    position[200:260] = np.nan
    gappy = replace(walk.keypoints, position=position)
    assert progress_mps(gappy) == pytest.approx(progress_mps(walk.keypoints), abs=0.02)
