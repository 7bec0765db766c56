"""The order of the list, and its reasons in words."""

from __future__ import annotations

from datetime import date

import pytest

from kinelab.clinic.monitoring.standing import Facts, OpenAlert, level, standing

TODAY = date(2026, 11, 22)
WORSE = OpenAlert("worse", "Walking speed: worse.", 1.8)
CHANGED = OpenAlert("changed", "Cadence: changed.", 5.0)
IMPROVED = OpenAlert("improved", "Step length: improved.", 9.0)
WAITS = date(2026, 11, 20)


def test_from_the_most_urgent_to_nothing() -> None:
    ordered = [
        Facts(TODAY, alerts=[WORSE]),
        Facts(TODAY, unsigned_since=[WAITS], warnings=["Only 1 stride."]),
        Facts(TODAY, alerts=[CHANGED]),
        Facts(TODAY, unsigned_since=[WAITS]),
        Facts(TODAY, alerts=[IMPROVED]),
        Facts(TODAY, watched=["Walking speed"]),
        Facts(TODAY, next_visit_on=date(2026, 11, 1)),
        Facts(TODAY, deviation_deg=11.0),
        Facts(TODAY, deviation_deg=5.0),
        Facts(TODAY),
    ]
    urgencies = [standing(facts).urgency for facts in ordered]
    assert urgencies == sorted(urgencies, reverse=True)
    assert len(set(urgencies)) == len(urgencies)
    assert [level(urgency) for urgency in urgencies] == [
        "urgent", "urgent", "soon", "soon", "soon", "look", "look", "none", "none", "none",
    ]  # fmt: skip


def test_no_size_is_worth_a_class() -> None:
    many = Facts(TODAY, alerts=[OpenAlert("changed", "x", 1e6)] * 500, deviation_deg=1e6)
    assert standing(many).urgency < standing(Facts(TODAY, alerts=[WORSE])).urgency


def test_the_larger_change_and_the_longer_wait_come_first() -> None:
    small, large = (Facts(TODAY, alerts=[OpenAlert("worse", "x", times)]) for times in (1.1, 3.0))
    assert standing(large).urgency > standing(small).urgency
    new, old = (Facts(TODAY, unsigned_since=[day]) for day in (WAITS, date(2026, 1, 2)))
    assert standing(old).urgency > standing(new).urgency


def test_what_is_stored_is_the_same_tomorrow() -> None:
    facts = {"unsigned_since": [WAITS], "next_visit_on": date(2026, 11, 1), "deviation_deg": 7.0}
    tomorrow = date(2026, 11, 23)
    assert standing(Facts(TODAY, **facts)) == standing(Facts(tomorrow, **facts))  # type: ignore[arg-type]


def test_three_reasons_at_most_the_most_urgent_first() -> None:
    found = standing(
        Facts(
            TODAY,
            alerts=[WORSE, OpenAlert("worse", "Double support: worse.", 1.2), IMPROVED],
            unsigned_since=[WAITS, date(2026, 11, 21)],
            watched=["a", "b", "c", "d"],
        )
    )
    assert found.reason == (
        "Walking speed: worse. And 1 more worse. 2 results wait for a signature since 2026-11-20."
        " Step length: improved."
    )
    assert standing(Facts(TODAY, watched=["a", "b", "c", "d"])).reason == "Watch: a, b, c and others."


@pytest.mark.parametrize(
    ("last_visit_on", "reason"),
    [
        (None, "The visit planned for 2026-11-01 is overdue."),
        (date(2026, 10, 1), "The visit planned for 2026-11-01 is overdue."),
        (date(2026, 11, 2), ""),
    ],
)
def test_overdue_is_who_did_not_come_since(last_visit_on: date | None, reason: str) -> None:
    facts = Facts(TODAY, next_visit_on=date(2026, 11, 1), last_visit_on=last_visit_on)
    assert standing(facts).reason == reason


def test_a_visit_planned_for_today_is_not_overdue() -> None:
    assert standing(Facts(TODAY, next_visit_on=TODAY)).reason == ""
