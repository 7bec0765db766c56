from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinelab.core.checks import Array
from kinelab.core.skeletons import GAIT_20
from kinelab.virtual_lab.solid_people.bodies import Body
from kinelab.virtual_lab.solid_people.posture import (
    COORDINATES,
    SEGMENTS,
    angles_zxy,
    column,
    forward,
    rotation_zxy,
)

BODY = Body(height_m=1.8)
LEG_M = 0.53 * 1.8


def landmarks(**angles_deg: float) -> dict[str, Array]:
    angle = np.zeros((1, len(COORDINATES)))
    for name, value in angles_deg.items():
        angle[0, column(name)] = value
    posed = forward(BODY, angle, np.array([[0.0, LEG_M, 0.0]]))
    return dict(zip(GAIT_20.landmarks, posed.landmarks_m()[0], strict=True))


def test_neutral_posture_stands_on_the_floor_with_published_levels() -> None:
    neutral = landmarks()
    for name, share in (
        ("right_knee", 0.285),
        ("left_ankle", 0.039),
        ("left_shoulder", 0.818),
        ("head", 1.0),
    ):
        assert neutral[name][1] == pytest.approx(share * 1.8), name
    for name in ("right_heel", "right_big_toe", "left_heel", "left_big_toe"):
        assert neutral[name][1] == pytest.approx(0, abs=1e-12)
    # The person's right is +Z, the face looks along +X.
    assert neutral["right_hip"][2] > 0 > neutral["left_hip"][2]
    assert neutral["nose"][0] > 0.08


@pytest.mark.parametrize(
    ("angles", "landmark", "axis", "sign"),
    [
        ({"hip_flexion_r": 30}, "right_knee", 0, +1),
        ({"hip_flexion_l": 30}, "left_knee", 0, +1),
        ({"hip_adduction_r": 20}, "right_knee", 2, -1),
        ({"hip_adduction_l": 20}, "left_knee", 2, +1),
        ({"hip_rotation_r": 20}, "right_big_toe", 2, -1),  # inwards
        ({"hip_rotation_l": 20}, "left_big_toe", 2, +1),
        ({"knee_angle_r": 40}, "right_ankle", 0, -1),
        ({"ankle_angle_l": 15}, "left_big_toe", 1, +1),
        ({"mtp_angle_r": 25}, "right_big_toe", 1, +1),
        ({"pelvis_tilt": -15}, "neck", 0, +1),  # anterior tilt is negative in OpenSim
        ({"pelvis_list": 10}, "right_hip", 1, -1),
        ({"pelvis_rotation": 10}, "right_hip", 0, +1),  # to the left
        ({"lumbar_extension": -20}, "neck", 0, +1),
        ({"lumbar_bending": 15}, "neck", 2, +1),
        ({"arm_flex_r": 40}, "right_wrist", 0, +1),
        ({"arm_add_l": -40}, "left_wrist", 2, -1),  # abduction
        ({"elbow_flex_l": 60}, "left_wrist", 0, +1),
        ({"neck_flexion": 30}, "nose", 1, -1),
    ],
)
def test_signs_are_opensims(angles: dict[str, float], landmark: str, axis: int, sign: int) -> None:
    moved = landmarks(**angles)[landmark][axis] - landmarks()[landmark][axis]
    assert sign * moved > 0.01


def test_rotations_are_body_fixed_z_x_y() -> None:
    angles = np.random.default_rng(1).uniform(-1.2, 1.2, (3, 50))
    expected = Rotation.from_euler("ZXY", angles.T).as_matrix()
    rotation = rotation_zxy(*angles)
    np.testing.assert_allclose(rotation, expected, atol=1e-14)
    np.testing.assert_allclose(angles_zxy(rotation), angles, atol=1e-12)


def test_segments_never_change_length() -> None:
    angle = np.random.default_rng(2).uniform(-60, 60, (40, len(COORDINATES)))
    xyz = forward(BODY, angle, np.zeros((40, 3))).landmarks_m()
    for a, b, length in (
        ("right_hip", "right_knee", BODY.thigh_m),
        ("left_knee", "left_ankle", BODY.shank_m),
        ("left_shoulder", "left_elbow", 0.186 * 1.8),
    ):
        between = np.linalg.norm(xyz[:, GAIT_20.index(a)] - xyz[:, GAIT_20.index(b)], axis=1)
        np.testing.assert_allclose(between, length, rtol=1e-12)


def test_every_rotation_is_one() -> None:
    angle = np.random.default_rng(3).uniform(-80, 80, (5, len(COORDINATES)))
    rotation = forward(BODY, angle, np.zeros((5, 3))).rotation
    assert rotation.shape == (5, len(SEGMENTS), 3, 3)
    np.testing.assert_allclose(
        rotation @ np.swapaxes(rotation, -1, -2), np.broadcast_to(np.eye(3), rotation.shape), atol=1e-12
    )
