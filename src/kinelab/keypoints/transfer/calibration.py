"""A landmark's stated sd made true: what the network says of its spread, scaled and floored on labels.

What a score map says of its spread ranks frames well, but knows nothing of the raters' scatter nor of what
the network is sure of and wrong about. So the stated variance becomes (scale * said)^2 + floor^2 for each
landmark, fitted to errors on labels that the network did not learn from, by maximum likelihood for normal
errors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from kinelab.core.checks import Array
from kinelab.errors import InputError

_LEAST = 10  # errors below which nothing can be said
_PRIOR = 10.0  # errors' worth of belief that a landmark is like the others
_CAP = 4.0  # of the median error: beyond it a point is misplaced (another animal's), not uncertain


@dataclass(frozen=True, eq=False)
class SdCalibration:
    """scale (K,) and floor_px (K,): sd = sqrt((scale * said)^2 + floor^2)."""

    scale: Array
    floor_px: Array

    def apply(self, said_px: Array) -> Array:
        """Calibrated sd (N, K) of what the network said (N, K)."""
        return np.asarray(np.sqrt((self.scale * said_px) ** 2 + self.floor_px**2))


def calibrate_sd(difference_px: Array, said_px: Array) -> SdCalibration:
    """Fit the sd of K landmarks to differences (N, K, 2) network minus human; NaN is left out.

    said_px (N, K): sd of one coordinate as the network's maps give it. Scale and floor are fitted to all
    landmarks together, then each landmark gets the factor that its own errors ask for, drawn towards 1 as if
    ten of its errors had agreed with the others: few frames are tested. Points more than four median errors
    off count as if they lay there: one that is misplaced altogether would widen all others.

    Raises:
        InputError: fewer than 10 errors.
    """
    squared = (difference_px**2).sum(axis=-1)
    good = np.isfinite(squared) & np.isfinite(said_px)
    if good.sum() < _LEAST:
        raise InputError(
            f"{int(good.sum())} labelled landmarks are left to calibrate the sd on; "
            f"at least {_LEAST} are needed"
        )
    squared = np.minimum(squared, (_CAP * np.sqrt(np.median(squared[good]))) ** 2)
    scale, floor = _fit(squared[good], said_px[good])
    variance = (scale * said_px) ** 2 + floor**2
    ratio = np.where(good, squared / (2 * variance), 0.0).sum(axis=0)
    factor = np.sqrt((ratio + _PRIOR) / (good.sum(axis=0) + _PRIOR))
    return SdCalibration(scale * factor, floor * factor)


def cross_calibrated(difference_px: Array, said_px: Array, folds: int = 5) -> Array:
    """Calibrated sd (N, K) of each frame from the other frames' errors only, to judge the calibration by."""
    n = len(said_px)
    stated = np.full(said_px.shape, np.nan)
    parts = min(folds, n)
    for fold in range(parts):
        held = np.arange(n) % parts == fold
        try:
            stated[held] = calibrate_sd(difference_px[~held], said_px[~held]).apply(said_px[held])
        except InputError:
            return stated  # too few for a judgement
    return stated


def _fit(squared: Array, said: Array) -> tuple[float, float]:
    """Scale and floor of greatest likelihood: squared is of both coordinates, each N(0, variance)."""
    size = float(np.sqrt(squared.mean() / 2)) or 1e-3
    middle = float(np.median(said)) or 1e-3

    def cost(log: Array) -> float:
        variance = (np.exp(log[0]) * said) ** 2 + np.exp(2 * log[1])
        return float(np.mean(np.log(variance) + squared / (2 * variance)))

    starts = [np.log([size / middle * a, size * b]) for a, b in ((0.7, 0.7), (0.1, 1.0), (1.0, 0.1))]
    limits = [(np.log(1e-4), np.log(1e3 * size / middle + 1)), (np.log(1e-3 * size), np.log(10 * size))]
    found = min((minimize(cost, s, bounds=limits) for s in starts), key=lambda fit: float(fit.fun))
    scale, floor = np.exp(found.x)
    return float(scale), float(floor)
