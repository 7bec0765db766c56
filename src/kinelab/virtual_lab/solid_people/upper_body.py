"""Pelvis, trunk, head and arms of a walker as smooth functions of the stride."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array
from kinelab.virtual_lab.solid_people.posture import angles_zxy, rotation_zxy
from kinelab.virtual_lab.solid_people.walk_style import WalkStyle

# Excursions of the pelvis' centre at free speed, m: sideways and forward about the steady advance
# (Perry & Burnfield 2010, ch. 3: about 4 cm from side to side).
_SIDEWAYS_M = 0.018
_SURGE_M = 0.010


@dataclass(frozen=True, eq=False)
class PelvisPath:
    """tilt, list, rotation (T,) rad; rotation matrix (T, 3, 3) to ground; position_m (T, 3), height 0."""

    tilt: Array
    list_: Array
    turn: Array
    rotation: Array
    position_m: Array


def pelvis_path(style: WalkStyle, cycle: Array) -> PelvisPath:
    """Pelvis over the right foot's strides (cycle 0 = right initial contact), without its height.

    The side that lands is rotated forward; the side that swings drops a little after the other has landed.
    """
    turn = 2 * np.pi * cycle
    tilt = np.radians(-style.pelvic_tilt_deg + 1.0 * np.cos(2 * turn - 0.6))
    list_ = np.radians(-style.pelvic_list_deg * np.sin(turn + 0.5))
    rotation = np.radians(style.pelvic_rotation_deg) * np.cos(turn - 0.1)
    x = style.stride_length_m * cycle + _SURGE_M * np.sin(2 * (turn - 0.4))
    z = _SIDEWAYS_M * np.cos(turn - 2 * np.pi * 0.31)
    position = np.stack([x, np.zeros_like(x), z], axis=1)
    return PelvisPath(tilt, list_, rotation, rotation_zxy(tilt, list_, rotation), position)


def upper_body_angles(style: WalkStyle, pelvis: PelvisPath, cycle: Array) -> dict[str, Array]:
    """Angles (deg) of pelvis, trunk, neck and arms, each (T,), under their names.

    The trunk stands steadily in the ground frame and turns against the pelvis; the lumbar angles are what
    lies between. Each arm swings with the opposite leg, its elbow bending as it comes forward.
    """
    turn = 2 * np.pi * cycle
    lean = np.radians(style.trunk_lean_deg + 0.8 * np.cos(2 * turn - 1.0))
    sway = np.radians(1.0) * np.sin(turn + 0.5)
    twist = -np.radians(style.trunk_rotation_deg) * np.cos(turn - 0.1)
    torso = rotation_zxy(-lean, sway, twist)
    extension, bending, rotation = angles_zxy(np.swapaxes(pelvis.rotation, -1, -2) @ torso)
    angles = {
        "pelvis_tilt": pelvis.tilt,
        "pelvis_list": pelvis.list_,
        "pelvis_rotation": pelvis.turn,
        "lumbar_extension": extension,
        "lumbar_bending": bending,
        "lumbar_rotation": rotation,
        # The gaze stays level and ahead.
        "neck_flexion": -lean * 0.8,
        "neck_rotation": -twist * 0.8,
    }
    swing = np.radians(style.arm_swing_deg)
    for s, forward in (("r", -np.cos(turn - 0.2)), ("l", np.cos(turn - 0.2))):
        angles[f"arm_flex_{s}"] = lean - np.radians(3.0) + swing * forward
        angles[f"arm_add_{s}"] = np.full_like(turn, np.radians(-8.0))
        angles[f"elbow_flex_{s}"] = np.radians(style.elbow_deg) + 0.3 * swing * (1 + forward)
    return {name: np.degrees(values) for name, values in angles.items()}
