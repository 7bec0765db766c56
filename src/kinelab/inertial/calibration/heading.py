"""Where "forward" is for a sensor on the pelvis or trunk, without a magnetometer.

The trunk hardly turns about one axis, so that its gyroscope does not tell. But the legs carry it: in the
sum of both thighs' horizontal accelerations, worked out for the hips, their swinging to and fro cancels,
and what is left is the body's own, which the trunk feels too. The turn about the vertical that brings the
two into line is the heading. (That neighbours agree on the acceleration of the joint between them is what
Kok et al. 2014 and Weygers & Kok 2020 build their filters on.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Array, BoolArray
from kinelab.core.recording import Imu
from kinelab.signals.filters import low_pass
from kinelab.signals.gaps import fill_gaps

ComplexArray = NDArray[np.complex128]
_BAND_HZ = 3.0
_BRIDGED_S = 0.2
_PART_S = 5.0  # within which headings hardly change
_LEAST_ALIKE = 0.25
_TURNING_HZ = 6.0


TO_HIP_M = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45)
"""Lengths to try, from the sensor on a thigh up to the hip: the right one makes trunk and legs most alike."""


@dataclass(frozen=True)
class Heading:
    """angle_rad: by which trunk vectors must be turned about up; alike: 0 (no relation) to 1; n parts."""

    angle_rad: float
    alike: float
    n: int

    @property
    def trusted(self) -> bool:
        """Whether the accelerations are alike enough to say anything."""
        return self.alike > _LEAST_ALIKE


def hip_force(imu: Imu, thigh: int, sensor_to_segment: Array, to_hip_m: float) -> Array:
    """Specific force (T, 3) that a thigh's sensor (a column of `imu`) would feel at the hip, in its axes."""
    arm = to_hip_m * sensor_to_segment[1]
    gyr = fill_gaps(imu.time.time_s, imu.gyr_radps[:, thigh], _BRIDGED_S).values
    if imu.time.rate_hz > 2 * _TURNING_HZ:
        gyr = low_pass(gyr, imu.time.rate_hz, _TURNING_HZ).values
    gained = np.gradient(gyr, 1 / imu.time.rate_hz, axis=0)
    inward = np.cross(gyr, np.cross(gyr, arm))
    return np.asarray(imu.acc_mps2[:, thigh] + np.cross(gained, arm) + inward)


def trunk_heading(
    trunk_mps2: Array,
    trunk_forward: Array,
    thighs_mps2: Array,
    thigh_forward: Array,
    moving: BoolArray,
    rate_hz: float,
) -> Heading:
    """Turn about up that brings a trunk's accelerations into the direction that the thighs go.

    trunk_mps2 (T, 3) and thighs_mps2 (T, 2, 3): specific force in level frames (Y up), each sensor's with a
    heading of its own that may change slowly. trunk_forward (T, 3), thigh_forward (T, 2, 3): the segments'
    forward axes in these frames, the trunk's a guess that the angle found corrects.
    """
    trunk = _horizontal(trunk_mps2)
    thighs, forward = _horizontal(thighs_mps2), _horizontal(thigh_forward)
    guess = _horizontal(trunk_forward)
    there = moving & np.isfinite(trunk) & np.isfinite(thighs).all(axis=1)
    trunk, thighs = _band(trunk, there, rate_hz), _band(thighs, there, rate_hz)
    length = max(1, round(_PART_S * rate_hz))
    crossed, n = 0j, 0
    for start in range(0, len(trunk) - length // 2, length):
        part = slice(start, start + length)
        held = there[part]
        if held.mean() < 0.5:
            continue
        own = trunk[part][held] * _against(guess[part][held])
        legs = (thighs[part][held] * _against(forward[part][held])).sum(axis=1)
        own, legs = own - own.mean(), legs - legs.mean()
        # every part counts the same: a knock on a sensor spoils one of them only
        power = float(np.sqrt((np.abs(own) ** 2).sum() * (np.abs(legs) ** 2).sum()))
        crossed += (legs * np.conj(own)).sum() / max(power, 1e-12)
        n += 1
    return Heading(-float(np.angle(crossed)), float(abs(crossed)) / n if n else 0.0, n)


def rotated(rotation: Array, vectors: Array) -> Array:
    """Vectors (T, 3) turned by rotations (T, 3, 3)."""
    return np.asarray(np.einsum("tij,tj->ti", rotation, vectors))


def _against(forward: ComplexArray) -> ComplexArray:
    """What turns vectors so that the mean of `forward` (T, ...) lies on X, (...)."""
    way = forward.mean(axis=0)
    return np.asarray(np.conj(way) / np.maximum(np.abs(way), 1e-9))


def _horizontal(vectors: Array) -> ComplexArray:
    """X + i Z of vectors (..., 3)."""
    return np.asarray(vectors[..., 0] + 1j * vectors[..., 2])


def _band(values: ComplexArray, there: BoolArray, rate_hz: float) -> ComplexArray:
    """Complex (T, ...) below 3 Hz; 0 where nothing is there."""
    mask = there.reshape(-1, *[1] * (values.ndim - 1))
    held = np.where(mask, values, 0.0)
    real, imaginary = (low_pass(part, rate_hz, _BAND_HZ).values for part in (held.real, held.imag))
    return np.asarray(real + 1j * imaginary)
