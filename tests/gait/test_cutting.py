from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinelab.core.events import GaitEvents
from kinelab.errors import GaitError
from kinelab.gait.cutting import StrideLimits, cut


def _without(events: GaitEvents, drop: np.ndarray) -> GaitEvents:
    keep = np.flatnonzero(~drop)
    return GaitEvents(
        side=tuple(events.side[i] for i in keep), kind=tuple(events.kind[i] for i in keep),
        time_s=events.time_s[keep], sd_s=events.sd_s[keep], method=tuple(events.method[i] for i in keep),
    )  # fmt: skip


def _is(events: GaitEvents, side: str, kind: str) -> np.ndarray:
    return np.array([(s, k) == (side, kind) for s, k in zip(events.side, events.kind, strict=True)])


def test_strides_run_from_contact_to_contact(walk) -> None:
    strides = cut(walk.kinematics, walk.events, walk.keypoints)
    assert strides.used.all()
    assert strides.why_not == ("",) * strides.n
    assert strides.stop_s - strides.start_s == pytest.approx(walk.stride_s)
    assert (strides.toe_off_s - strides.start_s) / walk.stride_s == pytest.approx(walk.stance_share)
    assert (np.diff(strides.start_s) > 0).all()
    assert {"left", "right"} == set(strides.side)


def test_a_curve_is_the_angle_at_each_percent(walk) -> None:
    strides = cut(walk.kinematics, walk.events)
    time_s, knee = walk.kinematics.time.time_s, walk.kinematics.of("knee_angle_l")
    curves = strides.curves("left", "knee_angle_l")
    assert curves.shape[1] == 101
    for start, curve in zip(strides.start_s[strides.chosen("left")], curves, strict=True):
        at = start + np.array([0, 0.25, 1]) * walk.stride_s
        assert curve[[0, 25, 100]] == pytest.approx(np.interp(at, time_s, knee))
    # Both feet do the same half a stride apart.
    assert strides.curves("right", "knee_angle_r")[0] == pytest.approx(curves[0], abs=0.3)


def test_one_stride_is_enough(walk) -> None:
    first = np.flatnonzero(_is(walk.events, "left", "ic"))[:2]
    only = np.ones(walk.events.time_s.size, dtype=bool)
    only[first[0] : first[1] + 1] = False
    strides = cut(walk.kinematics, _without(walk.events, only))
    assert (strides.n, int(strides.used.sum()), strides.side) == (1, 1, ("left",))


def test_no_whole_stride_is_an_error_that_counts_what_was_found(walk) -> None:
    few = _without(walk.events, walk.events.time_s > 3.0)
    message = (
        r"not one whole stride in 6\.0 s: found initial contacts 1 left, 1 right; toe-offs 1 left, \d right; "
        "a stride needs two initial contacts of the same foot"
    )
    with pytest.raises(GaitError, match=message):
        cut(walk.kinematics, few)


def test_a_missing_toe_off_is_kept_but_not_used(walk) -> None:
    drop = _is(walk.events, "left", "to") & (walk.events.time_s > 4) & (walk.events.time_s < 5.1)
    strides = cut(walk.kinematics, _without(walk.events, drop))
    (index,) = np.flatnonzero(~strides.used)
    assert strides.why_not[index] == "no toe-off found"
    assert np.isnan(strides.toe_off_s[index])


def test_a_missed_contact_is_told_by_the_length(walk) -> None:
    drop = _is(walk.events, "right", "ic") & (np.abs(walk.events.time_s - 4.95) < 0.2)
    assert drop.sum() == 1
    strides = cut(walk.kinematics, _without(walk.events, drop))
    (index,) = np.flatnonzero(~strides.used)
    assert strides.why_not[index] == (
        "lasts 2.20 s, usual are 1.10 s: an initial contact was probably missed"
    )


def test_limits_of_duration_are_told(walk) -> None:
    strides = cut(walk.kinematics, walk.events, limits=StrideLimits(longest_s=1.0))
    assert not strides.used.any()
    assert strides.why_not[0] == "lasts 1.10 s, allowed are 0.5 to 1 s"


def test_a_toe_off_at_a_strange_time_is_told(walk) -> None:
    strides = cut(walk.kinematics, walk.events, limits=StrideLimits(stance_share=(0.3, 0.5)))
    assert strides.why_not[0] == "toe-off at 62 % of the stride, allowed are 30 to 50 %"


def test_a_short_gap_is_bridged_and_a_long_one_empties_that_angle_only(walk) -> None:
    valid = walk.kinematics.valid.copy()
    knee, hip = (walk.kinematics.column(f"{name}_l") for name in ("knee_angle", "hip_flexion"))
    start = walk.events.times("left", "ic")[1] - 2.0
    valid[round(100 * start) + 20 : round(100 * start) + 30, hip] = False  # 9 % of a stride
    valid[round(100 * start) + 20 : round(100 * start) + 50, knee] = False  # 27 %
    strides = cut(replace(walk.kinematics, valid=valid), walk.events)
    assert strides.used.all()
    at = int(np.argmin(np.abs(strides.start_s - start - 2.0)))
    assert np.isfinite(strides.curves_deg[at, :, hip]).all()
    assert np.isnan(strides.curves_deg[at, :, knee]).all()
    whole = cut(walk.kinematics, walk.events)
    assert strides.curves_deg[at, :, hip] == pytest.approx(whole.curves_deg[at, :, hip], abs=1.0)


def test_a_leg_that_is_never_seen_is_told(walk) -> None:
    valid = walk.kinematics.valid.copy()
    for j, name in enumerate(walk.kinematics.names):
        valid[:, j] &= not name.endswith("_l")
    strides = cut(replace(walk.kinematics, valid=valid), walk.events)
    assert not strides.chosen("left").any()
    assert strides.chosen("right").any()
    reason = "no left joint angle is seen through the whole stride"
    assert strides.why_not[strides.side.index("left")] == reason


def test_a_turn_and_a_stop_are_told(walk) -> None:
    k = walk.keypoints
    turned = k.position.copy()
    late = k.time_s > 6.0
    turned[late, :, 0] = 2 * k.of("mid_hip")[~late][-1, 0] - turned[late, :, 0]
    strides = cut(walk.kinematics, walk.events, replace(k, position=turned))
    assert strides.why_not[-1] == "the person turns or walks the other way"
    assert strides.used[strides.stop_s < 5].all()
    stopped = k.position.copy()
    stopped[late] = stopped[~late][-1]
    strides = cut(walk.kinematics, walk.events, replace(k, position=stopped))
    assert strides.why_not[-1] == "the person starts, stops or turns"
