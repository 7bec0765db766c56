"""One joint of one leg in one trial, as a network learns from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.body.joint_axes import Side
from kinelab.core.checks import Array, Problems, read_only
from kinelab.core.recording import Imu
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.inertial.segment_motion import Activity, SegmentMotion, joint_segments

_SPECIFIC_FORCE_MIRROR = np.array([1.0, 1.0, -1.0])
_ANGULAR_VELOCITY_MIRROR = np.array([-1.0, -1.0, 1.0])


@dataclass(frozen=True, eq=False)
class JointTrial:
    """Readings of the sensors proximal and distal of a joint (axis 1), and the truth.

    acc_mps2, gyr_radps (T, 2, 3) in the sensors' axes. angle_deg (T, 3). rotation (T, 2, 3, 3) segment to
    ground. Data of a left leg that are `mirrored` are those of its mirror image in the sagittal plane, a
    right leg. NaN = lost.
    """

    person: str
    trial: str
    activity: Activity
    joint: str
    side: Side
    time: Timebase
    acc_mps2: Array
    gyr_radps: Array
    angle_deg: Array
    rotation: Array
    mirrored: bool

    def __post_init__(self) -> None:
        n = self.time.n
        with Problems(f"JointTrial {self.person} {self.trial} {self.joint} {self.side}") as problems:
            for name, shape in (
                ("acc_mps2", (n, 2, 3)),
                ("gyr_radps", (n, 2, 3)),
                ("angle_deg", (n, 3)),
                ("rotation", (n, 2, 3, 3)),
            ):
                object.__setattr__(self, name, read_only(getattr(self, name)))
                problems.shape(name, getattr(self, name), shape)


def joint_trial(
    motion: SegmentMotion, imu: Imu, joint: str, side: Side, *, mirror: bool = True
) -> JointTrial:
    """The part of a trial that concerns one joint.

    imu: readings of the motion's sensors at the motion's times. mirror: turn left legs into right ones in
    every quantity. (Rapp et al. 2021 flipped the signs of the left angles and left the readings as they were:
    mirror=False. The angles are the same either way.)

    Raises:
        InputError: other segments or times in `imu` than in `motion`; no such joint.
    """
    if imu.segments != motion.segments or imu.time.n != motion.time.n:
        raise InputError(
            f"{motion.person} {motion.trial}: the readings are of other segments or times than the motion"
        )
    rows = [motion.index(segment) for segment in joint_segments(joint, side)]
    turned = mirror and side == "left"
    acc_mps2, gyr_radps = mirror_readings(imu.acc_mps2[:, rows], imu.gyr_radps[:, rows], turned)
    rotation = motion.segment_rotation[:, rows]
    if turned:
        rotation = rotation * np.outer(_SPECIFIC_FORCE_MIRROR, _SPECIFIC_FORCE_MIRROR)
    return JointTrial(
        motion.person, motion.trial, motion.activity, joint, side, motion.time,
        acc_mps2, gyr_radps, motion.angles_deg(joint, side), rotation, turned,
    )  # fmt: skip


def mirror_readings(acc_mps2: Array, gyr_radps: Array, mirror: bool) -> tuple[Array, Array]:
    """Readings (..., 3) of the mirror image in the X-Y plane: a force keeps x and y, a turning keeps z."""
    if not mirror:
        return acc_mps2, gyr_radps
    return acc_mps2 * _SPECIFIC_FORCE_MIRROR, gyr_radps * _ANGULAR_VELOCITY_MIRROR
