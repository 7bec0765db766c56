"""The clock never goes back, whatever the wall's does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from kinelab.clinic.clock import Clock

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Hands:
    """A wall clock and a steady one that are set by hand."""

    def __init__(self) -> None:
        self.wall, self.steady = NOON, 100.0

    def pass_s(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.steady += seconds

    def clock(self) -> Clock:
        return Clock(lambda: self.wall, lambda: self.steady)


def test_it_follows_the_wall() -> None:
    hands = Hands()
    clock = hands.clock()
    hands.pass_s(5)
    assert clock.now() == NOON + timedelta(seconds=5)
    hands.wall += timedelta(hours=1)  # set forward
    assert clock.now() == NOON + timedelta(hours=1, seconds=5)


def test_set_back_it_goes_on_at_its_own_pace_until_the_wall_has_caught_up() -> None:
    hands = Hands()
    clock = hands.clock()
    hands.wall -= timedelta(minutes=10)
    told = [clock.now()]
    for _ in range(3):
        hands.pass_s(60)
        told.append(clock.now())
    assert told == [NOON + timedelta(minutes=m) for m in range(4)]
    hands.pass_s(3600)
    hands.wall += timedelta(minutes=11)
    assert clock.now() == hands.wall


def test_it_does_not_go_back_before_what_the_store_has_seen() -> None:
    clock = Hands().clock()
    clock.catch_up(NOON + timedelta(days=1))
    assert clock.now() == NOON + timedelta(days=1)
    clock.catch_up(NOON)
    assert clock.now() == NOON + timedelta(days=1)
