"""The middle of a group of markers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints


def middle_of(markers: Keypoints, columns: Sequence[int]) -> Array:
    """(T, 3) m mean of the markers of a group that are seen, NaN in frames without any."""
    points = markers.position[:, list(columns)]
    seen = np.isfinite(points).all(axis=-1, keepdims=True)
    count = seen.sum(axis=1)
    total = np.where(seen, points, 0.0).sum(axis=1)
    middle: Array = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
    return middle
