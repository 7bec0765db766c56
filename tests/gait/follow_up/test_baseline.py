"""The own baseline."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from scipy.stats import t as student_t

from kinelab.gait.follow_up.baseline import BaselineRule, baseline_of, baseline_start, own_mdc95
from kinelab.gait.follow_up.visits import Visit

START = datetime(2026, 1, 1, tzinfo=UTC)


def _visits(values: list[float], error: float | None = None) -> list[Visit]:
    return [Visit(f"v{i}", START + timedelta(i), v, True, error) for i, v in enumerate(values)]


def test_mean_and_sd_of_the_first_three() -> None:
    base = baseline_of(_visits([1.0, 1.1, 1.2, 5.0]), 0.3, BaselineRule())
    assert base is not None
    assert (base.first, base.n, base.settled, base.source) == (0, 3, True, "measure")
    assert base.mean == pytest.approx(1.1)
    assert base.sd == pytest.approx(0.1)


def test_first_visits_that_differ_are_left_out() -> None:
    """Somebody learns the test, or comes out of hospital: visits 3 to 5 agree."""
    base = baseline_of(_visits([0.6, 0.8, 1.0, 1.05, 1.02]), 0.1, BaselineRule())
    assert base is not None
    assert (base.first, base.settled) == (2, True)


def test_it_waits_for_agreement_until_the_sixth_visit() -> None:
    falling = [1.3, 1.1, 0.9, 0.7, 0.5, 0.3]
    assert baseline_of(_visits(falling[:5]), 0.1, BaselineRule()) is None
    base = baseline_of(_visits(falling), 0.1, BaselineRule())
    assert base is not None
    assert (base.first, base.settled) == (0, False)
    assert base.mean == pytest.approx(1.1)


def test_many_series_at_once_as_one_by_one() -> None:
    rng = np.random.default_rng(3)
    values, limits = rng.normal(size=(200, 8)), rng.uniform(0.5, 3, size=200)
    starts, settled = baseline_start(values, limits, BaselineRule())
    for row, limit, start, agrees in zip(values, limits, starts, settled, strict=True):
        base = baseline_of(_visits(list(row)), float(limit), BaselineRule())
        assert base is not None
        assert (base.first, base.settled) == (start, agrees)
    assert settled.any()
    assert not settled.all()


def test_own_scatter_pays_for_few_visits() -> None:
    values = np.array([10.0, 11.0, 12.0])
    assert own_mdc95(values, [None] * 3) == pytest.approx(4.302652729911275 * np.sqrt(2) * 1.0)
    assert own_mdc95(values[:2], [None] * 2) is None


def test_own_scatter_is_no_less_than_what_the_strides_explain() -> None:
    alike = np.array([10.0, 10.0, 10.0])
    assert own_mdc95(alike, [None] * 3) is None
    expected = student_t.ppf(0.975, 2) * np.sqrt(2) * 0.5
    assert own_mdc95(alike, [0.5, 0.5, 0.5]) == pytest.approx(expected)


def test_own_scatter_covers_a_visit_in_95_percent() -> None:
    """Its promise, by simulation: one more visit differs from one of the first by more in 5 % of people."""
    rng = np.random.default_rng(0)
    beyond = []
    for row in rng.normal(size=(4000, 4)):
        limit = own_mdc95(row[:3], [None] * 3)
        assert limit is not None
        beyond.append(abs(rng.normal() - row[3]) > limit)
    assert np.mean(beyond) == pytest.approx(0.05, abs=0.012)
