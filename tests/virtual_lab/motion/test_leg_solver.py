"""A leg put on its foot: it finds known poses, and lifts the heel where the ankle ends."""

from __future__ import annotations

import numpy as np

from kinelab.body.forward import forward
from kinelab.core.checks import Array
from kinelab.virtual_lab.motion.foot_pose import FootTrack, foot_pose, foot_shape
from kinelab.virtual_lab.motion.leg_solver import LEG_ANGLES, leg_of, put_foot
from kinelab.virtual_lab.motion.mover import SOLE_NAMES, default_mover

MOVER = default_mover(1.7, sole_m=0.02)


def bent(count: int) -> Array:
    rng = np.random.default_rng(3)
    pose = np.tile(MOVER.standing, (count, 1))
    ranges = {
        "hip_flexion": (0, 80),
        "hip_adduction": (-20, 10),
        "hip_rotation": (-20, 20),
        "knee_angle": (15, 100),
        "ankle_angle": (-30, 24),  # beyond, the heel begins to rise
        "subtalar_angle": (-15, 20),
    }
    for name, (low, high) in ranges.items():
        for side in "rl":
            pose[:, MOVER.column(f"{name}_{side}")] = np.radians(rng.uniform(low, high, count))
    return pose


def test_finds_the_angles_behind_a_foot() -> None:
    pose = bent(60)
    placed = forward(MOVER.model, pose)
    for side in "rl":
        foot = MOVER.model.body_index(f"calcn_{side}")
        columns = [MOVER.column(f"{name}_{side}") for name in LEG_ANGLES]
        start = pose.copy()
        start[:, columns] += np.radians(12)
        put = put_foot(
            leg_of(MOVER, side, foot_shape(MOVER, side)),
            start,
            placed.rotation[:, foot],
            placed.position_m[:, foot],
        )
        assert put.miss_m.max() < 1e-8
        assert put.heel_rad.max() < 1e-8
        np.testing.assert_allclose(put.coordinates[:, columns], pose[:, columns], atol=1e-6)


def test_the_heel_rises_where_the_ankle_ends() -> None:
    """Hips straight down over flat feet: past 30 degrees the toes stay and the heel comes up."""
    pose = bent(1).repeat(30, axis=0)
    pose[:, :6] = MOVER.standing[:6]
    pose[:, MOVER.column("pelvis_ty")] -= np.linspace(0.05, 0.35, 30)
    shape, one = foot_shape(MOVER, "r"), np.ones(30)
    track = FootTrack(0 * one, 0.09 * one, 0 * one, 0 * one, 0 * one, one)
    rotation, position, toes = foot_pose(shape, track)
    put = put_foot(leg_of(MOVER, "r", shape), pose, rotation, position)
    assert put.miss_m.max() < 1e-6
    assert put.heel_rad[0] == 0
    assert put.heel_rad[-1] > np.radians(5)
    assert np.degrees(put.coordinates[:, MOVER.column("ankle_angle_r")]).max() < 30 + 1e-6
    posed = put.coordinates.copy()
    posed[:, MOVER.column("mtp_angle_r")] = toes - put.heel_rad
    sole = forward(MOVER.model, posed).marker_m[:, : len(SOLE_NAMES) // 2]
    assert sole[..., 1].min() > -1e-6
    assert np.ptp(sole[:, 3], axis=0).max() < 1e-6  # the tip of the toes


def test_a_foot_out_of_reach_is_told() -> None:
    pose = bent(1)
    shape, one = foot_shape(MOVER, "r"), np.ones(1)
    rotation, position, _ = foot_pose(shape, FootTrack(2.0 * one, 0 * one, 0 * one, 0 * one, 0 * one, one))
    assert put_foot(leg_of(MOVER, "r", shape), pose, rotation, position).miss_m[0] > 0.5
