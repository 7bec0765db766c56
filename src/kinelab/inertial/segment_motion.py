"""How a person's segments and the sensors on them move: what sensor readings are made from and judged by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from kinelab.body.joint_axes import JOINTS, Side, joint_angles
from kinelab.core.checks import Array, Problems, read_only
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError

Activity = Literal["walking", "running"]
LEG_JOINTS = ("hip", "knee", "ankle")
SIDES: tuple[Side, Side] = ("right", "left")


def joint_segments(joint: str, side: Side) -> tuple[str, str]:
    """The two segments next to a joint of the leg, proximal first: ("thigh_r", "shank_r").

    Raises:
        InputError: not a joint of the leg.
    """
    if joint not in LEG_JOINTS:
        raise InputError(f"no joint {joint!r} of the leg; there are {', '.join(LEG_JOINTS)}")
    letter = side[0]
    chain = ("pelvis", f"thigh_{letter}", f"shank_{letter}", f"foot_{letter}")
    at = LEG_JOINTS.index(joint)
    return chain[at], chain[at + 1]


def angle_names(joint: str, side: Side) -> tuple[str, str, str]:
    """Names of a joint's three angles with their side: ("knee_angle_r", "knee_adduction_r", ...)."""
    first, second, third = (f"{name}_{side[0]}" for name in JOINTS[joint].names)
    return first, second, third


@dataclass(frozen=True, eq=False)
class SegmentMotion:
    """S segments of one person over T times, each with a sensor.

    segment_rotation (T, S, 3, 3): anatomical frame to ground (X forward, Y up, Z to the person's right, in
    both; ground's X is where the person faces or goes). sensor_rotation (T, S, 3, 3): sensor to ground;
    sensor_position_m (T, S, 3) in ground. NaN where not known, in all three.
    """

    person: str
    trial: str
    activity: Activity
    segments: tuple[str, ...]
    time: Timebase
    segment_rotation: Array
    sensor_rotation: Array
    sensor_position_m: Array
    synthetic: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "segments", tuple(self.segments))
        shape = (self.time.n, len(self.segments), 3)
        with Problems(f"SegmentMotion {self.person} {self.trial}") as problems:
            problems.unique("segments", self.segments)
            problems.one_of("activity", self.activity, ("walking", "running"))
            for name, wanted in (
                ("segment_rotation", (*shape, 3)),
                ("sensor_rotation", (*shape, 3)),
                ("sensor_position_m", shape),
            ):
                object.__setattr__(self, name, read_only(getattr(self, name)))
                problems.shape(name, getattr(self, name), wanted)

    def index(self, segment: str) -> int:
        """Row of a segment; raises `InputError` that lists what exists."""
        if segment not in self.segments:
            raise InputError(
                f"{self.person} {self.trial} has no {segment!r}; there are {', '.join(self.segments)}"
            )
        return self.segments.index(segment)

    def has(self, joint: str, side: Side) -> bool:
        """Whether both segments of a joint are there."""
        return set(joint_segments(joint, side)) <= set(self.segments)

    def angles_deg(self, joint: str, side: Side) -> Array:
        """The three true angles of a joint, (T, 3) deg, in the order of `angle_names`."""
        proximal, distal = (self.segment_rotation[:, self.index(s)] for s in joint_segments(joint, side))
        return np.degrees(joint_angles(proximal, distal, joint, side))
