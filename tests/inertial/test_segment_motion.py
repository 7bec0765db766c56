"""The motion of segments: its angles are those of the joint coordinate systems, on both sides."""

from dataclasses import replace

import numpy as np
import pytest

from kinelab.body.joint_axes import joint_rotation
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.inertial.segment_motion import SegmentMotion, angle_names, joint_segments

SEGMENTS = ("pelvis", "thigh_r", "shank_r", "thigh_l", "shank_l")


def motion(knee_deg: np.ndarray) -> SegmentMotion:
    """Both knees bent by (T, 3) deg under a level pelvis."""
    n = len(knee_deg)
    straight = np.broadcast_to(np.eye(3), (n, 3, 3))
    bent = [joint_rotation(np.radians(knee_deg), "knee", side) for side in ("right", "left")]
    rotation = np.stack([straight, straight, bent[0], straight, bent[1]], axis=1)
    return SegmentMotion(
        "p1", "walk", "walking", SEGMENTS, Timebase(100.0, n), rotation, rotation, np.zeros((n, 5, 3))
    )


def test_angles_are_those_that_the_segments_were_turned_by() -> None:
    knee_deg = np.array([[60.0, 4.0, -8.0], [5.0, 0.0, 3.0]])
    moved = motion(knee_deg)
    for side in ("right", "left"):
        np.testing.assert_allclose(moved.angles_deg("knee", side), knee_deg, atol=1e-12)
        np.testing.assert_allclose(moved.angles_deg("hip", side), 0.0, atol=1e-12)


def test_a_joint_lies_between_its_segments() -> None:
    assert joint_segments("hip", "left") == ("pelvis", "thigh_l")
    assert joint_segments("ankle", "right") == ("shank_r", "foot_r")
    assert angle_names("knee", "left") == ("knee_angle_l", "knee_adduction_l", "knee_rotation_l")
    moved = motion(np.zeros((1, 3)))
    assert moved.has("knee", "left")
    assert not moved.has("ankle", "left")


def test_what_is_not_there_is_named() -> None:
    moved = motion(np.zeros((1, 3)))
    with pytest.raises(InputError, match="has no 'foot_r'; there are pelvis, thigh_r"):
        moved.angles_deg("ankle", "right")
    with pytest.raises(InputError, match="no joint 'elbow' of the leg; there are hip, knee, ankle"):
        joint_segments("elbow", "right")
    with pytest.raises(InputError, match="sensor_position_m"):
        replace(moved, sensor_position_m=np.zeros((1, 4, 3)))
