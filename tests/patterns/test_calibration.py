"""Rarity among the healthy: closed forms, and the promise kept on people who were drawn again and again."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.patterns.calibration import limit_of, p_values, rate_range


def test_p_is_the_rank_among_the_healthy() -> None:
    healthy = np.array([1.0, 2.0, 3.0, 4.0])
    found = p_values(np.array([0.5, 2.5, 4.0, 9.0, np.nan]), healthy)
    np.testing.assert_allclose(found, [1.0, 0.6, 0.4, 0.2, np.nan])


def test_a_score_above_the_limit_is_one_whose_p_is_small_enough() -> None:
    rng = np.random.default_rng(0)
    for people in (19, 20, 42, 100):
        healthy = rng.lognormal(size=people)
        limit = limit_of(healthy, 0.05)
        tried = np.concatenate([healthy, healthy + 1e-9, [limit * 1.0001, limit * 0.9999]])
        assert ((tried > limit) == (p_values(tried, healthy) <= 0.05)).all()


@pytest.mark.parametrize("rate", [0.05, 0.2])
def test_false_alarms_stay_within_what_is_promised(rate: float) -> None:
    # 4,000 times 42 healthy people and one more, of a skewed distribution that nobody told the method.
    rng = np.random.default_rng(1)
    draws = rng.lognormal(size=(4000, 43)) ** 2
    alarms = np.mean([p_values(row[42:], row[:42])[0] <= rate for row in draws])
    mean, low, high = rate_range(42, rate)
    assert mean <= rate
    assert alarms == pytest.approx(mean, abs=4 * np.sqrt(mean / 4000))
    # The rate of one limit, by the distribution itself: 1 minus its distribution function at the limit.
    one = np.random.default_rng(2).uniform(size=(4000, 42))
    rates = np.array([1 - limit_of(row, rate) for row in one])
    np.testing.assert_allclose(np.quantile(rates, [0.025, 0.975]), [low, high], atol=0.02)


def test_few_people_cannot_promise_a_small_rate() -> None:
    with pytest.raises(
        InputError, match=r"10 healthy people cannot promise 0.05 false alarms; 19 or more can"
    ):
        limit_of(np.arange(10.0), 0.05)
    assert limit_of(np.arange(19.0), 0.05) == 18
    with pytest.raises(InputError, match=r"a rate of false alarms is 5, allowed is between 0 and 1"):
        rate_range(42, 5)
