"""The planar angles that a perfect camera would measure, from exact joint centres."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.skeletons import GAIT_20

PLANAR_NAMES: tuple[str, ...] = (
    "hip_flexion_r", "knee_angle_r", "ankle_angle_r", "hip_flexion_l", "knee_angle_l", "ankle_angle_l",
)  # fmt: skip


def planar_angles(landmarks_m: Array) -> Array:
    """Hip, knee and ankle angles in the sagittal plane of walking, (T, 6) deg in the order of `PLANAR_NAMES`.

    landmarks_m (T, 20, 3) of `GAIT_20` in the ground frame; the plane is X (walking) and Y (up), whatever
    the camera. Definitions as in the table of planar angles of docs/conventions.md: a hip is measured
    against the trunk's long axis, a foot from heel to big toe. They differ from the model's own joint
    angles: the hip by the pelvis' tilt and the trunk's lean, the ankle by the bend of the toes.
    """
    plane = landmarks_m[..., :2]

    def vector(start: str, stop: str) -> Array:
        between: Array = plane[:, GAIT_20.index(stop)] - plane[:, GAIT_20.index(start)]
        return between

    shoulders = plane[:, GAIT_20.index("left_shoulder")] + plane[:, GAIT_20.index("right_shoulder")]
    hips = plane[:, GAIT_20.index("left_hip")] + plane[:, GAIT_20.index("right_hip")]
    trunk = shoulders - hips
    lean = np.unwrap(np.arctan2(trunk[:, 0], trunk[:, 1]))
    columns = []
    for side in ("right", "left"):
        thigh = _from_down(vector(f"{side}_hip", f"{side}_knee"))
        shank = _from_down(vector(f"{side}_knee", f"{side}_ankle"))
        along = vector(f"{side}_heel", f"{side}_big_toe")
        foot = np.unwrap(np.arctan2(along[:, 1], along[:, 0]))
        columns += [thigh + lean, thigh - shank, foot - shank]
    return np.degrees(np.stack(columns, axis=1))


def _from_down(vector: Array) -> Array:
    angle: Array = np.unwrap(np.arctan2(vector[:, 0], -vector[:, 1]))
    return angle
