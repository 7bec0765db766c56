"""Errors of a stated size on perfect readings: a constant gyroscope bias, and white noise of a data sheet.

All else that goes wrong in sensors (scale, drift, clipping, clocks, losses) is in
`virtual_lab.sensors.imu_faults`, which needs the movement itself.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kinelab.core.recording import Imu
from kinelab.errors import InputError
from kinelab.virtual_lab.sensors.imu_quality import RESEARCH, ImuQuality


def with_gyro_bias(imu: Imu, bias_dps: float, rng: np.random.Generator) -> Imu:
    """The readings with a constant bias of that length, deg/s, on each gyroscope, in a random direction.

    Raises:
        InputError: a negative bias.
    """
    if not 0 <= bias_dps < np.inf:
        raise InputError(f"bias_dps is {bias_dps}, expected 0 or more (deg/s)")
    direction = rng.standard_normal((len(imu.segments), 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    return replace(imu, gyr_radps=imu.gyr_radps + np.radians(bias_dps) * direction)


def with_white_noise(imu: Imu, rng: np.random.Generator, quality: ImuQuality = RESEARCH) -> Imu:
    """The readings with the white noise of that kind of sensor: its densities over half the sampling rate."""
    band = np.sqrt(imu.time.rate_hz / 2)
    acc = imu.acc_mps2 + quality.acc.noise_density * band * rng.standard_normal(imu.acc_mps2.shape)
    gyr = imu.gyr_radps + quality.gyr.noise_density * band * rng.standard_normal(imu.gyr_radps.shape)
    return replace(imu, acc_mps2=acc, gyr_radps=gyr)
