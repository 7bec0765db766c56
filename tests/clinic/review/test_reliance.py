"""Reliance rises by proof and falls by suspicion."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from kinelab.clinic.review.agreement import Agreement
from kinelab.clinic.review.reliance import evidence_of, is_sampled, level_of_visit, lowering, propose

GOOD = Agreement("video", True, 40, strides=20)
BAD = Agreement("video", True, 40, moved=6, strides=20)
ONE_EVENT = Agreement("video", True, 40, moved=1, strides=20)


def mixed(n: int, bad: Sequence[int] = (), one: Agreement = BAD) -> list[Agreement]:
    return [one if i in bad else GOOD for i in range(n)]


@pytest.mark.parametrize(
    ("level", "reviews", "proposed"),
    [
        (0, mixed(28), 0),
        (0, mixed(29), 1),
        (0, mixed(45, bad=[3]), 0),
        (0, mixed(46, bad=[3]), 1),
        (1, mixed(58), 1),
        (1, mixed(59), 2),
        (2, mixed(200), 2),
        (0, [], 0),
    ],
)
def test_a_level_is_reached_when_the_bound_is_below_its_line(
    level: int, reviews: list[Agreement], proposed: int
) -> None:
    assert propose(level, reviews).level == proposed


def test_events_have_a_line_of_their_own() -> None:
    """No visit differs by a tenth of its events, but one event in 40 is wrong in each: 2.5 % of them."""
    many = [ONE_EVENT] * 100
    found = evidence_of(many)
    assert (found.visits_changed, found.events_changed, found.events) == (0, 100, 4000)
    assert propose(0, many).level == 1  # at most 5 %
    assert propose(1, many).level == 1  # not at most 2 %


def test_reviews_of_flagged_places_prove_nothing() -> None:
    partly = [Agreement("video", False, 40, strides=20)] * 100
    found = propose(0, partly)
    assert found.level == 0
    assert found.evidence.visits == 0
    assert found.evidence.visits_share == (0.0, 0.0, 1.0)


@pytest.mark.parametrize(
    ("level", "reviews", "lowered"),
    [
        (1, mixed(20, bad=[0, 1]), None),  # 10 % are on the line
        (1, mixed(20, bad=[0, 1, 2]), 0),
        (2, mixed(20, bad=[0]), None),  # one is an accident
        (2, mixed(20, bad=[0, 1]), 1),
        (2, mixed(40, bad=[25, 26, 27]), None),  # long ago
        (2, mixed(20, range(20), ONE_EVENT), 1),  # 2.5 % of the events against 2 %
        (0, mixed(20, range(20)), None),
    ],
)
def test_the_newest_reviews_lower_it(level: int, reviews: list[Agreement], lowered: int | None) -> None:
    found = lowering(level, reviews)
    assert (None if found is None else found.level) == lowered
    if found is not None:
        assert propose(level, reviews) == found
        assert f"above the line of level {level}" in found.reason


def test_samples_are_a_share_and_always_the_same() -> None:
    visits = [f"visit {i}" for i in range(4000)]
    for level, share in ((0, 1.0), (1, 0.2), (2, 0.1)):
        drawn = [is_sampled(visit, level) for visit in visits]
        assert sum(drawn) / 4000 == pytest.approx(share, abs=0.02)
        assert drawn == [is_sampled(visit, level) for visit in visits]
    sampled = next(visit for visit in visits if is_sampled(visit, 2))
    assert level_of_visit(sampled, 2) == 0
    assert level_of_visit(next(v for v in visits if not is_sampled(v, 2)), 2) == 2
