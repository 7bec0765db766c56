"""Heatmaps to positions: a Gaussian fitted to the peak, and how far the heatmap spreads beyond its training.

A network trained with the mean squared error on Gaussian targets learns the mean of those targets over what
it cannot tell apart. If the landmark's place is certain up to a normal distribution of variance t^2, that
mean is a Gaussian of variance s^2 + t^2 and height s^2 / (s^2 + t^2), s the training sigma. Both width and
height therefore give t; `sd` here is the larger of the two. It is what the network's own heatmap says: a
spread that ranks landmarks and frames, not an error calibrated against truth.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from kinelab.core.checks import Array
from kinelab.errors import InputError

_RADIUS = 3  # the fit sees 7 x 7 cells
_WEIGHT_SIGMA = 2.0  # cells far from the peak are mostly noise
_FLOOR = 0.02  # of the peak: the logarithm must not look at the noise below
_SD_MIN_HM = 0.1  # no claim below what the fit itself can do on a noisy peak


def decode_heatmaps(
    heatmaps: npt.NDArray[np.floating], *, sigma_hm: float = 2.0
) -> tuple[Array, Array, Array]:
    """Sub-cell position, confidence and spread of K landmarks in N crops.

    heatmaps (N, K, h, w), targets of height 1 and standard deviation `sigma_hm` cells.

    Returns position (N, K, 2) x and y in heatmap cells (0 = middle of the first cell), confidence (N, K) the
    height of the peak kept in 0 to 1, and sd (N, K) in cells for one coordinate (see the module). A landmark
    whose heatmap is nowhere positive, or not finite, has position NaN, confidence 0 and sd NaN.

    The logarithm of a Gaussian is a parabola: it is fitted by weighted least squares over 7 x 7 cells around
    the highest one. DARK (Zhang et al., CVPR 2020, eq. 6-9) takes the same parabola from finite differences
    of few cells, after smoothing; the fit needs no smoothing, is exact on a Gaussian, and at a noise of 2 %
    of the peak errs by 0.024 cells where plain differences err by 0.10.
    """
    if heatmaps.ndim != 4 or min(heatmaps.shape[2:]) < 2 * _RADIUS + 1:
        raise InputError(f"heatmaps have shape {heatmaps.shape}; expected (crops, landmarks, height, width)")
    n, k, height, width = heatmaps.shape
    maps = heatmaps.reshape(n * k, height, width)
    flat = maps.reshape(n * k, -1)
    best = flat.argmax(axis=1)
    peak = flat[np.arange(n * k), best].astype(float)
    good = np.isfinite(flat).all(axis=1) & (peak > 0)
    y, x = np.divmod(best, width)
    # The window stays inside the map; near a border the peak is then not in its middle.
    x0 = np.clip(x - _RADIUS, 0, width - 2 * _RADIUS - 1)
    y0 = np.clip(y - _RADIUS, 0, height - 2 * _RADIUS - 1)
    size = (2 * _RADIUS + 1, 2 * _RADIUS + 1)
    window = sliding_window_view(maps, size, axis=(1, 2))[np.arange(n * k), y0, x0].astype(float)
    safe = np.where(good, peak, 1.0)[:, None, None]
    log = np.log(np.maximum(np.where(good[:, None, None], window, 1.0) / safe, _FLOOR))
    terms = log.reshape(n * k, -1) @ _FIT
    offset, variance, rise = _top(terms)
    start = np.stack([x0, y0], axis=1) + _RADIUS
    # A peak that is no hill (flat, a ridge, noise) keeps its highest cell.
    wild = (np.abs(start + offset - np.stack([x, y], axis=1)) > 1.5).any(axis=1)
    position = np.where(wild[:, None], np.stack([x, y], axis=1), start + offset)
    position = np.clip(position, -0.5, [width - 0.5, height - 0.5])
    # The height between the cells, at most a sixth above the highest cell (a Gaussian of 1 cell).
    confidence = np.clip(peak * np.where(wild, 1.0, np.exp(np.clip(rise, 0.0, 0.15))), 0.0, 1.0)
    position[~good], confidence[~good] = np.nan, 0.0
    sd = _spread(np.where(good, confidence, np.nan), variance, sigma_hm)
    return position.reshape(n, k, 2), confidence.reshape(n, k), sd.reshape(n, k)


def _design() -> Array:
    """(49, 6): from the logarithms to height, slopes x y and second derivatives xx yy xy in the middle."""
    v, u = (a.ravel().astype(float) for a in np.mgrid[-_RADIUS : _RADIUS + 1, -_RADIUS : _RADIUS + 1])
    weight = np.exp(-(u**2 + v**2) / (4 * _WEIGHT_SIGMA**2))
    terms = np.stack([np.ones_like(u), u, v, u**2 / 2, v**2 / 2, u * v], axis=1)
    return np.asarray((np.linalg.pinv(terms * weight[:, None]) * weight).T)


_FIT = _design()


def _top(terms: Array) -> tuple[Array, Array, Array]:
    """Tops of M parabolas: offset (M, 2), variance of the Gaussian (mean of both axes), log height (M,)."""
    height, x, y, xx, yy, xy = terms.T
    det = xx * yy - xy**2
    hill = (det > 1e-6) & (xx + yy < 0)
    det = np.where(hill, det, 1.0)
    step = -np.stack([yy * x - xy * y, xx * y - xy * x], axis=1) / det[:, None]
    rise = height + (x * step[:, 0] + y * step[:, 1]) / 2
    variance = np.where(hill, -(xx + yy) / (2 * det), np.inf)
    return np.where(hill[:, None], step, np.inf), variance, rise


def _spread(confidence: Array, variance: Array, sigma_hm: float) -> Array:
    """The larger of what the peak's width and its height say about t (see the module), in cells."""
    by_width = np.sqrt(np.clip(variance - sigma_hm**2, 0.0, (4 * sigma_hm) ** 2))
    by_height = sigma_hm * np.sqrt(1.0 / np.clip(confidence, _FLOOR, 1.0) - 1.0)
    return np.asarray(np.maximum(np.maximum(by_width, by_height), _SD_MIN_HM))
