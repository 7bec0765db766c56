"""Orientation of each sensor to a level frame of its own heading."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation
from vqf import VQF

from kinelab.core.checks import Array
from kinelab.core.recording import Imu

_TO_Y_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])


def level_rotation(imu: Imu, gyr_bias_radps: Array) -> Array:
    """(T, S, 3, 3) sensor to a frame with Y up, its heading arbitrary; NaN where a sample is lost."""
    found = np.empty((imu.time.n, len(imu.segments), 3, 3))
    for s in range(len(imu.segments)):
        gyr = np.ascontiguousarray(np.nan_to_num(imu.gyr_radps[:, s] - gyr_bias_radps[s]))
        acc = np.ascontiguousarray(np.nan_to_num(imu.acc_mps2[:, s]))
        quaternion = VQF(1 / imu.time.rate_hz).updateBatch(gyr, acc)["quat6D"]
        found[:, s] = _TO_Y_UP @ Rotation.from_quat(quaternion, scalar_first=True).as_matrix()
    return np.where(imu.seen[..., None, None], found, np.nan)
