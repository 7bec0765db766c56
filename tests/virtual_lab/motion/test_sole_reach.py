from __future__ import annotations

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.virtual_lab.motion.mover import default_mover
from kinelab.virtual_lab.motion.sole_reach import FOOT_POINTS, reach, sole_points, sole_slopes

MOVER = default_mover(1.70, sole_m=0.02)


def bent_poses(frames: int) -> np.ndarray:
    """Small squats, each frame deeper."""
    poses = np.tile(MOVER.standing, (frames, 1))
    for name, most in (("hip_flexion", 0.5), ("knee_angle", 1.0), ("ankle_angle", 0.5)):
        for s in "rl":
            poses[:, MOVER.column(f"{name}_{s}")] = most * np.linspace(0.1, 1, frames)
    poses[:, MOVER.column("pelvis_ty")] -= 0.1 * np.linspace(0.1, 1, frames) ** 2
    return poses


def test_feet_go_where_another_pose_has_them() -> None:
    """Targets from known poses: reachable, so every point arrives, from a nominal pose 5 degrees off."""
    known = bent_poses(8)
    target = sole_points(MOVER, known)
    target[..., 1] += 0.02  # clear of the floor, which would push
    known[:, MOVER.column("pelvis_ty")] += 0.02
    off = known.copy()
    off[:, 6:23] += np.radians(5) * np.sin(np.arange(17))
    found = reach(MOVER, off, target, np.full(target.shape[:2], 1e-5))
    assert np.abs(sole_points(MOVER, found) - target).max() < 1e-4


def test_stays_nominal_where_nothing_is_asked() -> None:
    nominal = bent_poses(3)
    nominal[:, MOVER.column("pelvis_ty")] += 0.2
    found = reach(MOVER, nominal, sole_points(MOVER, nominal), np.full((3, len(FOOT_POINTS)), 0.01))
    np.testing.assert_allclose(found, nominal, atol=1e-6)


def test_no_point_under_the_floor_and_ranges_kept() -> None:
    nominal = bent_poses(5)
    nominal[:, MOVER.column("pelvis_ty")] -= 0.08
    found = reach(MOVER, nominal, sole_points(MOVER, nominal), np.full((5, len(FOOT_POINTS)), 0.05))
    assert sole_points(MOVER, found)[:, :8, 1].min() > -0.002
    for column, coordinate in enumerate(MOVER.model.coordinates):
        low, high = coordinate.range
        assert (found[:, column] >= low - 1e-12).all()
        assert (found[:, column] <= high + 1e-12).all()


def test_a_frame_does_not_depend_on_the_others() -> None:
    nominal = bent_poses(6)
    target = sole_points(MOVER, nominal) + 0.01
    sd = np.full(target.shape[:2], 1e-3)
    together = reach(MOVER, nominal, target, sd)
    alone = reach(MOVER, nominal[3:4], target[3:4], sd[3:4])
    np.testing.assert_allclose(alone[0], together[3], atol=1e-9)


def test_pelvis_is_held_on_request() -> None:
    nominal = bent_poses(4)
    target = sole_points(MOVER, nominal) + 0.01
    found = reach(MOVER, nominal, target, np.full(target.shape[:2], 1e-4), hold_pelvis=True)
    np.testing.assert_array_equal(found[:, :6], nominal[:, :6])
    assert np.abs(sole_points(MOVER, found) - target).max() < 2e-3


def test_slopes_are_derivatives() -> None:
    pose = bent_poses(1)
    column, step = MOVER.column("knee_angle_r"), 1e-6
    moved = pose.copy()
    moved[:, column] += step
    numeric = (sole_points(MOVER, moved) - sole_points(MOVER, pose)) / step
    np.testing.assert_allclose(sole_slopes(MOVER, pose)[..., column], numeric, atol=1e-5)


def test_wrong_shapes_are_told() -> None:
    nominal = bent_poses(2)
    with pytest.raises(InputError, match=r"target_m has shape \(2, 8, 3\), expected \(2, 10, 3\)"):
        reach(MOVER, nominal, np.zeros((2, 8, 3)), np.ones((2, 10)))
