"""Orientations and joint angles of a whole recording, with what they rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from kinelab.core.checks import Array, Problems, read_only
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.inertial.refinement.joints_told import JointKey


@dataclass(frozen=True, eq=False)
class SmoothedMotion:
    """S segments over T times, and the joints between them.

    segment_rotation (T, S, 3, 3): segment to ground (Y up; X where the first segment faced at the start),
    NaN where the segment's sample was lost. angle_deg and sd_deg, (T, 3) for each joint and side in the order
    of `segment_motion.angle_names`: NaN where a sample of either sensor was lost; sd_deg is of one sample,
    what is constant over the recording included. bias_radps (S, 3): the gyroscopes' mean bias, in segment
    axes. alignment_deg and alignment_sd_deg (S, 3): by how much the calibration was found to be off, about
    the segment's axes. rests_on: in words, what each joint's heading comes from.
    """

    segments: tuple[str, ...]
    time: Timebase
    segment_rotation: Array
    angle_deg: Mapping[JointKey, Array]
    sd_deg: Mapping[JointKey, Array]
    bias_radps: Array
    alignment_deg: Array
    alignment_sd_deg: Array
    rests_on: Mapping[JointKey, str]

    def __post_init__(self) -> None:
        n, count = self.time.n, len(self.segments)
        with Problems("SmoothedMotion") as problems:
            problems.unique("segments", self.segments)
            for name, shape in (
                ("segment_rotation", (n, count, 3, 3)),
                ("bias_radps", (count, 3)),
                ("alignment_deg", (count, 3)),
                ("alignment_sd_deg", (count, 3)),
            ):
                object.__setattr__(self, name, read_only(getattr(self, name)))
                problems.shape(name, getattr(self, name), shape)
            for name in ("angle_deg", "sd_deg"):
                angles = {key: read_only(values) for key, values in getattr(self, name).items()}
                object.__setattr__(self, name, MappingProxyType(angles))
                for (joint, side), values in angles.items():
                    problems.shape(f"{name} of {joint} {side}", values, (n, 3))
        object.__setattr__(self, "rests_on", MappingProxyType(dict(self.rests_on)))

    def index(self, segment: str) -> int:
        """Row of a segment; raises `InputError` that lists what exists."""
        if segment not in self.segments:
            raise InputError(f"no segment {segment!r} here; there are {', '.join(self.segments)}")
        return self.segments.index(segment)

    def inclination_deg(self, segment: str) -> Array:
        """(T,) turn of a segment about the axis to its right from upright: lower end forward (foot: toes up)
        is positive, as docs/conventions.md counts thigh, shank and foot."""
        forward = self.segment_rotation[:, self.index(segment), 1]
        return np.asarray(np.degrees(np.arctan2(forward[:, 0], forward[:, 1])))
