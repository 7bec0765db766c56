"""What a person's clothes look like: colour histograms of three bands of the box.

Only used to keep two persons apart and to know one again after an absence of seconds within one video; it
is far from recognising anybody.
"""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.detection.crops import Image

_BANDS = 3  # head and chest, hips and thighs, shanks
_ROWS, _COLUMNS = 36, 12  # pixels that are looked at
_INSIDE = (0.3, 0.7)  # share of the box's width: less background
_LEVELS = 4  # per colour channel


def looks_of(image: Image, box: Array) -> Array:
    """Square roots of the colour histograms of a box, (3 x 64,), of length 1.

    image (H, W, 3) RGB uint8, box (4,) px.
    """
    x0, y0, x1, y1 = box
    left, right = x0 + _INSIDE[0] * (x1 - x0), x0 + _INSIDE[1] * (x1 - x0)
    columns = _between(left, right, _COLUMNS, image.shape[1])
    rows = _between(y0, y1, _ROWS, image.shape[0])
    level = image[rows[:, None], columns[None]].astype(np.int64) * _LEVELS // 256
    code = (level[..., 0] * _LEVELS + level[..., 1]) * _LEVELS + level[..., 2]
    band = np.arange(_ROWS)[:, None] * _BANDS // _ROWS
    histogram = np.bincount((code + band * _LEVELS**3).ravel(), minlength=_BANDS * _LEVELS**3)
    return np.asarray(np.sqrt(histogram / histogram.sum()))


def alike(a: Array, b: Array) -> float:
    """Bhattacharyya coefficient of two looks: 1 = the same colours, 0 = none in common."""
    return float(a @ b)


def mixed(old: Array, new: Array, share: float = 0.1) -> Array:
    """Looks that follow slow changes of light: `share` of the new histogram."""
    blend = np.sqrt((1 - share) * old**2 + share * new**2)
    return np.asarray(blend)


def _between(low: float, high: float, n: int, limit: int) -> Array:
    places = np.rint(low + (np.arange(n) + 0.5) / n * (high - low))
    return np.clip(places, 0, limit - 1).astype(np.int64)
