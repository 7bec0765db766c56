"""What a network says of one joint of one leg."""

from __future__ import annotations

from dataclasses import dataclass

from kinelab.body.joint_axes import Side
from kinelab.core.checks import Array, Problems, read_only
from kinelab.core.timebase import Timebase


@dataclass(frozen=True, eq=False)
class JointEstimate:
    """Angles of a joint and orientations of the two segments next to it, with standard deviations.

    angle_deg (T, 3) in the order of `segment_motion.angle_names`; rotation (T, 2, 3, 3) segment to ground,
    ground's X where the person goes (of a left leg as it is, not its mirror image). NaN where readings were
    lost.

    A network errs in two ways, and only one of them averages out: angle_offset_sd_deg (3,) and
    rotation_offset_sd_deg (2,), about any axis, are of what stays over a recording (the person's build, how
    sensors sit); angle_sd_deg (3,) and rotation_sd_deg (2,) are of what varies within a stride.
    """

    joint: str
    side: Side
    time: Timebase
    angle_deg: Array
    rotation: Array
    angle_offset_sd_deg: Array
    angle_sd_deg: Array
    rotation_offset_sd_deg: Array
    rotation_sd_deg: Array

    def __post_init__(self) -> None:
        n = self.time.n
        with Problems(f"JointEstimate {self.joint} {self.side}") as problems:
            for name, shape in (
                ("angle_deg", (n, 3)),
                ("rotation", (n, 2, 3, 3)),
                ("angle_offset_sd_deg", (3,)),
                ("angle_sd_deg", (3,)),
                ("rotation_offset_sd_deg", (2,)),
                ("rotation_sd_deg", (2,)),
            ):
                object.__setattr__(self, name, read_only(getattr(self, name)))
                problems.shape(name, getattr(self, name), shape)
