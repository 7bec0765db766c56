"""Walking with feet that neither slide nor sink: normal curves bent to fit exact floor contacts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import GaitEvents, Side
from kinelab.core.timebase import Timebase
from kinelab.virtual_lab.solid_people.bodies import Body
from kinelab.virtual_lab.solid_people.motion import Motion
from kinelab.virtual_lab.solid_people.posture import COORDINATES, angles_zxy, rotation_z
from kinelab.virtual_lab.solid_people.upper_body import pelvis_path, upper_body_angles
from kinelab.virtual_lab.solid_people.walk_plan import LegPlan, WalkPlan, leg_angles, plan_walk
from kinelab.virtual_lab.solid_people.walk_style import WalkStyle


def walk(
    style: WalkStyle,
    body: Body,
    rate_hz: float,
    duration_s: float,
    *,
    start_cycle: float = 0.0,
    start_x_m: float = 0.0,
) -> Motion:
    """Straight walking along +X of the ground frame (the person's right is +Z), floor at Y = 0.

    start_cycle is the place in the right foot's stride at time 0 (0 = right initial contact), start_x_m the
    mid-hip's mean place then. The events are exact and follow from the contacts, not from the angles:

    * initial contact: the heel's rear edge touches the floor and stays where it touched until the foot is
      flat; every 120 / cadence seconds of one foot, exactly.
    * toe-off: the last instant at which the tip of the toes stands still on the floor, `stance_share`
      of the stride later.

    Between them the contact point is fixed: heel, then the whole sole, then the tip of the toes.
    """
    time = Timebase(rate_hz, int(np.floor(duration_s * rate_hz + 1e-9)))
    cycle = start_cycle + time.time_s / style.stride_time_s
    plan = plan_walk(style, body)
    pelvis = pelvis_path(style, cycle)
    position = pelvis.position_m.copy()
    position[:, 1] = plan.pelvis_height_m(cycle)
    angles = np.zeros((time.n, len(COORDINATES)))
    upper = upper_body_angles(style, pelvis, cycle)
    for name, values in upper.items():
        angles[:, COORDINATES.index(name)] = values
    for leg in plan.legs:
        for name, values in _leg_columns(plan, leg, cycle, pelvis.rotation, position).items():
            angles[:, COORDINATES.index(name)] = np.degrees(values)
    # Stride length times cycle is where the mid-hip is on average; shift so that time 0 stands at start_x_m.
    position[:, 0] += start_x_m - start_cycle * style.stride_length_m
    return Motion(body, time, angles, position, _events(style, plan, start_cycle, duration_s))


def _leg_columns(
    plan: WalkPlan, leg: LegPlan, cycle: Array, pelvis: Array, mid_hip_m: Array
) -> dict[str, Array]:
    """OpenSim's angles (rad) of one leg from its angles in the leg's plane."""
    inplane, axes = leg_angles(plan, leg, cycle, pelvis, mid_hip_m)
    thigh, knee, ankle, toes = inplane
    hip = np.swapaxes(pelvis, -1, -2) @ axes @ rotation_z(thigh)
    flexion, adduction, rotation = angles_zxy(hip)
    s = leg.letter
    return {
        f"hip_flexion_{s}": flexion,
        f"hip_adduction_{s}": leg.sign * adduction,
        f"hip_rotation_{s}": leg.sign * rotation,
        f"knee_angle_{s}": knee,
        f"ankle_angle_{s}": ankle,
        f"mtp_angle_{s}": toes,
    }


@dataclass(frozen=True, order=True)
class _Contact:
    time_s: float
    side: Side
    kind: str


def _events(style: WalkStyle, plan: WalkPlan, start_cycle: float, duration_s: float) -> GaitEvents:
    """Exact contacts within [0, duration), in order."""
    found: list[_Contact] = []
    n = int(np.ceil(duration_s / style.stride_time_s)) + 2
    first = int(np.floor(start_cycle)) - 1
    for leg in plan.legs:
        side: Side = "right" if leg.letter == "r" else "left"
        for stride in range(first, first + n + 2):
            for kind, at in (("ic", leg.lands_at), ("to", leg.lands_at + leg.roll.toe_off)):
                time_s = (stride + at - start_cycle) * style.stride_time_s
                if 0 <= time_s < duration_s:
                    found.append(_Contact(time_s, side, kind))
    found.sort()
    return GaitEvents(
        side=tuple(c.side for c in found),
        kind=tuple("ic" if c.kind == "ic" else "to" for c in found),
        time_s=np.array([c.time_s for c in found]),
        sd_s=np.zeros(len(found)),
        method=("virtual_lab",) * len(found),
    )
