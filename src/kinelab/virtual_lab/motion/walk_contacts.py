"""When heel, ball and toes of a walker's feet stand: the rockers of the foot."""

from __future__ import annotations

import numpy as np

from kinelab.core.events import SIDES, Side
from kinelab.virtual_lab.motion.floor_contact import Point
from kinelab.virtual_lab.motion.footfalls import Footfalls
from kinelab.virtual_lab.motion.footprint import Stand, flat_sole, point_stands, turned
from kinelab.virtual_lab.motion.gait_curves import INSTANTS, TOE_OFF, evaluate
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.motion.walk_pose import Gait

# Canonical phases (Perry & Burnfield 2010, ch. 3, from memory): the forefoot is down by about a tenth of the
# stride, the heel leaves the floor at about a third, the ball after the other foot has landed.
_FLAT, _HEEL_OFF, _BALL_OFF = 0.12, 0.32, 0.55
_USUAL_PITCH_DEG = 18.0  # of the foot at contact
_AROUND_S = 1.5  # before and after: pauses are between two stands


def walk_stands(mover: Mover, gait: Gait, footfalls: Footfalls, start_s: float, stop_s: float) -> list[Stand]:
    """Stands of all bearing points of the steps that touch [start, stop)."""
    found, steps = [], np.arange(1, footfalls.right.size - 1)
    for side in SIDES:
        windows, sole = contact_windows(gait, side), flat_sole(mover, side)
        for step in steps[footfalls.right[steps] == (side == "right")]:
            instants_s = footfalls.instants_s(int(step))
            if instants_s[0] > stop_s + _AROUND_S or instants_s[-1] < start_s - _AROUND_S:
                continue
            times = [(point, *np.interp(window, INSTANTS, instants_s)) for point, window in windows.items()]
            heel_m, yaw = footfalls.heel_m[step], footfalls.yaw[step]
            found += point_stands(side, times, {r: heel_m + turned(m, yaw) for r, m in sole.items()})
    return found


def contact_windows(gait: Gait, side: Side) -> dict[Point, tuple[float, float]]:
    """Canonical phases in which each point of a foot stands.

    The steeper the foot lands, the later it is flat; a foot that lands with its toes down does so ball first.
    """
    steep = strike_pitch_deg(gait, side) / _USUAL_PITCH_DEG
    heel_from = 0.1 * float(np.clip(-steep, 0.0, 1.0))
    flat_from = _FLAT * float(np.clip(steep, 0.0, 1.4)) if steep > 0 else 0.0
    toe_from = flat_from + 0.02
    return {"heel": (heel_from, _HEEL_OFF), "ball": (flat_from, _BALL_OFF), "toe": (toe_from, TOE_OFF)}


def strike_pitch_deg(gait: Gait, side: Side) -> float:
    """Pitch of the foot against the floor as the leg's curves have it at contact, toes up positive."""
    leg = {name: float(evaluate(series, np.zeros(1))[0]) for name, series in gait.legs.items()}
    tilt = float(evaluate(gait.body["pelvis_tilt"], np.full(1, 0.0 if side == "right" else 0.5))[0])
    hip, knee, ankle = (leg[f"{name}_{side[0]}"] for name in ("hip_flexion", "knee_angle", "ankle_angle"))
    return tilt + hip - knee + ankle
