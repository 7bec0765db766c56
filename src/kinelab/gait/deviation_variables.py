"""The nine curves of GPS and GDI: their names, signs and where kinelab's own angles give them.

Signs are those of clinical gait laboratories (Plug-in Gait), seen from the leg that is scored; kinelab's own
(docs/conventions.md, OpenSim's) are turned into them here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array
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


def nine_curves(strides: Strides, kinematics: Kinematics | None = None) -> dict[Side, Array]:
    """The used strides of each side as (n, 9, 101) deg in the order of `VARIABLES`; NaN where not measured.

    kinematics: those that the strides were cut from. With them pelvic rotation is against the way of each
    stride (where the pelvis goes, or on a treadmill where it faces on average), and the foot's progression is
    found from the leg's angles where there is no column `foot_progression` (outward positive, as the measure
    of that name). Without them rotation is against its own mean over the stride. The foot is that of our own
    body: of an angle of another model it is right to a few degrees only.
    """
    yaw = {} if kinematics is None else _foot_yaw_deg(kinematics)
    found: dict[Side, Array] = {}
    for side in SIDES:
        rows = np.flatnonzero(strides.chosen(side))
        curves = np.full((rows.size, len(VARIABLES), STRIDE_POINTS), np.nan)
        for k, variable in enumerate(VARIABLES):
            name = variable.angle + ("" if variable.of_pelvis else f"_{side[0]}")
            if name in strides.names:
                sign = variable.right if side == "right" else variable.left
                curves[:, k] = sign * strides.curves_deg[rows, :, strides.names.index(name)]
        for i, row in enumerate(rows.tolist()):
            way = _way_deg(strides, row, kinematics)
            sign = 1 if side == "right" else -1
            curves[i, _ROTATION] = _wrapped(curves[i, _ROTATION] - sign * way)
            if side in yaw and not np.isfinite(curves[i, _FOOT]).any():
                curves[i, _FOOT] = sign * _wrapped(_at(strides, row, kinematics, yaw[side]) - way)
        found[side] = curves
    return found


def _way_deg(strides: Strides, row: int, kinematics: Kinematics | None) -> float:
    """Direction of one stride as an angle of pelvis_rotation (about Y, from X forward to the left), deg."""
    if kinematics is not None and kinematics.pelvis_position_m is not None:
        time_s, place = kinematics.time.time_s, kinematics.pelvis_position_m
        ends = np.array([strides.start_s[row], strides.stop_s[row]])
        forward_m, right_m = (float(np.diff(np.interp(ends, time_s, place[:, axis]))[0]) for axis in (0, 2))
        if np.hypot(forward_m, right_m) > _WALKED_M:
            return float(np.degrees(np.arctan2(-right_m, forward_m)))
    if "pelvis_rotation" not in strides.names:
        return float("nan")
    curve = np.radians(strides.curves_deg[row, :, strides.names.index("pelvis_rotation")])
    return float(np.degrees(np.angle(np.exp(1j * curve).mean())))


def _foot_yaw_deg(kinematics: Kinematics) -> dict[Side, Array]:
    """Where each foot points, as an angle of pelvis_rotation, (T,) deg; sides whose angles are all there."""
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
            found[side] = np.degrees(np.arctan2(-ahead[:, 2], ahead[:, 0]))
    return found


def _at(strides: Strides, row: int, kinematics: Kinematics | None, yaw_deg: Array) -> Array:
    """An angle (T,) over 0 to 100 % of one stride, (101,) deg; NaN beside a frame that is."""
    assert kinematics is not None
    wanted_s = np.linspace(strides.start_s[row], strides.stop_s[row], STRIDE_POINTS)
    turned = np.exp(1j * np.radians(yaw_deg))
    both = (np.interp(wanted_s, kinematics.time.time_s, part) for part in (turned.real, turned.imag))
    real, imaginary = both
    curve: Array = np.degrees(np.arctan2(imaginary, real))
    return curve


def _wrapped(angle_deg: Array) -> Array:
    """Between -180 and 180 deg."""
    wrapped: Array = (angle_deg + 180.0) % 360.0 - 180.0
    return wrapped
