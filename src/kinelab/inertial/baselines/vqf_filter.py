"""Orientations by VQF, a filter for one sensor at a time, and a common heading for all."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from kinelab.core.checks import Array, BoolArray
from kinelab.core.recording import Imu
from kinelab.errors import InputError
from kinelab.files.sensors.opensense import z_up_to_ground
from kinelab.inertial.orientations import SegmentOrientations, with_common_heading

NAME = "vqf"
_LEAST_SAMPLES = 10


def vqf_orientations(imu: Imu, heading_window_s: float = 10.0) -> SegmentOrientations:
    """Orientations of all segments from calibrated readings (frame "segment"), without magnetometers.

    Laidig and Seel, "VQF: Highly accurate IMU orientation estimation with bias estimation and magnetic
    disturbance rejection", Information Fusion 91:187-204, 2023: its offline variant, default parameters, from
    the authors' package. Headings: `orientations.with_common_heading`. NaN where a sample was lost; the
    filter goes over a gap on a straight line, so that what follows a long one within some 5 s is worth less.

    Raises:
        InputError: readings in the sensors' own axes, a sensor without ten readings.
    """
    if imu.frame != "segment":
        raise InputError(
            "VQF needs readings in the segments' axes, these are in the sensors'; calibrate them"
        )
    rotation = np.full((imu.time.n, len(imu.segments), 3, 3), np.nan)
    for s, segment in enumerate(imu.segments):
        seen: BoolArray = imu.seen[:, s]
        if seen.sum() < _LEAST_SAMPLES:
            raise InputError(
                f"the sensor on {segment} gave {int(seen.sum())} readings, VQF needs ten or more"
            )
        every = _earth_rotation(_bridged(imu.gyr_radps[:, s]), _bridged(imu.acc_mps2[:, s]), imu.time.rate_hz)
        rotation[seen, s] = z_up_to_ground(every[seen])
    return with_common_heading(SegmentOrientations(imu.segments, imu.time, rotation), heading_window_s)


def _earth_rotation(gyr_radps: Array, acc_mps2: Array, rate_hz: float) -> Array:
    """Rotations (T, 3, 3) to an earth frame with Z up and a heading of its own."""
    from vqf import offlineVQF

    found = offlineVQF(gyr_radps, acc_mps2, None, 1 / rate_hz)
    return np.asarray(Rotation.from_quat(found["quat6D"], scalar_first=True).as_matrix())


def _bridged(values: Array) -> Array:
    """(T, 3) with straight lines over what is lost."""
    seen = np.isfinite(values).all(axis=1)
    at = np.arange(len(values))
    filled = [np.interp(at, at[seen], column[seen]) for column in values.T]
    return np.ascontiguousarray(np.stack(filled, axis=1))
