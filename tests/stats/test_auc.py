"""Area under the ROC curve: pairs counted by hand, and scipy's Mann-Whitney."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from kinelab.errors import InputError
from kinelab.stats.auc import auc, auc_interval


def test_pairs_are_counted() -> None:
    assert auc(np.array([1.0, 2.0]), np.array([2.0, 3.0])) == (1 + 0.5 + 1 + 1) / 4
    rng = np.random.default_rng(0)
    lower, higher = rng.integers(0, 20, 30).astype(float), rng.integers(5, 25, 17).astype(float)
    u = mannwhitneyu(higher, lower).statistic
    assert auc(lower, higher) == pytest.approx(u / (30 * 17), abs=1e-12)


def test_the_interval_holds_the_value_and_narrows_with_people() -> None:
    rng = np.random.default_rng(1)
    widths = []
    for people in (20, 200):
        lower, higher = rng.normal(0, 1, people), rng.normal(1, 1, people)
        low, high = auc_interval(lower, higher, np.random.default_rng(2), 400)
        assert low < auc(lower, higher) < high
        widths.append(high - low)
    assert widths[1] < widths[0] / 2


def test_groups_that_cannot_be_compared_are_refused() -> None:
    with pytest.raises(InputError, match="they have 0 and 1 values"):
        auc(np.empty(0), np.ones(1))
    with pytest.raises(InputError, match="a score is NaN or infinite"):
        auc(np.array([np.nan]), np.ones(1))
