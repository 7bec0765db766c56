"""The rule on series whose answer is known by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinelab.errors import InputError
from kinelab.gait.follow_up.rule import Course, Rule, beyond, follow, held
from kinelab.gait.follow_up.visits import Acknowledged, Quiet, Visit

START = datetime(2026, 1, 1, tzinfo=UTC)
MONTH = timedelta(days=30)


def visits(values: Sequence[float], preliminary: Sequence[int] = ()) -> list[Visit]:
    """One a month, v0, v1, ..."""
    return [Visit(f"v{i}", START + i * MONTH, value, i not in preliminary) for i, value in enumerate(values)]


def states(course: Course) -> list[str]:
    return [judged.state for judged in course.visits]


STEADY = [1.10, 1.12, 1.08]


def test_one_bad_day_is_watched_and_no_alert() -> None:
    course = follow("speed_mps", visits([*STEADY, 1.1, 0.7, 1.1, 1.11]), 0.1)
    assert states(course) == ["baseline"] * 3 + ["steady", "watch", "steady", "steady"]
    assert course.alerts == ()


def test_two_of_three_beyond_is_an_alert_that_names_both() -> None:
    course = follow("speed_mps", visits([*STEADY, 0.95, 1.1, 0.93]), 0.1)
    assert states(course)[3:] == ["watch", "steady", "alert"]
    (alert,) = course.alerts
    assert (alert.visit.key, alert.kind, alert.beyond, alert.counted) == ("v5", "worse", 2, 3)
    assert alert.reference == pytest.approx(1.1)
    assert alert.change == pytest.approx(-0.17)
    assert alert.latest == pytest.approx((0.95 + 0.93) / 2)
    assert alert.stands


def test_beyond_on_both_sides_is_no_change_that_holds() -> None:
    assert follow("speed_mps", visits([*STEADY, 0.9, 1.3, 0.9, 1.3]), 0.1).alerts[0].visit.key == "v5"
    assert follow("speed_mps", visits([*STEADY, 0.9, 1.3, 1.1, 0.9]), 0.1).alerts == ()


def test_exactly_mdc_is_not_beyond_it() -> None:
    assert follow("speed_mps", visits([1.0, 1.0, 1.0, 1.25, 1.25]), 0.25).alerts == ()
    assert len(follow("speed_mps", visits([1.0, 1.0, 1.0, 1.251, 1.251]), 0.25).alerts) == 1


@pytest.mark.parametrize(
    ("quantity", "base", "after", "kind"),
    [
        ("speed_mps", 1.0, 1.5, "improved"),
        ("double_support_pct", 30.0, 40.0, "worse"),
        ("symmetry_index_step_time_pct", -20.0, -5.0, "improved"),
        ("symmetry_index_step_time_pct", -5.0, 20.0, "worse"),
        ("symmetry_ratio_step_time", 2.0, 1.1, "improved"),
        ("knee_rom_deg", 50.0, 60.0, "changed"),
    ],
)
def test_kind_follows_the_table_of_what_is_better(
    quantity: str, base: float, after: float, kind: str
) -> None:
    course = follow(quantity, visits([base] * 3 + [after] * 2), 0.1)
    assert [alert.kind for alert in course.alerts] == [kind]


def test_an_alert_is_told_once_and_again_after_it_went_back() -> None:
    course = follow("speed_mps", visits([*STEADY, 0.9, 0.9, 0.9, 0.9, 1.1, 1.1, 1.1, 0.9, 0.9]), 0.1)
    assert [alert.visit.key for alert in course.alerts] == ["v4", "v11"]
    assert [alert.stands for alert in course.alerts] == [False, True]


def test_after_an_acknowledgement_only_a_further_change_alerts() -> None:
    said = Acknowledged("v4", START + 4 * MONTH, 0.9)
    same = follow("speed_mps", visits([*STEADY, 0.9, 0.9, 0.92, 0.89]), 0.1, acknowledged=[said])
    assert states(same)[3:] == ["watch", "alert", "steady", "steady"]
    assert [alert.acknowledged for alert in same.alerts] == [True]
    further = follow("speed_mps", visits([*STEADY, 0.9, 0.9, 0.75, 0.74]), 0.1, acknowledged=[said])
    assert [(a.visit.key, a.kind, a.reference) for a in further.alerts][1:] == [("v6", "worse", 0.9)]
    back = follow("speed_mps", visits([*STEADY, 0.9, 0.9, 1.1, 1.1]), 0.1, acknowledged=[said])
    assert [(a.visit.key, a.kind) for a in back.alerts][1:] == [("v6", "improved")]


def test_what_is_acknowledged_after_it_went_back_moves_no_reference() -> None:
    said = Acknowledged("v4", START + 7 * MONTH, 0.9)
    course = follow("speed_mps", visits([*STEADY, 0.9, 0.9, 1.1, 1.1, 1.1, 1.1]), 0.1, acknowledged=[said])
    assert course.visits[-1].reference == pytest.approx(1.1)
    assert course.alerts[0].acknowledged


def test_a_quiet_period_raises_nothing_and_is_due_when_it_ends() -> None:
    period = Quiet(START + 3 * MONTH, START + 10 * MONTH)
    series = visits([*STEADY, 0.9, 0.9])
    course = follow("speed_mps", series, 0.1, quiet=[period])
    assert states(course)[-1] == "quiet"
    assert course.alerts == ()
    over = follow("speed_mps", series, 0.1, quiet=[period], now=START + 10 * MONTH)
    assert [alert.visit.key for alert in over.alerts] == ["v4"]


def test_a_quiet_period_hushes_an_alert_that_was_raised_before_it() -> None:
    period = Quiet(START + 5 * MONTH, START + 10 * MONTH)
    course = follow("speed_mps", visits([*STEADY, 0.9, 0.9]), 0.1, quiet=[period], now=START + 6 * MONTH)
    assert [alert.hushed for alert in course.alerts] == [True]


def test_preliminary_values_are_shown_and_not_counted() -> None:
    course = follow("speed_mps", visits([*STEADY, 0.9, 0.9, 0.9], preliminary=(4, 5)), 0.1)
    assert states(course)[3:] == ["watch", "preliminary", "preliminary"]
    assert course.alerts == ()
    assert course.state == "watch"


def test_the_order_of_arrival_does_not_matter() -> None:
    series = visits([*STEADY, 0.9, 1.1, 0.9])
    assert follow("speed_mps", series[::-1], 0.1) == follow("speed_mps", series, 0.1)


def test_nothing_and_too_little() -> None:
    assert follow("speed_mps", [], 0.1).state is None
    short = follow("speed_mps", visits([1.0, 1.1]), 0.3)
    assert states(short) == ["baseline", "baseline"]
    assert not short.unsettled


def test_without_an_error_of_measurement_nothing_is_judged() -> None:
    course = follow("knee_rom_deg", visits([50.0, 50.0, 50.0, 70.0, 70.0]), None)
    assert states(course)[3:] == ["not judged", "not judged"]
    assert course.baseline is not None
    assert course.baseline.source == "not known"


def test_values_on_the_move_have_no_baseline_and_that_is_said() -> None:
    falling = [1.3, 1.1, 0.9, 0.7, 0.5]
    assert follow("speed_mps", visits(falling), 0.1).unsettled
    late = follow("speed_mps", visits([*falling, 0.5]), 0.1)
    assert late.baseline is not None
    assert not late.baseline.settled
    assert [alert.kind for alert in late.alerts] == ["worse"]


def test_rules_that_cannot_be() -> None:
    with pytest.raises(InputError, match="2 of 4 visits can hold for both directions"):
        Rule(hold=2, of=4)
    with pytest.raises(InputError, match="4 of 3 visits cannot be"):
        Rule(hold=4, of=3)
    with pytest.raises(InputError, match="value is nan"):
        Visit("v", START, float("nan"))
    with pytest.raises(InputError, match="not after it starts"):
        Quiet(START, START)


@given(st.lists(st.sampled_from([-1, 0, 1]), min_size=1, max_size=12))
def test_held_is_the_sign_of_the_median_of_three(signs: list[int]) -> None:
    """2 of 3 beyond on one side is the same as their median lying beyond it."""
    found = held(np.array(signs), 2, 3)
    padded = [0, 0, *signs]
    assert found.tolist() == [sorted(padded[i : i + 3])[1] for i in range(len(signs))]


@given(st.lists(st.floats(0.5, 1.5), min_size=4, max_size=15))
def test_the_replay_raises_where_the_arrays_say(values: list[float]) -> None:
    """What the study counts on arrays is what the clinic is told visit by visit."""
    course = follow("speed_mps", visits(values), 0.2)
    if course.baseline is None:
        return
    start = course.baseline.first + course.baseline.n
    ways = held(beyond(np.array(values[start:]), course.baseline.mean, 0.2), 2, 3)
    begins = np.flatnonzero((ways != 0) & (ways != np.concatenate([[0], ways[:-1]])))
    assert [alert.visit.key for alert in course.alerts] == [f"v{start + i}" for i in begins]
