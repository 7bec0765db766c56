"""Normal walking: mean angles of pelvis and legs over the stride as Fourier series, and what speed changes.

A leg's phase is canonical: its own contact and toe-off and the other foot's have fixed phases (`INSTANTS`),
however long a person's double support is. Angles in degrees, signs of the own body.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from kinelab.core.checks import Array

Series = NDArray[np.complex128]
HARMONICS = 10
# Canonical phases of: own contact, the other foot's toe-off, its contact, own toe-off.
INSTANTS = (0.0, 0.12, 0.50, 0.62)
TOE_OFF = INSTANTS[-1]
NORMAL_SPEED = 0.42  # over sqrt(g leg): 1.27 m/s for a leg of 0.93 m, at which the curves below are drawn

# Mean curves: percent of the stride, degrees. Sagittal: shapes of Perry & Burnfield 2010 (Gait Analysis,
# ch. 4-6) with loading knee, swing knee and push-off of Winter 1991 and Lelas et al. 2003 (Gait Posture
# 17:106); the hip is the thigh against a pelvis that leans forward 11 deg. Frontal and transverse planes:
# Kadaba et al. 1990 (J Orthop Res 8:383). Toes: flat until the ball leaves, so that they extend as the heel
# rises. The hip in stance is bent by a degree or two, so that the pelvis advances steadily over the foot, and
# the ankle falls and pushes off by 3 deg less than printed: bringing the feet to the floor adds that.
# All from memory, read off the printed curves to a degree or two: they give shapes, not norms.
_CURVES: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "hip_flexion": (
        (0, 5, 10, 20, 30, 35, 40, 45, 50, 54, 60, 65, 70, 75, 80, 86, 93),
        (32.0, 31.6, 30.4, 21.6, 8.6, 2.4, -2.8, -6.5, -8.6, -8.2, -2.2, 7.0, 17.0, 25.3, 30.8, 34.0, 33.5),
    ),
    "hip_adduction": (
        (0, 6, 10, 14, 20, 30, 40, 50, 57, 62, 66, 72, 80, 90),
        (-0.8, 1.8, 3.6, 5.0, 5.6, 4.5, 3.2, 0.8, -4.0, -6.3, -6.3, -4.2, -2.0, -0.6),
    ),
    "hip_rotation": (
        (0, 6, 13, 20, 28, 35, 42, 50, 58, 66, 76, 86, 94),
        (-3.3, -4.3, -3.9, -2.0, 0.3, 1.5, 1.0, -1.0, -3.0, -3.8, -2.8, -1.6, -2.4),
    ),
    "knee_angle": (
        (0, 5, 10, 14, 20, 30, 40, 45, 50, 56, 62, 67, 72, 78, 85, 91, 96),
        (3.5, 9.0, 14.5, 16.0, 14.0, 8.0, 5.0, 6.0, 11.0, 23.0, 41.0, 55.0, 61.0, 54.5, 34.0, 13.5, 3.5),
    ),
    "ankle_angle": (
        (0, 3, 7, 11, 20, 30, 35, 40, 45, 50, 55, 60, 64, 68, 73, 80, 88, 95),
        (2, -1.5, -4.5, -3.5, 3, 7.5, 9.6, 11.5, 12.5, 10.5, 2, -8.5, -13, -10, -3, 2.5, 3.5, 3),
    ),
    "subtalar_angle": (
        (0, 5, 10, 16, 25, 35, 43, 51, 58, 66, 75, 88),
        (2.5, -2.5, -5.2, -5.3, -3.6, -1.2, 3.0, 7.0, 6.0, 3.5, 2.0, 2.5),
    ),
    "mtp_angle": (
        (0, 8, 15, 34, 42, 48, 53, 58, 63, 70, 78, 92),
        (-8.0, -2.0, 0.0, 0.0, -5.0, -16.0, -33.0, -47.0, -44.0, -20.0, -11.0, -9.0),
    ),
    # The pelvis over the right foot's stride. The side that swings drops; the side that lands is in front.
    "pelvis_tilt": (
        (0, 12, 25, 37, 50, 62, 75, 87),
        (-11.0, -11.8, -11.0, -10.2, -11.0, -11.8, -11.0, -10.2),
    ),
    "pelvis_list": (
        (0, 6, 13, 20, 30, 40, 50, 56, 63, 70, 80, 90),
        (-0.5, -2.8, -4.2, -3.6, -1.8, -0.8, 0.5, 2.8, 4.2, 3.6, 1.8, 0.8),
    ),
    "pelvis_rotation": (
        (0, 15, 30, 50, 65, 80),
        (4.5, 2.8, -1.0, -4.5, -2.8, 1.0),
    ),
}  # fmt: skip

# What one unit of normalised speed (3.0 m/s) more adds: (centre, width, degrees) of bumps in the phase. Peaks
# against speed in Lelas et al. 2003 and Fukuchi et al. 2019 (Syst Rev 8:153), from memory: loading knee
# +10 deg, swing knee +5, push-off ankle -7 a m/s. The hip's swing follows from the step's length.
_FASTER: dict[str, tuple[tuple[float, float, float], ...]] = {
    "knee_angle": ((0.14, 0.075, 28.0), (0.72, 0.10, 15.0)),
    "ankle_angle": ((0.62, 0.06, -20.0),),
    "pelvis_rotation": ((0.0, 0.18, 8.0), (0.5, 0.18, -8.0)),
    "pelvis_list": ((0.13, 0.08, -6.0), (0.63, 0.08, 6.0)),
}


def _series(percent: tuple[float, ...], degrees: tuple[float, ...]) -> Series:
    """Complex Fourier coefficients 0..HARMONICS of the periodic cubic spline through the instants."""
    spline = CubicSpline([*percent, 100.0], [*degrees, degrees[0]], bc_type="periodic")
    return as_series(spline(np.arange(256) / 2.56))


def as_series(samples: Array) -> Series:
    """Coefficients 0..HARMONICS of a curve sampled evenly over the stride (N,)."""
    series: Series = np.fft.rfft(samples)[: HARMONICS + 1] / samples.size
    return series


def bump(centre: float, width: float) -> Series:
    """A smooth bump of height 1 in the phase, `width` its half-width at 37 %."""
    away = (np.arange(256) / 256 - centre + 0.5) % 1.0 - 0.5
    return as_series(np.exp(-((away / width) ** 2)))


NORMAL: Mapping[str, Series] = MappingProxyType({name: _series(*table) for name, table in _CURVES.items()})
FASTER: Mapping[str, Series] = MappingProxyType(
    {
        name: np.sum([degrees * bump(at, width) for at, width, degrees in bumps], axis=0)
        for name, bumps in _FASTER.items()
    }
)


def evaluate(series: Series, phase: Array) -> Array:
    """Real Fourier series at phases of the stride: coefficients (..., H + 1), phase (T,) -> (..., T)."""
    harmonic = np.arange(series.shape[-1])
    waves = np.exp(2j * np.pi * harmonic[:, None] * phase)
    values: Array = np.real((series * np.where(harmonic == 0, 1.0, 2.0)) @ waves)
    return values


def wave(periods: int, centre: float) -> Series:
    """A cosine of height 1 with so many periods a stride, highest at phase `centre`; 0 periods = 1."""
    series = np.zeros(HARMONICS + 1, complex)
    series[periods] = np.exp(-2j * np.pi * periods * centre) * (0.5 if periods else 1.0)
    return series


def later(series: Series, phase: float) -> Series:
    """The same curve that much later in the stride."""
    moved: Series = series * np.exp(-2j * np.pi * np.arange(series.size) * phase)
    return moved
