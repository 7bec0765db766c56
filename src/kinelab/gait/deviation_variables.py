"""The nine curves of GPS and GDI: their names, signs and where kinelab's own angles give them.

Signs are those of clinical gait laboratories (Plug-in Gait), seen from the leg that is scored; kinelab's own
(docs/conventions.md, OpenSim's) are turned into them here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array, IntArray
from kinelab.core.events import SIDES, Side
from kinelab.core.kinematics import Kinematics
from kinelab.core.strides import STRIDE_POINTS, Strides

_WALKED_M = 0.25  # a stride that moves the pelvis less was made on a treadmill or on the spot


@dataclass(frozen=True)
class Variable:
    """One curve of the nine. angle: stem of kinelab's; right, left: its sign for a right and a left leg.

    of_pelvis: one angle for both legs; the others end in _r and _l.
    """

    name: str
    label: str
    positive: str
    angle: str
    right: int = 1
    left: int = 1
    of_pelvis: bool = False


# Schwartz & Rozumalski 2008 and Baker et al. 2009 use these nine, in this order here.
VARIABLES = (
    # OpenSim's pelvis turns about Z (to the right), X (forward), Y (up): tilt is backward positive, list is
    # right side down, rotation is right side forward.
    Variable("pelvic_tilt", "Pelvic tilt", "forward", "pelvis_tilt", -1, -1, of_pelvis=True),
    Variable("pelvic_obliquity", "Pelvic obliquity", "this side up", "pelvis_list", -1, 1, of_pelvis=True),
    Variable("pelvic_rotation", "Pelvic rotation", "this side forward", "pelvis_rotation", 1, -1,
             of_pelvis=True),
    Variable("hip_flexion", "Hip flexion", "flexion", "hip_flexion"),
    Variable("hip_adduction", "Hip adduction", "adduction", "hip_adduction"),
    Variable("hip_rotation", "Hip rotation", "inward", "hip_rotation"),
    Variable("knee_flexion", "Knee flexion", "flexion", "knee_angle"),
    Variable("ankle_dorsiflexion", "Ankle dorsiflexion", "dorsiflexion", "ankle_angle"),
    Variable("foot_progression", "Foot progression", "toes inward", "foot_progression", -1, -1),
)  # fmt: skip
NAMES = tuple(variable.name for variable in VARIABLES)
PELVIC = tuple(variable.of_pelvis for variable in VARIABLES)
_FOOT = NAMES.index("foot_progression")
_ROTATION = NAMES.index("pelvic_rotation")
_LEG = ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle")
_PELVIS = ("pelvis_tilt", "pelvis_list", "pelvis_rotation")


def nine_curves(
    strides: Strides, kinematics: Kinematics | None = None, feet: Mapping[Side, Array] | None = None
) -> dict[Side, Array]:
    """The used strides of each side as (n, 9, 101) deg in the order of `VARIABLES`; NaN where not measured.

    kinematics: those that the strides were cut from. With them pelvic rotation is against the way of each
    stride (where the pelvis goes, or on a treadmill where it faces on average), and the foot's progression is
    found from the leg's angles where there is no column `foot_progression` (outward positive, as the measure
    of that name). Without them rotation is against its own mean over the stride. The foot is that of our own
    body: of an angle of another model it is right to a few degrees only. feet: what `foot_ways` gives for
    these kinematics, where it is known already.
    """
    if feet is None:
        feet = {} if kinematics is None else foot_ways(kinematics)
    found: dict[Side, Array] = {}
    for side in SIDES:
        rows = np.flatnonzero(strides.chosen(side))
        curves = np.full((rows.size, len(VARIABLES), STRIDE_POINTS), np.nan)
        for k, variable in enumerate(VARIABLES):
            name = variable.angle + ("" if variable.of_pelvis else f"_{side[0]}")
            if name in strides.names:
                sign = variable.right if side == "right" else variable.left
                curves[:, k] = sign * strides.curves_deg[rows, :, strides.names.index(name)]
        sign = 1 if side == "right" else -1
        way = _ways_deg(strides, rows, kinematics)[:, None]
        curves[:, _ROTATION] = _wrapped(curves[:, _ROTATION] - sign * way)
        if kinematics is not None and side in feet and rows.size:
            yaw = _yaw_deg(strides, rows, kinematics, feet[side])
            unknown = ~np.isfinite(curves[:, _FOOT]).any(axis=1)
            curves[unknown, _FOOT] = sign * _wrapped(yaw - way)[unknown]
        found[side] = curves
    return found


def _ways_deg(strides: Strides, rows: IntArray, kinematics: Kinematics | None) -> Array:
    """Direction of each stride as an angle of pelvis_rotation (about Y, from X forward to the left), deg."""
    ways = np.full(rows.size, np.nan)
    if "pelvis_rotation" in strides.names:
        curve = np.radians(strides.curves_deg[rows, :, strides.names.index("pelvis_rotation")])
        ways = np.degrees(np.angle(np.exp(1j * curve).mean(axis=1)))
    if kinematics is not None and kinematics.pelvis_position_m is not None:
        time_s, place = kinematics.time.time_s, kinematics.pelvis_position_m
        ends = np.stack([strides.start_s[rows], strides.stop_s[rows]])
        forward_m, right_m = (np.diff(np.interp(ends, time_s, place[:, i]), axis=0)[0] for i in (0, 2))
        walked = np.hypot(forward_m, right_m) > _WALKED_M
        ways = np.where(walked, np.degrees(np.arctan2(-right_m, forward_m)), ways)
    return ways


def foot_ways(kinematics: Kinematics) -> dict[Side, Array]:
    """Where each foot points, (2, T) forward and left, of length 1; sides whose angles are all there."""
    # Here, because the compiled model is not needed where the foot's angle was measured.
    from kinelab.body.forward import forward
    from kinelab.body.own_body import own_body

    model = own_body()
    known = {c.name: i for i, c in enumerate(model.coordinates)}
    pose = np.tile(model.default_coordinates, (kinematics.time.n, 1))
    columns = [name for name in kinematics.names if name in known]
    for name in columns:
        angle = np.where(kinematics.valid[:, kinematics.column(name)], kinematics.of(name), np.nan)
        pose[:, known[name]] = np.radians(angle)
    found: dict[Side, Array] = {}
    sides = [side for side in SIDES if {*_PELVIS, *(f"{stem}_{side[0]}" for stem in _LEG)} <= set(columns)]
    if sides:
        placed = forward(model, pose)
        bodies = [body.name for body in model.bodies]
        for side in sides:
            ahead = placed.rotation[:, bodies.index(f"calcn_{side[0]}"), :, 0]
            found[side] = np.stack([ahead[:, 0], -ahead[:, 2]]) / np.hypot(ahead[:, 0], ahead[:, 2])
    return found


def _yaw_deg(strides: Strides, rows: IntArray, kinematics: Kinematics, ways: Array) -> Array:
    """A direction (2, T) over 0 to 100 % of strides as an angle of pelvis_rotation, (n, 101) deg.

    NaN beside a frame that is.
    """
    wanted_s = np.linspace(strides.start_s[rows], strides.stop_s[rows], STRIDE_POINTS, axis=1)
    forward, left = (np.interp(wanted_s, kinematics.time.time_s, part) for part in ways)
    yaw: Array = np.degrees(np.arctan2(left, forward))
    return yaw


def _wrapped(angle_deg: Array) -> Array:
    """Between -180 and 180 deg."""
    wrapped: Array = (angle_deg + 180.0) % 360.0 - 180.0
    return wrapped
