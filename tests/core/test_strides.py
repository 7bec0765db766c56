from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.strides import STRIDE_POINTS, Strides
from kinelab.errors import InputError


def strides(**change):
    fields = {
        "side": ("left", "right", "left"),
        "start_s": [0.0, 0.5, 1.0],
        "toe_off_s": [0.6, np.nan, 1.6],
        "stop_s": [1.0, 1.5, 2.1],
        "used": [True, True, False],
        "why_not": ("", "", "turning"),
        "names": ("knee_angle_l", "hip_flexion_l"),
        "curves_deg": np.arange(3.0)[:, None, None] + np.zeros((3, STRIDE_POINTS, 2)),
    }
    return Strides(**{**fields, **change})


def test_used_strides_of_one_foot():
    walk = strides()
    assert walk.n == 3
    assert walk.chosen("left").tolist() == [True, False, False]
    assert walk.curves("right", "hip_flexion_l").shape == (1, 101)
    assert (walk.curves("right", "hip_flexion_l") == 1).all()


def test_unknown_angle():
    with pytest.raises(
        InputError, match="no angle 'knee' in these strides; there are knee_angle_l, hip_flexion_l"
    ):
        strides().curves("left", "knee")


def test_views():
    frame = strides().to_frame()
    assert frame.why_not.tolist() == ["", "", "turning"]
    data = strides().to_xarray()
    assert data.sizes == {"stride": 3, "percent": 101, "coordinate": 2}
    assert data.percent.values[[0, -1]].tolist() == [0, 100]
    np.testing.assert_array_equal(data.stop_s - data.start_s, [1.0, 1.0, 1.1])


def test_no_strides():
    empty = strides(
        side=(), start_s=[], toe_off_s=[], stop_s=[], used=[], why_not=(), curves_deg=np.zeros((0, 101, 2))
    )
    assert empty.n == 0
    assert empty.curves("left", "knee_angle_l").shape == (0, 101)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"side": ("left",)}, "Strides: side has 1 entries for 3 strides"),
        ({"side": ("left", "both", "left")}, r"side holds \{'both'\}"),
        ({"why_not": ()}, "why_not has 0 entries for 3 strides"),
        ({"used": [True]}, r"used has shape \(1,\), expected \(3,\)"),
        (
            {"curves_deg": np.zeros((3, 100, 2))},
            r"curves_deg has shape \(3, 100, 2\), expected \(3, 101, 2\)",
        ),
        ({"stop_s": [1.0, 0.5, 2.1]}, "a stride stops before it starts"),
        ({"toe_off_s": [1.2, np.nan, 1.6]}, "a toe-off lies outside its stride"),
        ({"toe_off_s": [0.6, np.nan]}, r"toe_off_s has shape \(2,\), expected \(3,\)"),
    ],
)
def test_bad_strides(change, message):
    with pytest.raises(InputError, match=message):
        strides(**change)


def test_every_stride_has_a_stop():
    with pytest.raises(InputError, match="stop_s"):
        strides(stop_s=[1.0, np.nan, 2.1])
