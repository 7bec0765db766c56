"""Pixels to metres, known and assumed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import COCO_17, GAIT_20
from kinelab.errors import InputError
from kinelab.keypoints.scaling import scale_from_calibration, scale_from_height, scale_from_length

Make = Callable[..., Any]


def test_known_height_gives_the_cameras_scale(walker: Make) -> None:
    scale = scale_from_height(walker().exact, 1.75)
    assert scale.px_per_m == pytest.approx(110, rel=0.015)
    assert scale.known
    assert scale.sd == pytest.approx(0.03 * scale.px_per_m)
    assert "height of 1.75 m (segments ankle-knee, knee-hip, hip-shoulder" in scale.source


def test_without_a_length_the_height_is_assumed_and_said_so(walker: Make) -> None:
    scale = scale_from_height(walker().exact)
    assert not scale.known
    assert "assumed height of 1.7 m" in scale.source
    assert scale.px_per_m == pytest.approx(110 * 1.75 / 1.70, rel=0.015)
    assert scale.sd / scale.px_per_m == pytest.approx(np.hypot(0.03, 0.056))


def test_proportions_are_those_of_drillis_and_contini() -> None:
    # A figure drawn with joints at 0.039, 0.285, 0.530, 0.818 of a height of 200 px.
    position = np.full((3, 17, 2), np.nan)
    for joint, share in (("ankle", 0.039), ("knee", 0.285), ("hip", 0.530), ("shoulder", 0.818)):
        for side in ("left", "right"):
            position[:, COCO_17.index(f"{side}_{joint}")] = (50.0, 300 - 200 * share)
    figure = Keypoints(COCO_17, np.arange(3.0), position, np.ones((3, 17)))
    scale = scale_from_height(figure, 2.0)
    assert scale.px_per_m == pytest.approx(100.0, rel=1e-9)
    # No heels or toes: the floor is 0.039 of the height below the ankles, so at the figure's foot.
    assert scale.ground_y_px == pytest.approx(300.0, abs=1e-9)


def test_the_floor_is_where_the_walkers_feet_stand(walker: Make) -> None:
    walk = walker()
    ground = scale_from_height(walk.exact, 1.75).ground_y_px
    # Heel and toe landmarks lie a few centimetres above the sole.
    floor_px = 359.5 + 0.9 * 110
    assert ground is not None
    assert abs(ground - floor_px) < 0.035 * 110


def test_known_length_and_calibration(walker: Make) -> None:
    walk = walker()
    shank_m = float(np.linalg.norm(walk.ground_m[0, GAIT_20.index("left_knee")]
                                   - walk.ground_m[0, GAIT_20.index("left_ankle")]))  # fmt: skip
    scale = scale_from_length(walk.exact, "left_knee", "left_ankle", shank_m)
    assert scale.px_per_m == pytest.approx(110, rel=0.01)
    given = scale_from_calibration(walk.exact, 110.0, 460.0)
    assert (given.px_per_m, given.ground_y_px, given.known, given.source) == (
        110.0,
        460.0,
        True,
        "calibration",
    )


def test_errors(walker: Make) -> None:
    walk = walker().exact
    with pytest.raises(InputError, match=r"height_m is 175, expected 0.4 to 2.6 \(give metres"):
        scale_from_height(walk, 175)
    with pytest.raises(InputError, match="length_m is 0, expected a positive"):
        scale_from_length(walk, "left_knee", "left_ankle", 0)
    with pytest.raises(InputError, match="no 'left_tail'"):
        scale_from_length(walk, "left_knee", "left_tail", 0.4)
    with pytest.raises(InputError, match="px_per_m is -3"):
        scale_from_calibration(walk, -3)
    with pytest.raises(InputError, match="give keypoints in px, not in m"):
        scale_from_height(replace(walk, unit="m"))
    unseen = replace(walk, position=np.full_like(walk.position, np.nan))
    with pytest.raises(InputError, match="no segment from ankle to shoulder was seen"):
        scale_from_height(unseen)
    with pytest.raises(InputError, match="left_knee and left_ankle were never seen together"):
        scale_from_length(unseen, "left_knee", "left_ankle", 0.4)
