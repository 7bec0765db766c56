"""One joint of a trial: a left leg and its mirror image are the same leg."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinelab.body.joint_axes import joint_angles
from kinelab.core.recording import Imu
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.inertial.joint_trial import joint_trial
from kinelab.inertial.segment_motion import SegmentMotion

SEGMENTS = ("thigh_l", "shank_l", "thigh_r", "shank_r")
MIRROR = np.diag([1.0, 1.0, -1.0])
RATE_HZ, N = 1000.0, 400


def mirrored_pair() -> tuple[SegmentMotion, Imu]:
    """A left leg that moves anyhow, the right leg its mirror image, and what exact sensors on both read."""
    t = np.arange(N) / RATE_HZ
    left = [Rotation.from_rotvec(np.stack([0.2 * np.sin(k * t), 0.3 * np.cos(2 * t), np.sin(3 * t + k)], 1))
            for k in (1, 2)]  # fmt: skip
    left_m = [np.stack([np.sin(4 * t), np.cos(2 * t + k), 0.3 * np.sin(t)], 1) for k in (1, 2)]
    rotation = [r.as_matrix() for r in left] + [MIRROR @ r.as_matrix() @ MIRROR for r in left]
    path_m = [*left_m, *(p @ MIRROR for p in left_m)]
    acc, gyr = [], []
    for r, p in zip(rotation, path_m, strict=True):
        force = np.gradient(np.gradient(p, t, axis=0), t, axis=0) + np.array([0.0, 9.80665, 0.0])
        acc.append(np.einsum("tji,tj->ti", r, force))
        step = Rotation.from_matrix(np.swapaxes(r[:-1], 1, 2) @ r[1:]).as_rotvec() * RATE_HZ
        gyr.append(np.concatenate([step, step[-1:]]))
    time = Timebase(RATE_HZ, N)
    turned = np.stack(rotation, axis=1)
    motion = SegmentMotion("p", "t", "walking", SEGMENTS, time, turned, turned, np.stack(path_m, axis=1))
    return motion, Imu(SEGMENTS, time, np.stack(acc, axis=1), np.stack(gyr, axis=1))


def test_a_mirrored_left_leg_reads_what_the_right_leg_of_the_mirror_image_reads() -> None:
    motion, imu = mirrored_pair()
    left, right = (joint_trial(motion, imu, "knee", side) for side in ("left", "right"))
    assert left.mirrored
    assert not right.mirrored
    for name in ("acc_mps2", "gyr_radps", "angle_deg", "rotation"):
        np.testing.assert_allclose(getattr(left, name), getattr(right, name), atol=1e-9, err_msg=name)


def test_rotations_of_a_mirrored_leg_have_the_angles_of_a_right_one() -> None:
    motion, imu = mirrored_pair()
    left = joint_trial(motion, imu, "knee", "left")
    found = np.degrees(joint_angles(left.rotation[:, 0], left.rotation[:, 1], "knee", "right"))
    np.testing.assert_allclose(found, left.angle_deg, atol=1e-9)


def test_published_left_legs_keep_their_readings_and_have_the_same_angles() -> None:
    motion, imu = mirrored_pair()
    ours, theirs = (joint_trial(motion, imu, "knee", "left", mirror=mirror) for mirror in (True, False))
    np.testing.assert_array_equal(theirs.acc_mps2, imu.acc_mps2[:, :2])
    np.testing.assert_array_equal(theirs.gyr_radps, imu.gyr_radps[:, :2])
    np.testing.assert_array_equal(theirs.angle_deg, ours.angle_deg)


def test_readings_of_another_recording_are_refused() -> None:
    motion, imu = mirrored_pair()
    other = Imu(SEGMENTS, Timebase(RATE_HZ, N - 1), imu.acc_mps2[:-1], imu.gyr_radps[:-1])
    with pytest.raises(InputError, match="p t: the readings are of other segments or times than the motion"):
        joint_trial(motion, other, "knee", "left")
