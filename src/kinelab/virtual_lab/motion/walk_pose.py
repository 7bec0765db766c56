"""The nominal pose of a walker: what every joint would do if the feet were not bound to the floor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import Side
from kinelab.virtual_lab.gravity import GRAVITY_MPS2
from kinelab.virtual_lab.motion.gait_curves import (
    FASTER,
    HARMONICS,
    NORMAL,
    NORMAL_SPEED,
    Series,
    bump,
    evaluate,
    later,
    wave,
)  # fmt: skip
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.motion.posture import hanging_arm_deg
from kinelab.virtual_lab.motion.walk_style import LEG_CURVES, PELVIS_CURVES, WalkStyle

_SIDES: tuple[Side, Side] = ("right", "left")
# Hanging arms of a walker: palms to the thighs, hands relaxed. Own choice.
_ARM_REST_DEG = {"arm_rot": 4.0, "pro_sup": 92.0, "wrist_flex": 6.0, "wrist_dev": 5.0}
_ARM_BACK_DEG = (
    5.0  # middle of the swing behind the vertical (Murray 1967, Am J Phys Med 46:290, from memory)
)
_ELBOW_SHARE = 0.4  # of the arm's swing that the elbow adds as the arm comes forward (same)
_HIP_OUT = 0.4  # of the toe-out that the swinging leg takes in the hip
_LEAST_KNEE, _SOFT_KNEE = np.radians(1.5), np.radians(1.5)


@dataclass(frozen=True, eq=False)
class Gait:
    """Curves of one walker in degrees by full coordinate name: `legs` in the canonical phase of their leg,
    `body` (pelvis, trunk, neck, arms) in the body's. hip_scale multiplies the swing of the thighs about its
    mean; it follows from the step length."""

    legs: dict[str, Series]
    body: dict[str, Series]
    hip_scale: float = 1.0


def make_gait(mover: Mover, style: WalkStyle) -> Gait:
    """All curves of a person's walk, for steps of normal length."""
    faster = style.speed_mps / np.sqrt(GRAVITY_MPS2 * mover.leg_m) - NORMAL_SPEED
    usual = {name: series + faster * FASTER.get(name, 0.0) for name, series in NORMAL.items()}
    own = {name: _own(style, name, None) for name in PELVIS_CURVES}
    legs = {}
    for side, sign in zip(_SIDES, (1.0, -1.0), strict=True):
        for name in LEG_CURVES:
            legs[f"{name}_{side[0]}"] = usual[name] + _own(style, name, side)
        # What the pelvis does otherwise than usual does not turn the thighs: the hips take it up.
        tilt, list_, turn = (later(own[name], 0.0 if side == "right" else 0.5) for name in PELVIS_CURVES)
        legs[f"hip_flexion_{side[0]}"] -= tilt
        legs[f"hip_adduction_{side[0]}"] -= sign * list_
        legs[f"hip_rotation_{side[0]}"] -= sign * turn + _HIP_OUT * _pick(style.toe_out_deg, side) * wave(
            0, 0
        )
    pelvis = {name: usual[name] + own[name] for name in PELVIS_CURVES}
    return Gait(legs, {**pelvis, **_trunk(style, pelvis), **_arms(mover, style)})


def nominal_pose(mover: Mover, gait: Gait, phase: dict[Side, Array], body_phase: Array) -> Array:
    """Coordinates (T, C) rad at the phases (T,) of legs and body, the mid-ASIS at the origin."""
    pose = np.tile(mover.model.default_coordinates, (body_phase.size, 1))
    pose[:, [mover.column(f"pelvis_t{axis}") for axis in "xyz"]] = 0.0
    for name, angle in _angles(gait.body, body_phase).items():
        pose[:, mover.column(name)] = angle
    for side in _SIDES:
        mine = {name: series for name, series in gait.legs.items() if name.endswith(f"_{side[0]}")}
        for name, angle in _angles(mine, phase[side]).items():
            if name.startswith("hip_flexion"):
                middle = np.radians(mine[name][0].real)
                angle = middle + gait.hip_scale * (angle - middle)
            if name.startswith("knee_angle"):
                angle = _LEAST_KNEE + _SOFT_KNEE * np.logaddexp(0.0, (angle - _LEAST_KNEE) / _SOFT_KNEE)
            pose[:, mover.column(name)] = angle
    return pose


def _angles(curves: dict[str, Series], phase: Array) -> dict[str, Array]:
    values = np.radians(evaluate(np.stack(list(curves.values())), phase))
    return dict(zip(curves, values, strict=True))


def _trunk(style: WalkStyle, pelvis: dict[str, Series]) -> dict[str, Series]:
    """Trunk and head. Planned in the ground frame, then against the pelvis: angles this small just add."""
    lean = style.trunk_lean_deg * wave(0, 0) + 0.8 * wave(2, 0.06)
    right, left = style.trunk_bend_deg
    bend = right * bump(0.27, 0.19) - left * bump(0.77, 0.19)
    turn = -style.trunk_turn_deg * wave(1, 0.03)
    trunk = {
        "lumbar_extension": -lean - pelvis["pelvis_tilt"],
        "lumbar_bending": bend - pelvis["pelvis_list"],
        "lumbar_rotation": turn - pelvis["pelvis_rotation"],
        # The gaze stays level and ahead.
        "neck_extension": 0.9 * lean,
        "neck_bending": -0.8 * bend,
        "neck_rotation": -0.9 * turn,
    }
    return {name: series + _own(style, name, None) for name, series in trunk.items()}


def _arms(mover: Mover, style: WalkStyle) -> dict[str, Series]:
    """Arms that hang from the leaning trunk and swing with the opposite leg."""
    arms: dict[str, Series] = {}
    for side, front in zip(_SIDES, (0.54, 0.04), strict=True):
        swing, elbow = _pick(style.arm_swing_deg, side), _pick(style.elbow_deg, side)
        curves = {name: degrees * wave(0, 0) for name, degrees in _ARM_REST_DEG.items()}
        curves["arm_add"] = hanging_arm_deg(mover) * wave(0, 0)
        curves["arm_flex"] = (style.trunk_lean_deg - _ARM_BACK_DEG) * wave(0, 0) + swing * wave(1, front)
        curves["elbow_flex"] = elbow * wave(0, 0) + _ELBOW_SHARE * swing * (
            wave(0, 0) + wave(1, front + 0.04)
        )
        shift = 0.0 if side == "right" else 0.5
        for name, series in curves.items():
            arms[f"{name}_{side[0]}"] = series + later(_own(style, name, side), shift)
    return arms


def _own(style: WalkStyle, name: str, side: Side | None) -> Series:
    """What the style adds to a curve, in the phase of that side."""
    series = np.zeros(HARMONICS + 1, complex)
    for one in style.deviations:
        if one.coordinate == name and one.side in (None, side):
            shape = bump(one.centre, one.width) if one.wave is None else wave(one.wave, one.centre)
            series = series + one.degrees * shape
    return series


def _pick(pair: tuple[float, float], side: Side) -> float:
    return pair[0] if side == "right" else pair[1]
