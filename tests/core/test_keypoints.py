from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import Skeleton
from kinelab.errors import InputError

LEG = Skeleton("leg", ("left_hip", "left_knee", "left_ankle"))


def keypoints(**change):
    position = np.arange(24, dtype=float).reshape(4, 3, 2)
    position[2, 1] = np.nan
    fields = {
        "skeleton": LEG,
        "time_s": [0, 0.1, 0.2, 0.4],
        "position": position,
        "confidence": np.where(np.isfinite(position[..., 0]), 0.9, np.nan),
    }
    return Keypoints(**{**fields, **change})


def test_reading_of_it():
    points = keypoints()
    assert points.n == 4
    assert points.rate_hz == pytest.approx(10)
    np.testing.assert_array_equal(points.of("left_ankle")[:, 0], [4, 10, 16, 22])
    assert points.seen.sum() == 11
    assert not points.seen[2, 1]


def test_one_frame_has_no_rate():
    one = keypoints(time_s=[0.0], position=np.zeros((1, 3, 2)), confidence=np.ones((1, 3)))
    assert one.rate_hz == 0


def test_arrays_are_its_own():
    position = np.zeros((4, 3, 2))
    points = keypoints(position=position)
    position[:] = 1
    assert points.position.max() == 0
    with pytest.raises(ValueError, match="read-only"):
        points.position[0] = 1


def test_in_space():
    assert keypoints(position=np.zeros((4, 3, 3)), unit="m").to_xarray().sizes == {
        "time": 4, "landmark": 3, "component": 3,
    }  # fmt: skip


def test_labels_and_units():
    data = keypoints(sd=np.full((4, 3), 2.0)).to_xarray()
    assert data.position.attrs["units"] == data.sd.attrs["units"] == "px"
    assert data.attrs["skeleton"] == "leg"
    np.testing.assert_array_equal(data.position.sel(landmark="left_knee", component="y"), [3, 9, np.nan, 21])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"unit": "mm"}, "Keypoints: unit is 'mm', allowed are 'px', 'm'"),
        ({"time_s": [0, 1, 1, 2]}, "time_s does not increase at index 2"),
        ({"position": np.zeros((4, 2, 2))}, r"position has shape \(4, 2, 2\), expected \(4, 3, 2\)"),
        ({"position": np.zeros((4, 3, 4))}, "position has 4 components, expected 2 or 3"),
        ({"position": np.zeros((4, 3))}, r"position has shape \(4, 3\), expected \(4, 3, 2\)"),
        ({"confidence": np.ones((4, 2))}, r"confidence has shape \(4, 2\), expected \(4, 3\)"),
        ({"confidence": np.full((4, 3), 1.2)}, "confidence leaves 0 to 1"),
        ({"position": np.full((4, 3, 2), np.inf)}, r"position holds infinity \(use NaN for not seen\)"),
        ({"sd": np.full((4, 3), -1.0)}, "sd is negative"),
        ({"sd": np.ones(4)}, r"sd has shape \(4,\), expected \(4, 3\)"),
    ],
)
def test_bad_keypoints(change, message):
    with pytest.raises(InputError, match=message):
        keypoints(**change)
