"""Readings as sensors with strap-down integration give them: what happened since the sample before.

Such a sensor integrates at its own fast rate and sends increments, so that at any output rate no rotation is
lost between two samples (Xsens' MTw Awinda user manual, MW0502P, section on SDI). Divided by the interval:

    gyr_k = rotation vector of R_(k-1)^T R_k          per interval
    acc_k = R_(k-1)^T (integral of the specific force in ground)   per interval

Multiplying the exponentials of gyr_k / rate gives the orientation back exactly, however rough the movement.
They tell of the middle of the interval: half a sample before their time stamp.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.integrate import cumulative_trapezoid
from scipy.spatial.transform import Rotation

from kinelab.virtual_lab.sensors.imu import SensorMotion


def strapdown(motion: SensorMotion, steps: int) -> SensorMotion:
    """The motion with each fine sample's readings replaced by the increments over the `steps` before it.

    The first `steps` samples have no such interval and keep their instantaneous readings.
    """
    rotation, rate_hz = motion.rotation, motion.time.rate_hz / steps
    acc, gyr = motion.acc_mps2.copy(), motion.gyr_radps.copy()
    before = np.swapaxes(rotation[:-steps], -1, -2)
    turn = Rotation.from_matrix((before @ rotation[steps:]).reshape(-1, 3, 3)).as_rotvec()
    gyr[steps:] = turn.reshape(gyr[steps:].shape) * rate_hz
    force = np.einsum("tsij,tsj->tsi", rotation, motion.acc_mps2)
    gained = cumulative_trapezoid(force, dx=1 / motion.time.rate_hz, axis=0, initial=0)
    acc[steps:] = np.einsum("tsij,tsj->tsi", before, gained[steps:] - gained[:-steps]) * rate_hz
    return replace(motion, acc_mps2=acc, gyr_radps=gyr)
