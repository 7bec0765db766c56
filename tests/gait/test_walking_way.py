"""The way of a walk: whatever way the same steps go, they are the same steps in their own plane."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import GAIT_20, Skeleton
from kinelab.errors import GaitError, InputError
from kinelab.gait.no_walk import backwards_share, no_walk
from kinelab.gait.progress import belt_speed_mps
from kinelab.gait.walking_way import over_ground, walking_way
from kinelab.pipeline.gait_landmarks import gait_landmarks


def way_of(walker: ModuleType, kind: str):
    walk = walker.marker_walk()
    landmarks = gait_landmarks(walker.moved(walk, kind) if kind else walk.markers).landmarks
    return landmarks, walking_way(landmarks)


@pytest.mark.parametrize("kind", ["aslant", "bent"])
def test_feet_stand_still_and_the_way_is_as_long(walker: ModuleType, kind: str) -> None:
    _, straight = way_of(walker, "")
    _, other = way_of(walker, kind)
    for part in ("left_heel", "right_heel"):
        ours, theirs = other.plane.of(part)[:, 0], straight.plane.of(part)[:, 0]
        assert np.ptp(ours - theirs) < (0.005 if kind == "aslant" else 0.10)
    travelled = np.ptp(other.plane.of("left_heel")[:, 0]) / np.ptp(straight.plane.of("left_heel")[:, 0])
    assert travelled == pytest.approx(1, abs=0.02)


def test_a_turn_is_told_by_its_angle(walker: ModuleType) -> None:
    walk = walker.marker_walk()
    length = np.ptp(walk.markers.of("SACR")[:, 0])
    _, way = way_of(walker, "bent")
    assert way.turns
    # Smoothing over half a second holds the ends back.
    assert way.turn_deg == pytest.approx(np.degrees(length / 3.0), rel=0.15)
    assert not way_of(walker, "")[1].turns


def test_the_right_foot_is_to_the_right_of_the_way(walker: ModuleType) -> None:
    for kind in ("", "aslant", "bent", "treadmill"):
        _, way = way_of(walker, kind)
        assert np.nanmean(way.across("right_heel")) > 0.02 > np.nanmean(way.across("left_heel"))


def test_a_treadmill_is_carried_over_ground(walker: ModuleType) -> None:
    landmarks, way = way_of(walker, "treadmill")
    speed = belt_speed_mps(way.plane)
    walk = walker.marker_walk()
    assert speed == pytest.approx(walk.stride_length_m / walk.stride_time_s, rel=0.05)
    carried = over_ground(landmarks, way)
    assert np.ptp(carried.of("left_heel")[:, 0]) > 3
    overground, straight = way_of(walker, "")
    assert over_ground(overground, straight) is overground


@pytest.mark.parametrize(
    ("kind", "said"), [("backwards", "walks backwards"), ("standing", "stands"), ("", ""), ("treadmill", "")]
)
def test_who_does_not_walk_forwards_is_told(walker: ModuleType, kind: str, said: str) -> None:
    _, way = way_of(walker, kind)
    reason = no_walk(way.plane)
    assert said in reason
    assert bool(reason) == bool(said)
    assert (backwards_share(way.plane) > 0.9) == (kind == "backwards")


def test_too_short_a_recording_is_told(walker: ModuleType) -> None:
    landmarks, _ = way_of(walker, "")
    short = Keypoints(
        landmarks.skeleton, landmarks.time_s[:5], landmarks.position[:5], landmarks.confidence[:5], "m"
    )
    assert "too short for a step" in no_walk(walking_way(short).plane)


def test_what_cannot_be_unrolled_is_refused(walker: ModuleType) -> None:
    _, way = way_of(walker, "")
    with pytest.raises(InputError, match=r"needs landmarks in space, \(T, K, 3\) m"):
        walking_way(way.plane)
    nothing = np.full((4, 2, 3), np.nan)
    blind = Keypoints(
        Skeleton(GAIT_20.name, ("left_hip", "right_hip")), np.arange(4.0), nothing, nothing[..., 0], "m"
    )
    with pytest.raises(GaitError, match="nothing tells where the person faces"):
        walking_way(blind)
