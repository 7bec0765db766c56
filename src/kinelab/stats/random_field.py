"""Random field theory on a line: how far smooth noise goes by chance, for curves of t.

Expected Euler characteristic of a t field after Worsley et al. 1996 (Hum Brain Mapp 4:58, table II); length
of stretches beyond a threshold after Friston et al. 1994 (Hum Brain Mapp 1:210); smoothness from gradients of
normalised residuals after Kiebel et al. 1999 (NeuroImage 10:756).
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq
from scipy.special import gamma
from scipy.stats import t as student_t

from kinelab.core.checks import Array
from kinelab.errors import InputError

_FOUR_LN2 = 4 * np.log(2)


def smoothness(residuals: Array) -> float:
    """Full width at half maximum of the noise, points; residuals (n, P).

    The mean of local resels: a curve that is smooth in one part and rough in another has no one width.

    Raises:
        InputError: at every point all curves are alike.
    """
    spread = np.square(residuals).sum(axis=0)
    moving = spread > 1e-12 * spread.max() if spread.max() > 0 else np.zeros(spread.size, bool)
    if not moving.any():
        raise InputError("all curves are alike at every point: there is no noise to test against")
    slope = np.square(np.gradient(residuals, axis=1)).sum(axis=0)
    resels = np.sqrt(slope[moving] / spread[moving] / _FOUR_LN2)
    return float(1 / resels.mean())


def expected_crossings(height: float, df: int, points: int, fwhm: float) -> float:
    """Expected Euler characteristic of a t field of `points` above `height`, one-sided."""
    return float(student_t.sf(height, df)) + (points - 1) / fwhm * _per_resel(height, df)


def _per_resel(height: float, df: int) -> float:
    """Upcrossings a resel."""
    return float(np.sqrt(_FOUR_LN2) / (2 * np.pi) * (1 + height**2 / df) ** (-(df - 1) / 2))


def largest_p(height: float, df: int, points: int, fwhm: float) -> float:
    """One-sided chance that the largest t exceeds `height`: of rare clumps, or of `points` separate tests.

    The smaller of both: on rough curves the correction for separate points (Bonferroni's) is the sharper one.
    """
    field = -np.expm1(-expected_crossings(height, df, points, fwhm))
    return float(min(field, points * student_t.sf(height, df)))


def field_threshold(alpha: float, df: int, points: int, fwhm: float) -> float:
    """Height that the largest t of smooth noise exceeds in `alpha` of cases, one-sided."""
    low, high = 0.0, 10.0
    while largest_p(high, df, points, fwhm) > alpha:
        high *= 2
    return float(brentq(lambda u: largest_p(u, df, points, fwhm) - alpha, low, high, xtol=1e-12))


def cluster_p(length: float, height: float, df: int, points: int, fwhm: float) -> float:
    """One-sided chance of one stretch or more beyond `height` that is `length` points long, or longer."""
    # 1 / the mean length of a stretch, in resels: what lies beyond, shared by the crossings.
    rate = _per_resel(height, df) / float(student_t.sf(height, df))
    long = np.exp(-((float(gamma(1.5)) * rate * length / fwhm) ** 2))
    return float(-np.expm1(-expected_crossings(height, df, points, fwhm) * long))
