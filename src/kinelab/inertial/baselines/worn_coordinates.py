"""Which body of the skeleton each segment is, and which of its coordinates the worn sensors tell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kinelab.body.joint_axes import JOINTS, joint_rotation
from kinelab.core.kinematics import Kinematics
from kinelab.errors import InputError
from kinelab.inertial.orientations import SegmentOrientations
from kinelab.inertial.segment_motion import LEG_JOINTS, SIDES, joint_segments

BODY_OF = {
    "pelvis": "pelvis", "thigh_r": "femur_r", "thigh_l": "femur_l", "shank_r": "tibia_r",
    "shank_l": "tibia_l", "foot_r": "calcn_r", "foot_l": "calcn_l",
}  # fmt: skip
_PELVIS = JOINTS["pelvis"].names
_OF_JOINT = {
    "hip": ("hip_flexion", "hip_adduction", "hip_rotation"),
    "knee": ("knee_angle", "knee_adduction", "knee_rotation"),
    "ankle": ("ankle_angle", "subtalar_angle"),
}


def worn_on_legs(orientations: SegmentOrientations) -> list[str]:
    """The segments of the body that have a sensor.

    Raises:
        InputError: there is none.
    """
    worn = [segment for segment in orientations.segments if segment in BODY_OF]
    if not worn:
        raise InputError(
            f"no segment that the body has; expected some of {', '.join(BODY_OF)}, found "
            f"{', '.join(orientations.segments)}"
        )
    return worn


def of_the_worn(found: Kinematics, orientations: SegmentOrientations) -> Kinematics:
    """Only the coordinates of joints between two worn segments, and the pelvis' turns if it is worn.

    They are valid where both segments are known: a body whose knee is a hinge could tell the knee from thigh
    and foot, but this is no measurement of the shank.
    """
    seen = {name: np.isfinite(orientations.of(name)).all(axis=(1, 2)) for name in worn_on_legs(orientations)}
    between = {
        f"{name}_{side[0]}": joint_segments(joint, side)
        for side in SIDES
        for joint in LEG_JOINTS
        if set(joint_segments(joint, side)) <= set(seen)
        for name in _OF_JOINT[joint]
    }
    between |= {name: ("pelvis", "pelvis") for name in _PELVIS if "pelvis" in seen}
    names = tuple(name for name in between if name in found.names)
    kept = [found.column(name) for name in names]
    valid = found.valid[:, kept]
    for column, name in enumerate(names):
        valid[:, column] &= seen[between[name][0]] & seen[between[name][1]]
    turns = [found.of(name) for name in _PELVIS] if set(_PELVIS) <= set(names) else []
    return replace(
        found,
        names=names,
        angle_deg=np.where(valid, found.angle_deg[:, kept], np.nan),
        sd_deg=np.where(valid, found.sd_deg[:, kept], np.nan),
        valid=valid,
        pelvis_rotation=joint_rotation(np.radians(np.stack(turns, axis=1)), "pelvis") if turns else None,
        pelvis_position_m=None,
    )
