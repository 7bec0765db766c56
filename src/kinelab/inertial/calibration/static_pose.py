"""Where "up" is in each sensor, and in the segment under it, while a person stands still."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.recording import Imu
from kinelab.errors import InputError
from kinelab.virtual_lab.gravity import GRAVITY_MPS2

STANDING_SD_DEG = 3.0
"""How far a standing person's segments are from upright, one standard deviation about one axis (own choice:
a knee that is thought straight is up to 10 degrees off)."""
_LEAST_G, _MOST_G = 0.9, 1.1


def standing_up(imu: Imu, still_s: tuple[float, float]) -> Array:
    """(S, 3) unit vectors: up in each sensor's axes while it is still; NaN for a sensor that gives nothing.

    Raises:
        InputError: an accelerometer that does not read gravity at rest.
    """
    acc = imu.acc_mps2[imu.time.span(*still_s)]
    up = np.full((len(imu.segments), 3), np.nan)
    for s, segment in enumerate(imu.segments):
        there = acc[np.isfinite(acc[:, s]).all(axis=1), s]
        if not len(there):
            continue
        mean = there.mean(axis=0)
        length = float(np.linalg.norm(mean))
        if not _LEAST_G < length / GRAVITY_MPS2 < _MOST_G:
            raise InputError(
                f"{segment} reads {length:.2f} m/s2 while the person stands still, expected "
                f"{GRAVITY_MPS2:.2f}; is the unit right, and gravity in it?"
            )
        up[s] = mean / length
    return up


def standing_bias(imu: Imu, still_s: tuple[float, float]) -> Array:
    """(S, 3) rad/s: what each gyroscope reads at rest, in its own axes; 0 for one that gives nothing."""
    gyr = imu.gyr_radps[imu.time.span(*still_s)]
    there = np.isfinite(gyr).all(axis=2, keepdims=True)
    total = np.where(there, gyr, 0.0).sum(axis=0)
    return np.asarray(total / np.maximum(there.sum(axis=0), 1))


def posture_up(segments: tuple[str, ...], inclination_deg: Mapping[str, float] | None) -> Array:
    """(S, 3): up in each segment's own axes in the pose that was stood in.

    inclination_deg: by how far a segment is turned about the axis to the right from upright (thigh or shank:
    lower end forward is positive; foot: toes up; pelvis: backward), 0 for those not named.

    Raises:
        InputError: a segment that has no sensor.
    """
    given = dict(inclination_deg or {})
    unknown = sorted(set(given) - set(segments))
    if unknown:
        raise InputError(
            f"inclination of {', '.join(unknown)}: no such sensor; there are {', '.join(segments)}"
        )
    angle = np.radians([given.get(segment, 0.0) for segment in segments])
    return np.stack([np.sin(angle), np.cos(angle), np.zeros(len(segments))], axis=1)
