"""One contract for all event methods, on a walker whose events are known exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from kinelab.core.events import SIDES, GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import COCO_17
from kinelab.errors import GaitError, InputError
from kinelab.gait import events_foot_speed, events_oconnor, events_zeni
from kinelab.gait.detecting import METHODS, detect_all

Detect = Callable[[Keypoints], GaitEvents]
EDGE_S = 0.3

methods = pytest.mark.parametrize("detect", METHODS.values(), ids=METHODS)


def _inner(walk, side, kind):
    """Known events that are not at the very ends of the recording."""
    time_s = walk.keypoints.time_s
    times = walk.events.times(side, kind)
    return times[(times > time_s[0] + EDGE_S) & (times < time_s[-1] - EDGE_S)]


def _errors_s(walk, events: GaitEvents, kind: str) -> np.ndarray:
    """Found minus known of every inner event; fails when one is missing or found twice."""
    errors = []
    for side in SIDES:
        for known in _inner(walk, side, kind):
            near = [t for t in events.times(side, kind) if abs(t - known) < 0.2 * walk.stride_s]
            assert len(near) == 1, f"{kind} {side} at {known:.2f} s found {len(near)} times"
            errors.append(near[0] - known)
    assert errors
    return np.array(errors)


def _with(keypoints: Keypoints, position: np.ndarray) -> Keypoints:
    seen = np.isfinite(position).all(axis=-1)
    return replace(keypoints, position=position, confidence=np.where(seen, 0.9, np.nan))


@methods
def test_every_event_is_found_once_and_equally_late(walk, detect: Detect) -> None:
    events = detect(walk.keypoints)
    for kind, limit_s in (("ic", 0.07), ("to", 0.07)):
        errors = _errors_s(walk, events, kind)
        assert np.abs(errors).max() < limit_s
        # Both feet move alike: what differs between strides is only rounding, far below a frame (10 ms).
        assert np.ptp(errors) < 0.001


@methods
def test_sorted_alternating_and_named(walk, detect: Detect) -> None:
    events = detect(walk.keypoints)
    assert (np.diff(events.time_s) >= 0).all()
    for side in SIDES:
        kinds = [k for s, k in zip(events.side, events.kind, strict=True) if s == side]
        assert all(a != b for a, b in pairwise(kinds))
    assert set(events.method) <= set(METHODS)
    assert np.isnan(events.sd_s).all()


@methods
def test_a_treadmill_gives_the_same_events(walk, walk_of, detect: Detect) -> None:
    ground, belt = detect(walk.keypoints), detect(walk_of(treadmill=True).keypoints)
    assert (belt.side, belt.kind) == (ground.side, ground.kind)
    assert belt.time_s == pytest.approx(ground.time_s, abs=0.002)


@methods
def test_place_and_time_of_start_do_not_matter(walk, detect: Detect) -> None:
    events = detect(walk.keypoints)
    moved = replace(
        walk.keypoints,
        time_s=walk.keypoints.time_s + 100,
        position=walk.keypoints.position + np.array([5, 0.3]),
    )
    assert detect(moved).time_s == pytest.approx(events.time_s + 100, abs=1e-6)


@methods
def test_a_wrong_scale_moves_no_event_by_much(walk, detect: Detect) -> None:
    """The assumed height may be 25 % wrong."""
    events = detect(walk.keypoints)
    scaled = detect(replace(walk.keypoints, position=1.25 * walk.keypoints.position))
    assert scaled.time_s == pytest.approx(events.time_s, abs=0.001)


@methods
def test_25_frames_a_second_are_enough(walk_of, detect: Detect) -> None:
    walk = walk_of(rate_hz=25.0)
    for kind in ("ic", "to"):
        errors = _errors_s(walk, detect(walk.keypoints), kind)
        assert np.abs(errors).max() < 0.09
        assert np.ptp(errors) < 0.04  # one frame: times are refined between frames


@methods
def test_no_event_inside_a_gap(walk, detect: Detect) -> None:
    position = walk.keypoints.position.copy()
    gap = (walk.keypoints.time_s >= 4.0) & (walk.keypoints.time_s < 5.5)
    position[gap] = np.nan
    events = detect(_with(walk.keypoints, position))
    assert not ((events.time_s > 4.0) & (events.time_s < 5.49)).any()
    whole = detect(walk.keypoints)
    before = whole.time_s[whole.time_s < 3.6]
    assert events.time_s[: before.size] == pytest.approx(before, abs=0.002)


@methods
def test_one_hidden_foot_leaves_the_other(walk, detect: Detect) -> None:
    position = walk.keypoints.position.copy()
    for part in ("ankle", "heel", "big_toe"):
        position[:, walk.keypoints.skeleton.index(f"left_{part}")] = np.nan
    events = detect(_with(walk.keypoints, position))
    assert "left" not in events.side
    assert events.times("right", "ic") == pytest.approx(
        detect(walk.keypoints).times("right", "ic"), abs=0.005
    )


@methods
def test_a_standing_person_has_no_events(walk, detect: Detect) -> None:
    rng = np.random.default_rng(0)
    still = walk.keypoints.position[:1] + rng.normal(0, 0.002, walk.keypoints.position.shape)
    assert detect(_with(walk.keypoints, still)).time_s.size == 0


@methods
def test_the_way_back_gives_no_events(walk, detect: Detect) -> None:
    """A person who walks towards -X was not turned to +X: front and back would be exchanged."""
    mirrored = walk.keypoints.position * np.array([-1, 1])
    assert detect(_with(walk.keypoints, mirrored)).time_s.size == 0


@methods
def test_noise_of_the_network_loses_no_event(walk_of, detect: Detect) -> None:
    walk = walk_of(noise_m=0.005, rate_hz=50.0)
    events = detect(walk.keypoints)
    for kind in ("ic", "to"):
        for side in SIDES:
            known, found = _inner(walk, side, kind), events.times(side, kind)
            hit = np.abs(found[:, None] - known).min(axis=0) < 0.12
            assert hit.mean() >= 0.8


@methods
def test_pixels_are_refused(walk, detect: Detect) -> None:
    with pytest.raises(InputError, match="need keypoints in metres, found pixels"):
        detect(replace(walk.keypoints, unit="px"))


@methods
def test_uneven_times_are_refused(walk, detect: Detect) -> None:
    time_s = walk.keypoints.time_s.copy()
    time_s[100:] += 0.1
    with pytest.raises(
        InputError, match=r"need uniform times, found intervals of 10\.0 to 110\.0 ms; resample"
    ):
        detect(replace(walk.keypoints, time_s=time_s))


@methods
def test_three_components_are_refused(walk, detect: Detect) -> None:
    flat = walk.keypoints.position
    with pytest.raises(InputError, match="need planar keypoints"):
        detect(replace(walk.keypoints, position=np.concatenate([flat, flat[..., :1]], axis=-1)))


@methods
def test_two_frames_are_too_few(walk, detect: Detect) -> None:
    k = walk.keypoints
    two = replace(k, time_s=k.time_s[:2], position=k.position[:2], confidence=k.confidence[:2])
    with pytest.raises(GaitError, match="has 2 frames"):
        detect(two)


def test_without_feet_each_method_falls_back_or_says_why_not(walk_of) -> None:
    walk = walk_of(skeleton=COCO_17)
    detections = detect_all(walk.keypoints)
    assert set(detections.not_possible) == {"O'Connor 2007", "Hreljac & Marshall 2000"}
    assert "needs heel and big toe" in detections.not_possible["O'Connor 2007"]
    zeni = detections.events[events_zeni.NAME]
    assert set(zeni.method) == {"Zeni 2008 (ankles)"}
    assert np.abs(_errors_s(walk, zeni, "ic")).max() < 0.08
    speed = detections.events[events_foot_speed.NAME]
    assert set(speed.kind) == {"ic"}
    assert set(speed.method) == {"Bruening & Ridge 2014 (ankles)"}


def test_oconnor_lands_where_the_velocity_troughs() -> None:
    """The paper's rule on a made-up foot: the trough of the vertical velocity while the heel is low."""
    heel_y = np.array([0.3, 0.3, 0.2, 0.1, 0.02, 0.0, 0.0, 0.0, 0.0])
    upward = np.array([0.0, -1.0, -3.0, -2.0, -2.5, -1.0, 0.0, 0.0, 0.0])
    landing = events_oconnor._landings(heel_y, upward, rate=100.0)
    assert landing == pytest.approx([3.75])  # the deeper trough at frame 2 has a high heel
