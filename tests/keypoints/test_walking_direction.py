"""Direction, facing, near side and turns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import COCO_17, GAIT_20
from kinelab.errors import InputError
from kinelab.keypoints.walking_direction import leg_length, straight_passes, walking_direction

Make = Callable[..., Any]


def on_treadmill(keypoints: Keypoints) -> Keypoints:
    drift = keypoints.of("mid_hip")[:, :1] - keypoints.of("mid_hip")[0, 0]
    position = np.array(keypoints.position)
    position[..., 0] -= drift
    return replace(keypoints, position=position)


def without(keypoints: Keypoints, *landmarks: str) -> Keypoints:
    position = np.array(keypoints.position)
    position[:, [GAIT_20.index(n) for n in landmarks]] = np.nan
    return replace(keypoints, position=position)


@pytest.mark.parametrize("right", [True, False])
def test_overground(walker: Make, right: bool) -> None:
    found = walking_direction(walker(right=right).noisy(1.5))
    assert (found.sign, found.cue, found.backwards) == (1 if right else -1, "travel", False)
    assert found.near_side == ("right" if right else "left")
    assert found.confidence > 0.95
    # 1.2 m/s for 6 s, less the tenth at each end of which the median is taken: 6.5 m of 0.86 m legs.
    assert abs(found.travel_leg_lengths) == pytest.approx(6.5 / leg_length_m(), rel=0.03)


def leg_length_m() -> float:
    return 0.491 * 1.75  # thigh 0.245 and shank 0.246 of stature (Drillis & Contini 1966)


def test_leg_length(walker: Make) -> None:
    assert leg_length(walker().exact) / 110 == pytest.approx(leg_length_m(), rel=0.01)


@pytest.mark.parametrize("right", [True, False])
def test_treadmill_by_the_feet_then_by_the_knees(walker: Make, right: bool) -> None:
    still = on_treadmill(walker(right=right).noisy(1.5))
    by_feet = walking_direction(still)
    assert (by_feet.sign, by_feet.cue) == (1 if right else -1, "feet")
    assert by_feet.confidence > 0.8
    feet = [f"{side}_{n}" for side in ("left", "right") for n in ("big_toe", "heel")]
    by_knees = walking_direction(without(still, *feet))
    assert (by_knees.sign, by_knees.cue) == (1 if right else -1, "knees")
    assert by_knees.confidence > 0.8


def test_walking_backwards_is_told_by_the_feet(walker: Make) -> None:
    walk = walker(right=True).noisy(1.0)
    found = walking_direction(replace(walk, position=walk.position[::-1]))
    assert (found.sign, found.backwards, found.near_side) == (1, True, "right")
    assert found.travel_leg_lengths < -1


def test_there_and_back_are_two_passes(walker: Make) -> None:
    there = walker(right=True).noisy(1.0)
    mirrored = np.array(there.position[::-1])
    position = np.concatenate((there.position, mirrored))
    n = len(position)
    both = Keypoints(GAIT_20, np.arange(n) / 50, position, np.full((n, 20), 0.9))
    first, second = straight_passes(both)
    assert (first.sign, second.sign) == (1, -1)
    assert (first.start, second.stop) == (0, 600)
    assert abs(first.stop - 300) < 15
    assert first.stop == second.start


def test_one_way_and_treadmill_are_one_pass(walker: Make) -> None:
    one = walker(right=False).noisy(1.0)
    assert [(p.start, p.stop, p.sign) for p in straight_passes(one)] == [(0, 300, -1)]
    assert [(p.start, p.stop, p.sign) for p in straight_passes(on_treadmill(one))] == [(0, 300, 0)]


def test_errors(walker: Make) -> None:
    nobody = Keypoints(COCO_17, np.arange(9) / 30, np.full((9, 17, 2), np.nan), np.full((9, 17), np.nan))
    with pytest.raises(InputError, match=r"not one whole leg \(hip, knee, ankle\) was seen.*'coco17'"):
        walking_direction(nobody)
    with pytest.raises(InputError, match="give keypoints in px, not in m"):
        walking_direction(replace(walker().exact, unit="m"))
