from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import COCO_17, Skeleton
from kinelab.keypoints.viewing_angle import SIDE_ON_DEG, off_side_deg
from kinelab.virtual_lab.cameras.pinhole import look_at, project
from kinelab.virtual_lab.solid_people.scenes import demo_scene


def seen_from(turn_deg: float) -> Keypoints:
    scene = demo_scene(0, duration_s=2.0)
    points_m = scene.motion.landmarks_m
    middle = points_m[:, :, [0, 2]].mean(axis=(0, 1))
    turn = np.radians(turn_deg)
    place = (middle[0] + 8 * np.sin(turn), 1.0, middle[1] + 8 * np.cos(turn))
    camera = look_at(place, (middle[0], 1.0, middle[1]), 900.0, (960, 540))
    return replace(scene.keypoints(), position=project(camera, points_m)[0])


@pytest.mark.parametrize("turn_deg", [0.0, 20.0, 30.0, -45.0])
def test_a_turned_camera_is_seen(turn_deg: float) -> None:
    assert off_side_deg(seen_from(turn_deg)) == pytest.approx(abs(turn_deg), abs=15)


def test_a_side_view_passes_and_a_front_view_does_not() -> None:
    assert off_side_deg(seen_from(0.0)) < SIDE_ON_DEG
    assert off_side_deg(seen_from(90.0)) > 45


def test_without_shoulders_nothing_is_said() -> None:
    legs = Keypoints(Skeleton("legs", ("left_hip", "right_hip")), [0.0], np.zeros((1, 2, 2)), np.ones((1, 2)))
    assert np.isnan(off_side_deg(legs))
    unseen = Keypoints(COCO_17, [0.0], np.full((1, 17, 2), np.nan), np.full((1, 17), np.nan))
    assert np.isnan(off_side_deg(unseen))
