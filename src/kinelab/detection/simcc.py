"""SimCC outputs to positions: one classification over x and one over y per landmark.

Li et al., "SimCC", ECCV 2022; the networks are RTMPose (Jiang et al. 2023). Training compares the softmax of
`BETA` times the output with a Gaussian over the bins (MMPose's KLDiscretLoss), so near its peak
`BETA` x output is a parabola whose curvature gives the variance of what the network believes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from kinelab.core.checks import Array
from kinelab.errors import InputError

BETA = 10.0
_RADIUS = 5  # bins to each side that the parabola is fitted to
_SD_MIN_BINS = 0.2


def decode_simcc(
    simcc_x: npt.NDArray[np.floating], simcc_y: npt.NDArray[np.floating], *, bins_per_px: float = 2.0
) -> tuple[Array, Array, Array]:
    """Sub-bin position, confidence and spread of K landmarks in N crops.

    simcc_x (N, K, width x bins_per_px), simcc_y (N, K, height x bins_per_px).

    Returns position (N, K, 2) crop px, confidence (N, K) the smaller of the two peaks kept in 0 to 1 (as
    MMPose), and sd (N, K) crop px for one coordinate: the width of the peak beyond that of the training
    targets, mean of both axes. Like that of heatmaps it is the network's own spread, not an error calibrated
    against truth. A landmark with a value that is not finite has position NaN, confidence 0, sd NaN.

    MMPose takes the highest bin; the parabola through its neighbours takes away the rounding to half pixels.
    """
    if simcc_x.ndim != 3 or simcc_y.ndim != 3 or simcc_x.shape[:2] != simcc_y.shape[:2]:
        raise InputError(
            f"SimCC outputs have shapes {simcc_x.shape} and {simcc_y.shape}; expected (crops, landmarks, "
            "bins)"
        )
    x, peak_x, variance_x = _axis(simcc_x, bins_per_px)
    y, peak_y, variance_y = _axis(simcc_y, bins_per_px)
    position = np.stack([x, y], axis=-1) / bins_per_px
    confidence = np.clip(np.minimum(peak_x, peak_y), 0.0, 1.0)
    sd = np.sqrt(np.maximum((variance_x + variance_y) / 2, _SD_MIN_BINS**2)) / bins_per_px
    bad = ~np.isfinite(position).all(axis=-1)
    position[bad], confidence[bad], sd[bad] = np.nan, 0.0, np.nan
    return position, confidence, sd


def target_sigma_bins(bins: int, bins_per_px: float = 2.0) -> float:
    """Standard deviation of RTMPose's training targets: 4.9 and 5.66 bins at 192 and 256 px, 6 at 288 px.

    All of its configurations lie on sqrt(px / 8).
    """
    return float(np.sqrt(bins / bins_per_px / 8))


def _axis(scores: npt.NDArray[np.floating], bins_per_px: float) -> tuple[Array, Array, Array]:
    """Peak in bins, its value and its variance beyond the training's, each (N, K)."""
    n, k, bins = scores.shape
    flat = np.asarray(scores, dtype=float).reshape(n * k, bins)
    rows = np.arange(n * k)
    best = flat.argmax(axis=1)
    peak = flat[rows, best]
    start = np.clip(best - _RADIUS, 0, bins - 2 * _RADIUS - 1)
    window = sliding_window_view(flat, 2 * _RADIUS + 1, axis=1)[rows, start]
    slope, curve = (BETA * (window - peak[:, None]) @ _FIT).T
    hill = curve < -1e-9
    curve = np.where(hill, curve, -1.0)
    place = start + _RADIUS - slope / curve
    tame = hill & (np.abs(place - best) <= _RADIUS)
    place = np.where(tame, np.clip(place, -0.5, bins - 0.5), best)
    variance = np.where(tame, -1.0 / curve, (bins / 4) ** 2) - target_sigma_bins(bins, bins_per_px) ** 2
    good = np.isfinite(flat).all(axis=1)
    place = np.where(good, place, np.nan)
    variance = np.clip(variance, 0.0, (bins / 4) ** 2)
    return place.reshape(n, k), peak.reshape(n, k), variance.reshape(n, k)


def _design() -> Array:
    """(11, 2): from scores to slope and second derivative at the window's middle, by least squares."""
    u = np.arange(-_RADIUS, _RADIUS + 1.0)
    return np.asarray(np.linalg.pinv(np.stack([np.ones_like(u), u, u**2 / 2], axis=1))[1:].T)


_FIT = _design()
