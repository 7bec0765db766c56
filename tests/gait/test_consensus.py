from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.events import SIDES, GaitEvents
from kinelab.core.skeletons import COCO_17
from kinelab.gait.consensus import agreement, consensus, disputed, weighted_median
from kinelab.gait.detecting import detect_all
from kinelab.gait.method_errors import UNKNOWN, method_error

CYCLE = (("left", "ic"), ("right", "to"), ("right", "ic"), ("left", "to"))


def _events(rows: list[tuple[float, str, str]], method: str) -> GaitEvents:
    rows = sorted(rows)
    return GaitEvents(
        side=tuple(r[1] for r in rows), kind=tuple(r[2] for r in rows), time_s=np.array([r[0] for r in rows]),
        sd_s=np.full(len(rows), np.nan), method=(method,) * len(rows),
    )  # fmt: skip


def _cycles(n: int = 3, shift_s: float = 0.0) -> list[tuple[float, str, str]]:
    return [
        (c * 1.0 + t + shift_s, side, kind)
        for c in range(n)
        for t, (side, kind) in zip((0, 0.1, 0.5, 0.6), CYCLE, strict=True)
    ]


def test_weighted_median() -> None:
    assert weighted_median(np.array([3.0, 1.0, 2.0]), np.ones(3)) == 2
    assert weighted_median(np.array([1.0, 2.0]), np.ones(2)) == 1.5
    assert weighted_median(np.array([1.0, 2.0, 10.0]), np.array([1.0, 1.0, 5.0])) == 10


def test_an_outlier_among_methods_does_not_move_the_event() -> None:
    results = {name: _events(_cycles(shift_s=s), name) for name, s in (("a", 0.0), ("b", 0.004), ("c", 0.09))}
    merged = consensus(results)
    assert merged.time_s == pytest.approx([t + 0.004 for t, _, _ in sorted(_cycles())])
    assert merged.sd_s == pytest.approx(np.std([0, 0.004, 0.09], ddof=1) * np.ones(12))
    assert set(merged.method) == {"consensus(3 of 3)"}
    assert disputed(merged).all()


def test_what_one_method_alone_saw_is_dropped() -> None:
    results = {
        "a": _events([*_cycles(), (1.3, "right", "ic")], "a"),
        "b": _events(_cycles(), "b"),
        "c": _events(_cycles(), "c"),
    }
    assert consensus(results).time_s.size == 12


def test_one_method_is_taken_as_it_is_and_has_no_spread() -> None:
    merged = consensus({"a": _events(_cycles(), "a")})
    assert merged.time_s.size == 12
    assert np.isnan(merged.sd_s).all()
    assert not disputed(merged).any()


def test_known_lateness_is_taken_off() -> None:
    late = method_error("Zeni 2008", "ic").late_s
    assert late < -0.03
    merged = consensus({"Zeni 2008": _events([(1.0 + late, "left", "ic")], "Zeni 2008")})
    assert merged.time_s == pytest.approx([1.0])


def test_a_method_never_measured_counts_little() -> None:
    assert method_error("made up", "ic") == UNKNOWN
    assert method_error("O'Connor 2007", "ic").weight > UNKNOWN.weight


def test_a_false_event_against_the_order_is_dropped() -> None:
    """Two methods mistake the mid-stance of the left foot for its landing."""
    false = (1.3, "left", "ic")
    results = {name: _events(_cycles() + [false] * (name in "ab"), name) for name in "abcd"}
    merged = consensus(results)
    assert 1.3 not in merged.time_s
    assert merged.time_s.size == 12


def test_a_hidden_foot_does_not_cost_the_other() -> None:
    rows = [row for row in _cycles(4) if not (row[1] == "left" and 0.9 < row[0] < 2.9)]
    merged = consensus({name: _events(rows, name) for name in "abc"})
    assert merged.time_s.size == len(rows)


def test_running_keeps_its_flight_phases() -> None:
    """Running: toe-off comes before the other foot lands."""
    rows = [
        (c * 0.7 + t, side, kind)
        for c in range(4)
        for t, side, kind in (
            (0, "left", "ic"),
            (0.25, "left", "to"),
            (0.35, "right", "ic"),
            (0.6, "right", "to"),
        )
    ]
    assert consensus({name: _events(rows, name) for name in "abc"}).time_s.size == 16


def test_nothing_found_gives_nothing() -> None:
    assert consensus({}).time_s.size == 0
    assert consensus({"a": _events([], "a")}).time_s.size == 0


@pytest.mark.parametrize(
    ("options", "limit_s"),
    [({}, 0.03), ({"treadmill": True}, 0.03), ({"stride_s": 1.6, "speed_mps": 0.7, "stance": 0.66}, 0.035),
     ({"noise_m": 0.01, "rate_hz": 50.0}, 0.06), ({"skeleton": COCO_17}, 0.08)],
)  # fmt: skip
def test_a_walk_in_order_near_the_truth(walk_of, options: dict[str, object], limit_s: float) -> None:
    walk = walk_of(**options)
    merged = consensus(detect_all(walk.keypoints).events)
    order = [CYCLE.index(pair) for pair in zip(merged.side, merged.kind, strict=True)]
    assert (np.diff(order) % 4 == 1).all()
    for side in SIDES:
        for kind in ("ic", "to"):
            known, found = walk.events.times(side, kind), merged.times(side, kind)
            known = known[(known > 2.4) & (known < 7.6)]
            assert np.abs(found[:, None] - known).min(axis=0).max() < limit_s


def test_agreement_tells_each_method_apart(walk) -> None:
    results = detect_all(walk.keypoints).events
    merged = consensus(results)
    table = {(row.method, row.kind): row for row in agreement(results, merged)}
    assert len(table) == 10
    zeni = table["Zeni 2008", "ic"]
    assert zeni.found == zeni.matched == 11
    assert zeni.mean_ms == pytest.approx(-39, abs=15)
    assert zeni.sd_ms < 1


def test_agreement_of_a_method_that_found_nothing() -> None:
    results = {"a": _events(_cycles(), "a"), "b": _events([], "b")}
    row = agreement(results, consensus(results))[2]
    assert (row.method, row.found, row.matched) == ("b", 0, 0)
    assert np.isnan(row.mean_ms)
