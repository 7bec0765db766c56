"""Sensors that sit askew: random turns of a stated size, and the published frame "level at foot contact"."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from scipy.signal import find_peaks
from scipy.spatial.transform import Rotation

from kinelab.core.checks import Array, IntArray
from kinelab.core.recording import Imu
from kinelab.errors import InputError
from kinelab.inertial.segment_motion import SegmentMotion

PUBLISHED_SD_DEG = 13.5
_CONTACTS_APART_S = 0.5
_LEAST_LIFT_M = 0.05


def draw_placements(
    rng: np.random.Generator,
    shape: int | tuple[int, ...],
    sd_deg: float = PUBLISHED_SD_DEG,
    *,
    angle: Literal["angle", "half_angle"] = "angle",
) -> Array:
    """Random rotations (*shape, 3, 3), askew sensor to aligned one: uniform axes, angles normal(0, sd_deg).

    "angle": the drawn number is the angle, so that its root mean square is sd_deg. "half_angle": it is used
    as half of it, as the program published with Rapp et al. 2021 does; their 13.5 deg were 27 deg.

    Raises:
        InputError: a negative size.
    """
    if not 0 <= sd_deg < np.inf:
        raise InputError(f"placement sd_deg is {sd_deg}, expected 0 or more")
    axes = rng.standard_normal((*np.atleast_1d(shape), 3))
    axes /= np.linalg.norm(axes, axis=-1, keepdims=True)
    drawn = np.radians(sd_deg) * rng.standard_normal(axes.shape[:-1]) * (2 if angle == "half_angle" else 1)
    vectors = (axes * drawn[..., None]).reshape(-1, 3)
    return np.asarray(Rotation.from_rotvec(vectors).as_matrix().reshape(*axes.shape, 3))


def turned_sensors(motion: SegmentMotion, placement: Array) -> SegmentMotion:
    """The motion with each sensor turned on its segment by placement (S, 3, 3), new sensor to old one."""
    _check(placement, len(motion.segments))
    return replace(motion, sensor_rotation=motion.sensor_rotation @ placement)


def turned_readings(imu: Imu, placement: Array) -> Imu:
    """What the sensors read turned by placement (S, 3, 3), new sensor to old one."""
    _check(placement, len(imu.segments))
    acc, gyr = (np.einsum("sji,tsj->tsi", placement, one) for one in (imu.acc_mps2, imu.gyr_radps))
    mag = None if imu.mag_ut is None else np.einsum("sji,tsj->tsi", placement, imu.mag_ut)
    return replace(imu, acc_mps2=acc, gyr_radps=gyr, mag_ut=mag)


def level_at_contacts(motion: SegmentMotion) -> SegmentMotion:
    """The motion with sensor axes that are ground's (X forward, Y up, Z right) in the mean of foot contacts.

    That is the alignment of Rapp et al. 2021: no anatomical frame enters it. Contacts are where the foot's
    sensor is lowest (half a second apart or more, 5 cm below what is around, as in their program); the
    pelvis takes the right foot's. The mean is the chordal one.

    Raises:
        InputError: a foot without contacts.
    """
    sensor = motion.sensor_rotation.copy()
    contacts = {letter: foot_contacts(motion, letter) for letter in "rl"}
    for s, segment in enumerate(motion.segments):
        at = sensor[contacts["l" if segment.endswith("_l") else "r"], s]
        at = at[np.isfinite(at).all(axis=(1, 2))]
        if not len(at):
            raise InputError(f"{motion.person} {motion.trial}: {segment} is not seen at any foot contact")
        sensor[:, s] = sensor[:, s] @ Rotation.from_matrix(at).mean().as_matrix().T
    return replace(motion, sensor_rotation=sensor)


def foot_contacts(motion: SegmentMotion, letter: str) -> IntArray:
    """Samples (C,) where the sensor of the foot "r" or "l" is lowest, as the published program finds them.

    Raises:
        InputError: there are none.
    """
    height = motion.sensor_position_m[:, motion.index(f"foot_{letter}"), 1]
    depth = np.where(np.isfinite(height), -height, -np.inf)
    apart = max(1, round(_CONTACTS_APART_S * motion.time.rate_hz))
    found, _ = find_peaks(depth, distance=apart, prominence=_LEAST_LIFT_M)
    if not found.size:
        raise InputError(f"{motion.person} {motion.trial}: foot_{letter} never touches the ground and lifts")
    return np.asarray(found, dtype=np.int64)


def _check(placement: Array, sensors: int) -> None:
    if placement.shape != (sensors, 3, 3):
        raise InputError(f"placement of shape {placement.shape} for {sensors} sensors; expected (S, 3, 3)")
