"""The orientation that a sensor works out by itself, as Xsens and others deliver it: near the truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from scipy.signal import lfilter
from scipy.spatial.transform import Rotation

from kinelab.core.checks import Array, Problems
from kinelab.errors import InputError

_WANDER_S = 20.0  # how long an error of the filter lasts; own choice


@dataclass(frozen=True)
class OnboardQuality:
    """RMS errors of an on-board filter: of the tilt about each horizontal axis, and of the heading. Half of
    the variance stays for the trial, half wanders."""

    tilt_rms_deg: float = 0.0
    heading_rms_deg: float = 0.0

    def __post_init__(self) -> None:
        with Problems("OnboardQuality") as problems:
            for name in ("tilt_rms_deg", "heading_rms_deg"):
                value = getattr(self, name)
                problems.add_if(not 0 <= value <= 180, f"{name} is {value}, expected 0 to 180")


# Research: together 1.8 deg; Xsens' manual of MTi and MTx says 2 deg RMS in movement (MT0100P.N, table 4.2,
# checked), the share of the heading is the MTw Awinda's (data sheet, from memory). Consumer: twice the tilt,
# and the heading of a filter whose magnetometer is disturbed indoors (own choice).
ONBOARD: Mapping[str, OnboardQuality] = MappingProxyType(
    {
        "ideal": OnboardQuality(),
        "research": OnboardQuality(0.75, 1.5),
        "consumer": OnboardQuality(1.5, 8.0),
        "rapp2021": OnboardQuality(),
    }
)


def onboard_orientation(
    rotation: Array, rate_hz: float, quality: OnboardQuality, rng: np.random.Generator
) -> Array:
    """What the filters of S sensors give for rotations (T, S, 3, 3) sensor to ground (Y up), the same shape.

    Raises:
        InputError: not rotations of T samples.
    """
    if rotation.ndim != 4 or rotation.shape[2:] != (3, 3):
        raise InputError(f"rotations of shape {rotation.shape}, expected (T, S, 3, 3)")
    samples, sensors = rotation.shape[:2]
    rms_deg = np.array([quality.tilt_rms_deg, quality.heading_rms_deg, quality.tilt_rms_deg])  # about X, Y, Z
    still = rng.standard_normal((1, sensors, 3))
    error_deg = rms_deg * np.sqrt(0.5) * (still + _wander(rng, samples, sensors, rate_hz))
    turned = Rotation.from_rotvec(np.radians(error_deg).reshape(-1, 3)).as_matrix()
    found: Array = turned.reshape(rotation.shape) @ rotation
    return found


def _wander(rng: np.random.Generator, samples: int, sensors: int, rate_hz: float) -> Array:
    """A Gauss-Markov process of unit variance in three directions, (T, S, 3)."""
    kept = float(np.exp(-1 / (_WANDER_S * rate_hz)))
    pushes = np.sqrt(1 - kept**2) * rng.standard_normal((samples, sensors, 3))
    pushes[:1] /= np.sqrt(1 - kept**2)
    curves: Array = lfilter([1.0], [1.0, -kept], pushes, axis=0)
    return curves
