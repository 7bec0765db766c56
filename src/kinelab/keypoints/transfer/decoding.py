"""Score maps and offsets to positions, confidence and spread."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from kinelab.core.checks import Array

OFFSET_SCALE_PX = 7.2801  # DeepLabCut's locref_stdev: brings offsets to the size of scores
_SURE = 1e-4


def decode(
    maps: npt.NDArray[np.floating], stride: int, spread_px: float, *, radius: int = 1
) -> tuple[Array, Array, Array]:
    """Position (N, K, 2), confidence (N, K) and sd (N, K) from maps (N, 3 K, h, w), in px of the input image.

    The cells around the highest score vote where the landmark is, each by its middle plus its offset, with
    its score as weight; with `radius` 0 the highest cell decides alone, as in DeepLabCut. Confidence is the
    highest score. sd is one coordinate's: what the votes differ, and what the height of the peak says of a
    landmark that was learnt as a Gaussian of `spread_px` (see `detection.heatmaps`); it ranks landmarks and
    frames, and is made true by `calibration`.
    """
    n, channels, height, width = maps.shape
    k = channels // 3
    logits = maps[:, :k].reshape(n * k, height, width)
    y, x = np.divmod(logits.reshape(n * k, -1).argmax(axis=1), width)
    side = 2 * radius + 1
    x0, y0 = np.clip(x - radius, 0, width - side), np.clip(y - radius, 0, height - side)
    rows = np.arange(n * k)
    offsets = maps[:, k:].reshape(n, 2, k, height, width).transpose(0, 2, 1, 3, 4)
    score = _window(logits, side)[rows, y0, x0].astype(float).reshape(n * k, -1)
    score = 1 / (1 + np.exp(-np.clip(score, -60, 60)))
    cells = np.arange(side)
    votes = np.empty((n * k, side * side, 2))
    for axis, start in ((0, x0), (1, y0)):
        given = _window(np.ascontiguousarray(offsets[:, :, axis]).reshape(n * k, height, width), side)
        grid = (cells[None, :] if axis == 0 else cells[:, None]) * np.ones((side, side))
        middle = stride * (start[:, None] + grid.reshape(1, -1)) + (stride - 1) / 2
        votes[..., axis] = middle + OFFSET_SCALE_PX * given[rows, y0, x0].reshape(n * k, -1)
    weight = score / score.sum(axis=1, keepdims=True)
    position = (votes * weight[..., None]).sum(axis=1)
    differ = (weight * ((votes - position[:, None]) ** 2).mean(axis=2)).sum(axis=1)
    confidence = score.max(axis=1)
    by_height = spread_px**2 * (1 / np.clip(confidence, _SURE, 1.0) - 1)
    limit = [stride * width - 0.5, stride * height - 0.5]
    position = np.clip(position, -0.5, limit).reshape(n, k, 2)
    return position, confidence.reshape(n, k), np.sqrt(differ + by_height).reshape(n, k)


def _window(maps: npt.NDArray[np.floating], side: int) -> npt.NDArray[np.floating]:
    return sliding_window_view(maps, (side, side), axis=(1, 2))
