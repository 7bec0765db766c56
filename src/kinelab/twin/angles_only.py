"""A twin of angles alone: where nobody knows where the pelvis is, no foot can be put on the ground."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kinelab.core.events import GaitEvents
from kinelab.core.kinematics import Kinematics
from kinelab.errors import InputError
from kinelab.twin.alteration import Alteration
from kinelab.twin.joint_limits import ANKLE_SOFT_DEG, KNEE_SOFT_DEG, hanging, soft_cap, swings


def alter_angles(kinematics: Kinematics, events: GaitEvents, alteration: Alteration) -> Kinematics:
    """A limited knee and a dropped foot of worn sensors' or a side camera's angles; all else stays.

    The curves are cut as in `altering`, but nothing tells what the leg does to stay on the ground: neither
    clearance nor compensation.

    Raises:
        InputError: speed, step length or a way of clearing; an angle that is not there; a dropped foot
            without toe-offs and contacts.
    """
    if alteration.moves_feet or alteration.clearing != "none":
        what = "speed and step length" if alteration.moves_feet else f"clearing by {alteration.clearing}"
        raise InputError(
            f"{what} cannot be altered: these angles do not say where pelvis and feet are (worn sensors, or"
            " one camera's plane), so no foot can be put on the ground. A limited knee and a dropped foot"
            " can; for the rest give a run of kinelab ik, monocular or multicamera with its model"
        )
    angle_deg = kinematics.angle_deg.copy()
    time_s = kinematics.time.time_s
    for side in alteration.sides():
        if alteration.knee_max_deg is not None:
            column = kinematics.column(f"knee_angle_{side[0]}")
            angle_deg[:, column] = soft_cap(angle_deg[:, column], alteration.knee_max_deg, KNEE_SOFT_DEG)
        if alteration.foot_drop_deg is not None:
            if not (events.times(side, "ic").size and events.times(side, "to").size):
                raise InputError(
                    f"no contact or no toe-off of the {side} foot is known: a dropped foot hangs in swing,"
                    " which nothing tells here; is there an events.nc beside the angles?"
                )
            column = kinematics.column(f"ankle_angle_{side[0]}")
            ankle = angle_deg[:, column]
            cut = soft_cap(ankle, -alteration.foot_drop_deg, ANKLE_SOFT_DEG)
            contacts, offs = events.times(side, "ic"), events.times(side, "to")
            hangs = hanging(swings(contacts, offs), time_s, lands=True)
            angle_deg[:, column] = ankle + np.where(hangs > 0, hangs * (cut - ankle), 0.0)
    said = "; ".join(alteration.words())
    steps = (*kinematics.provenance.steps, f"digital twin, altered in silico, never measured: {said}")
    return replace(
        kinematics,
        angle_deg=angle_deg,
        sd_deg=np.full_like(angle_deg, np.nan),
        provenance=replace(kinematics.provenance, synthetic=True, steps=steps),
    )
