"""A person in a mirror: the skeletal model must say the same as the picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinelab.body.forward import forward
from kinelab.body.own_body import own_body
from kinelab.errors import InputError
from kinelab.monocular.mirror import MIRROR_BODY, MIRROR_VIEW, Mirror, exchanged


def test_names_find_their_partners() -> None:
    names = ("knee_r", "nose", "left_hip", "knee_l", "right_hip", "arm_r")
    assert exchanged(names).tolist() == [3, 1, 4, 0, 2, 5]  # arm_r has no partner here


def test_the_mirrored_pose_has_the_mirrored_points() -> None:
    """Random poses and lopsided people: points of the mirrored one are the mirrored points, to rounding."""
    model, rng = own_body(), np.random.default_rng(0)
    mirror = Mirror(model)
    low, high = np.array([one.range for one in model.coordinates]).T
    low, high = np.maximum(low, -1.5), np.minimum(high, 1.5)
    centres = exchanged(model.joint_names)
    markers = _sides(model.marker_names)
    alone = model.marker_names.index("RBAK")  # one shoulder blade alone is marked
    for _ in range(20):
        pose = rng.uniform(low, high)
        pose[3:6] = 0.0
        scale = rng.uniform(0.8, 1.2, (len(model.bodies), 3))
        turn = Rotation.random(random_state=rng).as_matrix()
        found = _points(model, pose, scale, turn)
        other = _points(
            model, mirror.coordinates(pose), scale[mirror.bodies], MIRROR_VIEW @ turn @ MIRROR_BODY
        )
        for there, here, order in zip(found, other, (centres, markers), strict=True):
            if order is markers:
                here[alone] = (there[order] @ MIRROR_VIEW)[alone]
            np.testing.assert_allclose(here, there[order] @ MIRROR_VIEW, atol=1e-12)


def test_twice_is_nothing() -> None:
    mirror = Mirror(own_body())
    pose = np.random.default_rng(1).normal(size=len(own_body().coordinates))
    np.testing.assert_array_equal(mirror.coordinates(mirror.coordinates(pose)), pose)


def test_a_lopsided_model_is_refused() -> None:
    model = own_body()
    knee = model.joint_names.index("knee_r")
    first, *rest = model.joints[knee].rotations
    bent = replace(model.joints[knee], rotations=(replace(first, direction=[0.6, 0.0, 0.8]), *rest))
    joints = (*model.joints[:knee], bent, *model.joints[knee + 1 :])
    with pytest.raises(InputError, match=r"not the same on both sides: the axes of knee_angle_\w and knee"):
        _ = Mirror(replace(model, joints=joints)).signs


def _points(model, pose, scale, turn):  # type: ignore[no-untyped-def]
    """Joint centres and markers about the pelvis, with the pelvis turned to the view by `turn`."""
    placed = forward(model.scaled(scale), pose)
    pelvis = model.body_index("pelvis")
    onto = turn @ placed.rotation[pelvis].T
    return [
        (points - placed.position_m[pelvis]) @ onto.T for points in (placed.joint_centre_m, placed.marker_m)
    ]


def _sides(names: tuple[str, ...]):  # type: ignore[no-untyped-def]
    swap = {"R": "L", "L": "R"}
    row = {name: i for i, name in enumerate(names)}
    return np.array([row.get(swap.get(name[0], "?") + name[1:], i) for i, name in enumerate(names)])
