"""How high the body is over a foot on the floor, for a pose."""

from __future__ import annotations

import numpy as np

from kinelab.body.forward import forward
from kinelab.core.checks import Array
from kinelab.virtual_lab.motion.centre_of_mass import centre_of_mass
from kinelab.virtual_lab.motion.foot_pose import FootTrack, foot_pose, foot_shape
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.motion.perform import ankle_in_calcaneus


def height_over_foot(
    mover: Mover, pose: Array, pitch_deg: float, ahead_m: float, pivot: float, side: str = "r"
) -> float:
    """Height over the floor, m, of the centre of mass when a foot, flat `ahead_m` in front of it, then
    pitches.

    pose (C,) rad: all angles but the thigh's flexion, which turns so that the leg fits.
    """
    one = np.ones(1)
    track = FootTrack(ahead_m * one, 0 * one, 0 * one, 0 * one, np.radians(pitch_deg) * one, pivot * one)
    rotation, position, _ = foot_pose(foot_shape(mover, side), track)
    ankle = position[0] + rotation[0] @ ankle_in_calcaneus(mover, side)
    fitted = pose.copy()
    hip, at = mover.column(f"hip_flexion_{side}"), mover.model.joint_names.index(f"ankle_{side}")
    drop = 1.0
    for _ in range(4):
        placed = forward(mover.model, fitted)
        to_ankle = placed.joint_centre_m[at] - centre_of_mass(mover.model, placed)
        drop = -float(to_ankle[1])
        fitted[hip] += np.clip((ankle[0] - to_ankle[0]) / drop, -0.5, 0.5)
    return drop + float(ankle[1])
