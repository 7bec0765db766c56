"""Cutting a movement that repeats itself without touching the ground: runners in deep water, cyclists."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, EventKind, GaitEvents, Side
from kinelab.core.kinematics import Kinematics
from kinelab.core.strides import Strides
from kinelab.errors import GaitError
from kinelab.gait.cutting import StrideLimits, cut
from kinelab.gait.tracks import stride_peaks
from kinelab.reports.angle_names import SUFFIX, stem

_JOINTS = ("hip_flexion", "thigh_angle", "knee_angle")
LEAST_RANGE_DEG = 10.0  # a joint that moves through less does not run
# The turning point takes the place of the toe-off: anywhere but at the very ends.
_LIMITS = StrideLimits(stance_share=(0.1, 0.95))


def cycles(kinematics: Kinematics, joint: str | None = None) -> Strides:
    """Strides from each largest flexion of a joint to the next on the same side.

    joint: stem of an angle; None is hip_flexion, else thigh_angle (where no trunk is seen), else knee_angle.

    0 % is the largest flexion; `toe_off_s` holds the smallest in between. In deep water no foot lands, and
    Cronin et al. (2019) do not say in their blog where they cut; the hip's turning point is the sharpest
    event of running in water. Works for every movement in which the joint flexes once a cycle.

    Raises:
        InputError: there is no such angle.
        GaitError: not one whole cycle.
    """
    joint = joint or _first_of(kinematics)
    rows: list[tuple[float, Side, EventKind]] = []
    for side in SIDES:
        if f"{joint}{SUFFIX[side]}" not in kinematics.names and any(
            f"{joint}{SUFFIX[other]}" in kinematics.names for other in SIDES
        ):
            continue  # filmed from one side
        track = _track(kinematics, f"{joint}{SUFFIX[side]}")
        for kind, sign in _KINDS:
            found = stride_peaks(sign * track, kinematics.time.rate_hz, least_range=LEAST_RANGE_DEG)
            rows += [(kinematics.time.start_s + i / kinematics.time.rate_hz, side, kind) for i in found.index]
    rows.sort()
    if not rows:
        raise GaitError(
            f"{joint} never moves through {LEAST_RANGE_DEG:g} deg; is this a movement that repeats itself,"
            " seen from the side?"
        )
    events = GaitEvents(
        side=tuple(side for _, side, _ in rows),
        kind=tuple(kind for *_, kind in rows),
        time_s=np.array([time_s for time_s, *_ in rows]),
        sd_s=np.full(len(rows), np.nan),
        method=(f"largest and smallest {joint}",) * len(rows),
    )
    return cut(kinematics, events, limits=_LIMITS)


_KINDS: tuple[tuple[EventKind, int], ...] = (("ic", 1), ("to", -1))


def _first_of(kinematics: Kinematics) -> str:
    stems = {stem(name) for name in kinematics.names}
    return next((joint for joint in _JOINTS if joint in stems), _JOINTS[0])


def _track(kinematics: Kinematics, name: str) -> Array:
    column = kinematics.column(name)
    track: Array = np.where(kinematics.valid[:, column], kinematics.angle_deg[:, column], np.nan)
    return track
