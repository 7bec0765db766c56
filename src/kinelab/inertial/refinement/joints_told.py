"""What is said of each joint before the gyroscopes are asked: by a network, or by anatomy alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kinelab.body.joint_axes import JOINTS, Side
from kinelab.core.checks import Array, BoolArray, IntArray
from kinelab.core.recording import Imu
from kinelab.errors import InputError
from kinelab.inertial.calibration.functional_axes import moving_samples
from kinelab.inertial.joint_estimate import JointEstimate
from kinelab.inertial.refinement.blending import tissue_rad
from kinelab.inertial.refinement.fusion_quality import FusionQuality
from kinelab.inertial.segment_motion import LEG_JOINTS, SIDES, joint_segments

JointKey = tuple[str, Side]

# Middle and last turn of a joint that walks or runs: standard deviations in degrees of the mean over a
# recording and of the change within a stride (own choice, wide enough for marker frames and skin).
_ANATOMY_SD_DEG = {
    "hip": ((5.0, 6.0), (10.0, 8.0)),
    "knee": ((6.0, 5.0), (10.0, 8.0)),
    "ankle": ((7.0, 6.0), (10.0, 8.0)),
}
_LEAST_SD_DEG = 0.1


@dataclass(frozen=True, eq=False)
class JointsTold:
    """What is said of J joints, and how far it may be off.

    keys; pairs (J, 2) rows of their segments; sign (J, 3) of the angles against the turns Z, X, Y; turn_rad
    (T, J, 3) as told; told (T, J); by_network (J,), else by anatomy. Standard deviations (J, 3) about X, Y, Z
    of the distal segment, infinite where nothing is said: offset_rad of what stays over the recording
    (stated_offset_rad: as the network states it), within_rad within a stride, mean_rad of the mean over some
    strides; tissue_rad of the sensors' turn on their bones. window_weight (K, J) of the windows around knots,
    None = all alike.
    """

    keys: tuple[JointKey, ...]
    pairs: IntArray
    sign: Array
    turn_rad: Array
    told: BoolArray
    offset_rad: Array
    within_rad: Array
    mean_rad: Array
    tissue_rad: Array
    by_network: BoolArray
    stated_offset_rad: Array
    window_weight: Array | None = None

    @property
    def free(self) -> BoolArray:
        """(J,) where nothing is said of the first turn."""
        return ~np.isfinite(self.within_rad[:, 2])


def joints_told(imu: Imu, estimates: Mapping[JointKey, JointEstimate], quality: FusionQuality) -> JointsTold:
    """All joints of the legs of which both segments have a sensor.

    Raises:
        InputError: an estimate of other times than the readings, or of a joint that has not both sensors.
    """
    keys = tuple((joint, side) for side in SIDES for joint in LEG_JOINTS
                 if set(joint_segments(joint, side)) <= set(imu.segments))  # fmt: skip
    _check(imu, estimates, keys)
    n, count = imu.time.n, len(keys)
    pairs = np.array(
        [[imu.segments.index(one) for one in joint_segments(*key)] for key in keys], dtype=np.int64
    )
    sign = np.empty((count, 3))
    turn, told = np.zeros((n, count, 3)), np.empty((n, count), dtype=np.bool_)
    offset, within, stated = np.empty((count, 3)), np.empty((count, 3)), np.zeros((count, 3))
    seen, moving = imu.seen, moving_samples(imu)
    tissue = tissue_rad(imu.segments, quality.tissue)
    for j, key in enumerate(keys):
        joint, side = key
        sign[j] = np.array(JOINTS[joint].sign) * (1.0 if side == "right" else np.array([1.0, -1.0, -1.0]))
        told[:, j] = seen[:, pairs[j, 0]] & seen[:, pairs[j, 1]]
        estimate = estimates.get(key)
        if estimate is None:
            (middle, middle_within), (last, last_within) = _ANATOMY_SD_DEG[joint]
            offset[j], within[j] = (middle, last, np.inf), (middle_within, last_within, np.inf)
            continue
        angle = estimate.angle_deg
        there = np.isfinite(angle.sum(axis=1))
        # networks learn from walking and running: of standing or sitting they know nothing
        told[:, j] &= there & moving
        turn[there, j] = np.radians(angle[there]) * sign[j]
        # turns about Z, X, Y are small errors about Z, X, Y of the distal segment, as long as X stays small
        off, spread = (sd[[1, 2, 0]] for sd in (estimate.angle_offset_sd_deg, estimate.angle_sd_deg))
        stated[j] = np.maximum(off, _LEAST_SD_DEG)
        offset[j] = np.hypot(stated[j], quality.network_offset_deg)
        within[j] = np.maximum(quality.network_within * spread, _LEAST_SD_DEG)
    pairs = pairs.reshape(count, 2)
    return JointsTold(
        keys, pairs, sign, turn, told, np.radians(offset), np.radians(within),
        np.radians(within) * quality.network_mean, np.hypot(tissue[pairs[:, 0]], tissue[pairs[:, 1]]),
        np.array([key in estimates for key in keys], dtype=np.bool_), np.radians(stated),
    )  # fmt: skip


def _check(imu: Imu, estimates: Mapping[JointKey, JointEstimate], keys: tuple[JointKey, ...]) -> None:
    for key, estimate in estimates.items():
        name = " ".join(reversed(key))
        if key not in keys:
            raise InputError(
                f"an estimate of the {name}, but its segments {' and '.join(joint_segments(*key))} have not "
                f"both a sensor; there are {', '.join(imu.segments)}"
            )
        if estimate.time != imu.time:
            raise InputError(
                f"the estimate of the {name} has {estimate.time.n} samples at {estimate.time.rate_hz:g} Hz, "
                f"the readings {imu.time.n} at {imu.time.rate_hz:g}; both must be of the same times"
            )
