from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.events import GaitEvents
from kinelab.errors import InputError

GOOD = {
    "side": ("left", "right", "left", "left"),
    "kind": ("ic", "to", "to", "ic"),
    "time_s": [0.5, 0.6, 1.1, 1.6],
    "sd_s": [0.01, np.nan, 0.01, 0.02],
    "method": ("heel",) * 4,
}


def test_times_of_one_foot_and_kind():
    events = GaitEvents(**GOOD)
    np.testing.assert_array_equal(events.times("left", "ic"), [0.5, 1.6])
    np.testing.assert_array_equal(events.times("right", "to"), [0.6])
    assert events.times("right", "ic").size == 0
    assert events.reviewed_by == ("",) * 4


def test_two_events_at_one_time_are_allowed():
    assert GaitEvents(**{**GOOD, "time_s": [0.5, 0.5, 1.1, 1.6]}).time_s[1] == 0.5


def test_no_events():
    events = GaitEvents((), (), [], [], ())
    assert events.times("left", "ic").size == 0
    assert events.to_frame().empty


def test_chosen_events_keep_everything_that_is_known_of_them():
    events = GaitEvents(**GOOD, reviewed_by=("AB", "", "", "")).chosen([0, 2])
    assert (events.side, events.kind, events.reviewed_by) == (("left",) * 2, ("ic", "to"), ("AB", ""))
    np.testing.assert_array_equal(events.time_s, [0.5, 1.1])
    assert GaitEvents(**GOOD).chosen([]).time_s.size == 0


def test_frame_has_one_row_an_event():
    frame = GaitEvents(**GOOD, reviewed_by=("AB", "", "", "")).to_frame()
    assert list(frame) == ["side", "kind", "time_s", "sd_s", "method", "reviewed_by"]
    assert frame.loc[0].to_dict() == {
        "side": "left", "kind": "ic", "time_s": 0.5, "sd_s": 0.01, "method": "heel", "reviewed_by": "AB",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"side": ("left",)}, "GaitEvents: side has 1 entries for 4 events"),
        ({"method": ()}, "method has 0 entries for 4 events"),
        ({"reviewed_by": ("AB",)}, "reviewed_by has 1 entries for 4 events"),
        ({"sd_s": [0.0]}, r"sd_s has shape \(1,\), expected \(4,\)"),
        ({"time_s": [0.5, np.nan, 1.1, 1.6]}, "time_s holds NaN or infinity"),
        ({"time_s": [0.5, 0.4, 1.1, 1.6]}, "time_s is not sorted"),
        ({"side": ("left", "middle", "left", "left")}, r"side holds \{'middle'\}"),
        ({"kind": ("ic", "to", "toe", "ic")}, "kind holds something else than ic, to"),
    ],
)
def test_bad_events(change, message):
    with pytest.raises(InputError, match=message):
        GaitEvents(**{**GOOD, **change})
