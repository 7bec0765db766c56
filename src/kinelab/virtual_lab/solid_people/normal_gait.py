"""The shape of normal walking: mean sagittal angles over the stride as Fourier series."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from kinelab.core.checks import Array

Series = NDArray[np.complex128]
HARMONICS = 6
NORMAL_STEP_PER_HEIGHT = 0.41  # step length over standing height at free speed (Winter 1991)

# Mean angles at the named instants of the stride (0 = initial contact, 0.62 = toe-off), degrees, after Perry
# & Burnfield (2010), Gait Analysis, 2nd ed., chapters 4 to 6 (thigh against the vertical, knee, ankle) with
# the loading-response knee (18) and the push-off ankle (-18) of Winter (1991). They fix the SHAPE of a curve;
# they are not norms to compare a patient with.
_PHASE = (0.0, 0.06, 0.12, 0.31, 0.42, 0.50, 0.56, 0.62, 0.67, 0.73, 0.80, 0.87, 0.94)
_THIGH = (20.0, 19.5, 18.0, -1.0, -12.0, -18.0, -17.0, -10.0, 0.0, 12.0, 21.0, 25.0, 23.0)
_KNEE = (4.0, 12.0, 18.0, 10.0, 6.0, 9.0, 20.0, 38.0, 53.0, 60.0, 51.0, 28.0, 6.0)
_ANKLE = (0.0, -5.0, 0.0, 6.0, 9.5, 9.0, -3.0, -17.0, -15.0, -6.0, 0.0, 1.5, 1.0)

JOINTS = ("thigh", "knee", "ankle")


def _series(degrees: tuple[float, ...]) -> Series:
    """Complex Fourier coefficients 0..HARMONICS of the periodic cubic spline through the instants."""
    spline = CubicSpline([*_PHASE, 1.0], [*degrees, degrees[0]], bc_type="periodic")
    samples = spline(np.arange(256) / 256)
    coefficients: Series = np.fft.rfft(samples)[: HARMONICS + 1] / 256
    return coefficients


NORMAL_SERIES = np.stack([_series(row) for row in (_THIGH, _KNEE, _ANKLE)])


def evaluate(series: Series, phase: Array) -> Array:
    """Real Fourier series at phases of the stride: coefficients (..., H + 1), phase (T,) -> (..., T)."""
    harmonic = np.arange(series.shape[-1])
    waves = np.exp(2j * np.pi * harmonic[:, None] * phase)
    weight = np.where(harmonic == 0, 1.0, 2.0)
    values: Array = np.real((series * weight) @ waves)
    return values
