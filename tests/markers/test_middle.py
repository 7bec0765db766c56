from __future__ import annotations

import numpy as np

from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import Skeleton
from kinelab.markers.middle import middle_of


def test_the_middle_is_that_of_the_markers_seen() -> None:
    position = np.zeros((3, 3, 3))
    position[:, 1] = [2.0, 4.0, 6.0]
    position[:, 2] = 100.0  # of another group
    position[1, 0] = np.nan
    position[2, :2] = np.nan
    seen = np.isfinite(position).all(axis=2)
    names = Skeleton("three", ("a", "b", "c"))
    markers = Keypoints(names, np.arange(3) / 100, position, np.where(seen, 1.0, np.nan), unit="m")
    np.testing.assert_array_equal(middle_of(markers, [0, 1]), [[1, 2, 3], [2, 4, 6], [np.nan] * 3])
