"""Landmarks that a person put right."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import Skeleton
from kinelab.errors import InputError
from kinelab.keypoints.by_hand import ByHand


def two_landmarks() -> Keypoints:
    skeleton = Skeleton("two", ("left_ankle", "nose"), ())
    position = np.zeros((3, 2, 2))
    return Keypoints(skeleton, np.arange(3) / 50, position, np.full((3, 2), 0.5), "px", np.ones((3, 2)))


def test_points_are_moved_and_hidden() -> None:
    put = ByHand({(1, "nose"): (7.0, 8.0), (2, "left_ankle"): None}).put(two_landmarks())
    assert put.position[1, 1].tolist() == [7.0, 8.0]
    assert put.confidence[1, 1] == 1.0
    assert np.isnan(put.position[2, 0]).all()
    assert np.isnan(put.confidence[2, 0])
    assert put.sd is not None
    assert np.isnan(put.sd[2, 0])
    untouched = np.ones((3, 2), dtype=bool)
    untouched[1, 1] = untouched[2, 0] = False
    assert (put.position[untouched] == 0).all()
    assert (put.confidence[untouched] == 0.5).all()


def test_a_landmark_that_is_not_there() -> None:
    with pytest.raises(InputError, match="ear"):
        ByHand({(0, "ear"): (1.0, 1.0)}).put(two_landmarks())
