from __future__ import annotations

import numpy as np

from kinelab.gait.event_order import RUNNING, Candidate, in_order


def _at(time_s: float, side: str, kind: str, support: int = 3) -> Candidate:
    return Candidate(time_s, side, kind, 0.01, support, 3)


WALK = [
    _at(t + c, side, kind)
    for c in range(3)
    for t, side, kind in ((0, "left", "ic"), (0.1, "right", "to"), (0.5, "right", "ic"), (0.6, "left", "to"))
]


def test_a_walk_in_order_is_kept_whole_whatever_the_input_order() -> None:
    assert in_order(WALK[::-1]) == WALK


def test_of_two_equal_events_the_better_supported_stays() -> None:
    echo = _at(1.12, "left", "ic", support=2)
    assert in_order([*WALK, echo]) == WALK
    strong = _at(1.12, "left", "ic", support=5)
    assert strong in in_order([*WALK, strong])


def test_an_event_out_of_turn_is_dropped_when_few_saw_it() -> None:
    assert in_order([*WALK, _at(1.55, "left", "ic", support=2)]) == WALK


def test_after_a_pause_any_event_may_come() -> None:
    later = [c._replace(time_s=c.time_s + 10.1) for c in WALK[1:]]
    assert in_order([*WALK, *later]) == [*WALK, *later]


def test_a_missing_event_costs_nothing_else() -> None:
    assert in_order(WALK[:5] + WALK[6:]) == WALK[:5] + WALK[6:]


def test_nothing() -> None:
    assert in_order([]) == []


def test_running_has_its_own_order() -> None:
    """A foot leaves before the other lands: in the order of walking each event would miss two others."""
    times = np.arange(0, 3, 0.35)
    run = []
    for k, start in enumerate(times):
        side = "left" if k % 2 == 0 else "right"
        run += [_at(start, side, "ic"), _at(start + 0.25, side, "to")]
    assert in_order(run, RUNNING) == run
    echo = _at(0.5, "left", "to", support=1)
    assert in_order([*run, echo], RUNNING) == run
