"""The sensors of pelvis and legs out of a recording, with an angular velocity in each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from kinelab.core.checks import Array
from kinelab.core.recording import Imu
from kinelab.errors import InputError
from kinelab.files.sensors.recording import SensorRecording
from kinelab.geometry.rotations import angular_velocity

_LEAST_ORIENTATIONS = 10
SEGMENTS = ("pelvis", "thigh_r", "shank_r", "foot_r", "thigh_l", "shank_l", "foot_l")


def leg_readings(recording: SensorRecording) -> tuple[Imu, tuple[str, ...]]:
    """Readings of the sensors on pelvis and legs, proximal first, and notes in words.

    A sensor whose file holds orientations and no angular velocity gets that of its orientations (half the
    turn from the sample before to the one after). Over lost samples it gets the steady turn that leads from
    the last orientation to the next, so that what follows the gap lies right; its acceleration stays lost.
    The magnetometer is left out.

    Raises:
        InputError: no sensor on a leg; one without acceleration, or with neither gyroscope nor orientation.
    """
    imu = recording.imu
    kept = [imu.segments.index(name) for name in SEGMENTS if name in imu.segments]
    if not any(imu.segments[s] != "pelvis" for s in kept):
        bare = [name for name in imu.segments if f"{name}_r" in SEGMENTS]
        side = f" ({bare[0]} of which leg? {bare[0]}_r or {bare[0]}_l)" if bare else ""
        raise InputError(
            f"no sensor on a thigh, shank or foot: there are {', '.join(imu.segments)}{side}; a mapping file "
            "can say where sensors are worn (docs/sensors.md)"
        )
    notes = []
    others = [name for name in imu.segments if name not in SEGMENTS]
    if others:
        notes.append(f"Sensors that no angle of the legs needs were left out: {', '.join(others)}.")
    gyr, from_orientation = imu.gyr_radps.copy(), []
    for s in kept:
        name = imu.segments[s]
        if not np.isfinite(imu.acc_mps2[:, s]).any():
            raise InputError(
                f"the sensor on {name} has no acceleration in its files, only orientations perhaps; angles "
                "are made of the raw readings: give those"
            )
        if np.isfinite(gyr[:, s]).any():
            continue
        rotation = np.full((imu.time.n, 3, 3), np.nan)
        if recording.rotation is not None:
            rotation = recording.rotation[:, s]
        if np.isfinite(rotation[:, 0, 0]).sum() < _LEAST_ORIENTATIONS:
            raise InputError(f"the sensor on {name} has neither a gyroscope's readings nor orientations")
        gyr[:, s] = _turning(rotation, imu.time.rate_hz)
        from_orientation.append(name)
    if from_orientation:
        notes.append(
            f"No gyroscope in the files of {', '.join(from_orientation)}: angular velocities were taken from "
            "the orientations in them, which the maker's filter has smoothed."
        )
    acc = imu.acc_mps2.copy()
    acc[~np.isfinite(gyr).all(axis=2)] = np.nan
    legs = tuple(imu.segments[s] for s in kept)
    return replace(imu, segments=legs, acc_mps2=acc[:, kept], gyr_radps=gyr[:, kept], mag_ut=None), tuple(
        notes
    )


def _turning(rotation: Array, rate_hz: float) -> Array:
    """Angular velocity (T, 3) rad/s of orientations (T, 3, 3), NaN where lost."""
    at = np.flatnonzero(np.isfinite(rotation).all(axis=(1, 2)))
    between = np.arange(at[0], at[-1] + 1)
    whole = Slerp(at, Rotation.from_matrix(rotation[at]))(between).as_matrix()
    found = np.full((len(rotation), 3), np.nan)
    found[between] = angular_velocity(whole, rate_hz)
    return found
