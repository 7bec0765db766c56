"""Groups of people: means, intervals and Welch's test against scipy and by hand; ranges; refusals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_ind

from kinelab.errors import InputError
from kinelab.stats.by_group import LEAST_PEOPLE, NOT_KNOWN, by_group, in_ranges
from kinelab.stats.pairs import adjust_p

RNG = np.random.default_rng(0)
N = 60
SEX = ["f", "m"] * (N // 2)
TONE = ["light"] * 20 + ["dark"] * 20 + ["middle"] * 20
VALUE = RNG.normal(5, 1, N) + np.where(np.array(TONE) == "dark", 2.0, 0.0)


def test_each_group_against_all_others() -> None:
    rows = {(row.trait, row.level): row for row in by_group(VALUE, {"sex": SEX, "tone": TONE})}
    assert list(rows) == [("sex", "f"), ("sex", "m"), ("tone", "light"), ("tone", "dark"), ("tone", "middle")]
    dark = np.array(TONE) == "dark"
    row = rows["tone", "dark"]
    assert row.people == 20
    assert row.mean == pytest.approx(VALUE[dark].mean())
    test = ttest_ind(VALUE[dark], VALUE[~dark], equal_var=False)
    assert row.p == pytest.approx(test.pvalue)
    assert row.difference == pytest.approx(VALUE[dark].mean() - VALUE[~dark].mean())
    assert row.difference_ci95 == pytest.approx(tuple(test.confidence_interval(0.95)))
    every = [one.p for one in rows.values() if one.p is not None]
    assert [one.p_adjusted for one in rows.values()] == pytest.approx(adjust_p(every, "holm").tolist())
    assert row.p_adjusted is not None
    assert row.p_adjusted < 0.001


def test_equal_groups_are_rarely_told_apart() -> None:
    """Of 200 studies without any difference 5 % at most may name one, give or take three standard errors."""
    false = 0
    for seed in range(200):
        value = np.random.default_rng(seed).normal(size=N)
        rows = by_group(value, {"sex": SEX, "tone": TONE})
        false += any(row.p_adjusted is not None and row.p_adjusted < 0.05 for row in rows)
    assert false <= 200 * 0.05 + 3 * np.sqrt(200 * 0.05 * 0.95)


def test_few_people_and_unknown_ones_are_shown_and_not_tested() -> None:
    levels = ["rare"] * (LEAST_PEOPLE - 1) + ["common"] * 40 + [NOT_KNOWN] * (N - 40 - LEAST_PEOPLE + 1)
    rows = {row.level: row for row in by_group(VALUE, {"kind": levels})}
    assert set(rows) == {"rare", "common", NOT_KNOWN}
    assert all(row.p is None for row in rows.values())
    alone = by_group([1.0, np.nan, 2.0], {"kind": ["a", "b", "a"]})
    assert [row.level for row in alone] == ["a"]


def test_numbers_fall_into_ranges() -> None:
    ages = [12, 18, 39.9, 40, 80, np.nan]
    names = ("below 18", "18 to 40", "40 to 65", "65 and above")
    levels = ["below 18", "18 to 40", "18 to 40", "40 to 65", "65 and above", NOT_KNOWN]
    assert in_ranges(ages, (18, 40, 65)) == (levels, names)
    thirds, three = in_ranges(np.arange(90.0)[::-1])
    assert [thirds.count(level) for level in three] == [30, 30, 30]
    assert in_ranges([np.nan, np.nan]) == ([NOT_KNOWN, NOT_KNOWN], ())
    assert in_ranges([2.0, 2.0, 2.0])[0] == ["2 and above"] * 3
    rows = by_group(np.arange(90.0), {"age": thirds}, {"age": three})
    assert [row.level for row in rows] == list(three)


def test_refusals() -> None:
    with pytest.raises(InputError, match="trait 'sex' has 2 entries for 3 people"):
        by_group([1, 2, 3], {"sex": ["f", "m"]})
    with pytest.raises(InputError, match="not one person has a value"):
        by_group([np.nan], {"sex": ["f"]})
    with pytest.raises(InputError, match="edges 40, 18 do not rise"):
        in_ranges([20.0], (40, 18))
