"""A made-up walk whose truth is exact: seven segments that swing, on a body that bobs and sways.

The angular velocity is that of strap-down increments, so that gyroscopes without error integrate back to the
truth; the acceleration of each segment is periodic with the stride, so that gravity is its mean.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinelab.body.joint_axes import joint_angles, joint_rotation
from kinelab.core.checks import Array
from kinelab.core.recording import Imu
from kinelab.core.timebase import Timebase
from kinelab.inertial.joint_estimate import JointEstimate
from kinelab.inertial.refinement.joints_told import JointKey
from kinelab.inertial.segment_motion import LEG_JOINTS, SIDES, joint_segments
from kinelab.virtual_lab.gravity import UPWARDS_MPS2

SEGMENTS = ("pelvis", "thigh_r", "thigh_l", "shank_r", "shank_l", "foot_r", "foot_l")
RATE_HZ = 100.0
STRIDE_S = 1.07


@dataclass(frozen=True, eq=False)
class Walk:
    """imu (segment axes); rotation (T, 7, 3, 3) true; angle_deg true (T, 3) by joint and side; estimates of a
    made-up network; bias_radps and alignment_rad (7, 3), what was put in."""

    imu: Imu
    rotation: Array
    angle_deg: dict[JointKey, Array]
    estimates: dict[JointKey, JointEstimate]
    bias_radps: Array
    alignment_rad: Array


def _swing(time_s: Array, mean: float, size: float, phase: float) -> Array:
    turn = 2 * np.pi * time_s / STRIDE_S + phase
    return np.radians(mean + size * np.sin(turn) + 0.25 * size * np.sin(2 * turn + 1.0))


def _truth(time_s: Array, heading_radps: float, rng: np.random.Generator) -> Array:
    turned = heading_radps * time_s
    pelvis = Rotation.from_euler(
        "YXZ",
        np.stack([turned + _swing(time_s, 0, 4, 0), _swing(time_s, 0, 3, 1), _swing(time_s, -8, 2, 2)], 1),
    ).as_matrix()
    rotation = np.empty((time_s.size, 7, 3, 3))
    rotation[:, 0] = pelvis
    shapes = {
        "hip": ((12, 22), (-2, 5), (-4, 4)),
        "knee": ((28, 28), (1, 2), (4, 4)),
        "ankle": ((2, 13), (1, 3), (-2, 3)),
    }
    for side in SIDES:
        start = 0.0 if side == "right" else np.pi
        for joint in LEG_JOINTS:
            first, second = joint_segments(joint, side)
            angle = np.stack(
                [_swing(time_s, mean + 2 * rng.standard_normal(), size, start + rng.uniform(0, 1.5))
                 for mean, size in shapes[joint]], axis=1
            )  # fmt: skip
            near = rotation[:, SEGMENTS.index(first)]
            rotation[:, SEGMENTS.index(second)] = near @ joint_rotation(angle, joint, side)
    return rotation


def _readings(rotation: Array, time_s: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    turn = rotation[:-1].swapaxes(-1, -2) @ rotation[1:]
    gyr = Rotation.from_matrix(turn.reshape(-1, 3, 3)).as_rotvec().reshape(-1, 7, 3) * RATE_HZ
    moved = sum(
        size * np.sin(2 * np.pi * n * time_s[:, None, None] / STRIDE_S + rng.uniform(0, 6, (1, 7, 3)))
        for n, size in ((1, 1.5), (2, 3.0), (3, 1.0))
    )
    force = np.einsum("tsji,tsj->tsi", rotation, np.asarray(moved) + UPWARDS_MPS2)
    return force, np.concatenate([gyr[:1], gyr])


def _estimate(
    key: JointKey, true_deg: Array, time: Timebase, rotation: Array, rng: np.random.Generator
) -> JointEstimate:
    """Off by a constant of 4, 2 and 4 deg (SD), within strides by 2.5, 1.8 and 2.2."""
    offset, within = np.array([4.0, 2.0, 4.0]), np.array([2.5, 1.8, 2.2])
    wrong = np.zeros_like(true_deg)
    for n in range(1, 5):
        phase = rng.uniform(0, 2 * np.pi, 3)
        wrong += rng.standard_normal(3) / n * np.sin(2 * np.pi * n * time.time_s[:, None] / STRIDE_S + phase)
    shaky = np.cumsum(rng.standard_normal(true_deg.shape), axis=0)
    shaky = shaky - np.stack([np.convolve(one, np.ones(51) / 51, "same") for one in shaky.T], axis=1)
    wrong = 0.85 * wrong / wrong.std(axis=0) + 0.5 * shaky / shaky.std(axis=0)
    rows = [SEGMENTS.index(one) for one in joint_segments(*key)]
    return JointEstimate(
        key[0], key[1], time, true_deg + offset * rng.standard_normal(3) + within * wrong,
        rotation[:, rows], offset, within, np.full(2, 5.0), np.full(2, 4.0),
    )  # fmt: skip


MakeWalk = Callable[..., Walk]


@pytest.fixture(scope="session")
def walk() -> MakeWalk:
    """walk(seed, seconds=20, bias_dps=0.2, misaligned_deg=0, noise=True, heading_dps=0)."""

    def make(
        seed: int = 0,
        seconds: float = 20.0,
        bias_dps: float = 0.2,
        misaligned_deg: float = 0.0,
        noise: bool = True,
        heading_dps: float = 0.0,
    ) -> Walk:
        rng = np.random.default_rng(seed)
        time = Timebase(RATE_HZ, round(seconds * RATE_HZ))
        rotation = _truth(time.time_s, np.radians(heading_dps), rng)
        acc, gyr = _readings(rotation, time.time_s, rng)
        alignment = np.radians(misaligned_deg) * rng.standard_normal((7, 3))
        off = Rotation.from_rotvec(alignment).as_matrix()
        bias = rng.standard_normal((7, 3))
        bias *= np.radians(bias_dps) / np.linalg.norm(bias, axis=1, keepdims=True)
        size = (0.03, 0.002) if noise else (0.0, 0.0)
        imu = Imu(
            SEGMENTS, time,
            np.einsum("sij,tsj->tsi", off, acc) + size[0] * rng.standard_normal(acc.shape),
            np.einsum("sij,tsj->tsi", off, gyr) + bias + size[1] * rng.standard_normal(gyr.shape),
            None, "segment",
        )  # fmt: skip
        angle, estimates = {}, {}
        for side in SIDES:
            for joint in LEG_JOINTS:
                near, far = (rotation[:, SEGMENTS.index(one)] for one in joint_segments(joint, side))
                angle[joint, side] = np.degrees(joint_angles(near, far, joint, side))
                estimates[joint, side] = _estimate((joint, side), angle[joint, side], time, rotation, rng)
        return Walk(imu, rotation, angle, estimates, bias, alignment)

    return make
