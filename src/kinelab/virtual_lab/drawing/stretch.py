"""Pictures made larger or smaller: between the pixels, row by row (compiled)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinelab.core.compiled import compiled
from kinelab.virtual_lab.images import FloatImage

FloatArray = NDArray[np.float32]


def resized(image: FloatImage, width: int, height: int) -> FloatImage:
    """The image (h, w, C) at another size, bilinear, edges on edges: (height, width, C)."""
    out: FloatImage = np.empty((height, width, image.shape[2]), np.float32)
    stretch(out, image, _places(height, image.shape[0]), _places(width, image.shape[1]))
    return out


def _places(pixels: int, from_pixels: int) -> FloatArray:
    places: FloatArray = ((np.arange(pixels) + 0.5) * (from_pixels / pixels) - 0.5).astype(np.float32)
    return places


@compiled
def stretch(out: FloatImage, image: FloatImage, rows: FloatArray, columns: FloatArray) -> None:
    """out (H, W, C) = image (h, w, C) at rows (H,) and columns (W,), which increase, bilinear; edges repeat.

    Each row that is needed is stretched once, then mixed into the rows between it and its neighbours.
    """
    height, width, channels = image.shape
    line = np.empty((2, out.shape[1] * channels), np.float32)
    left, part = np.empty(out.shape[1], np.int64), np.empty(out.shape[1], np.float32)
    for u in range(out.shape[1]):
        x = min(max(columns[u], np.float32(0)), np.float32(width - 1))
        left[u] = min(int(x), max(width - 2, 0))
        part[u] = x - np.float32(left[u])
    onward = channels if width > 1 else 0
    known = -1  # the last row in `line`, where row j lies at j % 2
    for v in range(out.shape[0]):
        y = min(max(rows[v], np.float32(0)), np.float32(height - 1))
        j = min(int(y), max(height - 2, 0))
        below, share = min(j + 1, height - 1), y - np.float32(j)
        for row in range(max(known + 1, j), below + 1):
            known = row
            source, target = image[row].reshape(-1), line[row % 2]
            for u in range(out.shape[1]):
                for c in range(channels):
                    at = channels * left[u] + c
                    target[channels * u + c] = source[at] + part[u] * (source[at + onward] - source[at])
        upper, lower, mixed = line[j % 2], line[below % 2], out[v].reshape(-1)
        for k in range(mixed.size):
            mixed[k] = upper[k] + share * (lower[k] - upper[k])
