"""Exact bounds of a share."""

from __future__ import annotations

import pytest
from scipy.stats import binomtest

from kinelab.errors import InputError
from kinelab.stats.proportions import clopper_pearson


def test_published_bounds() -> None:
    # Newcombe, Statistics in Medicine 17:857-872, 1998, table I, method 5: 81/263, 15/148, 0/20, 1/29
    for k, n, low, high in (
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0.0000, 0.1684),
        (1, 29, 0.0009, 0.1776),
    ):
        assert clopper_pearson(k, n, 0.975) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("k", "n"), [(0, 1), (3, 7), (40, 41), (500, 1000)])
def test_the_same_as_another_implementation(k: int, n: int) -> None:
    for side, level in ((0, 0.95), (1, 0.9)):
        alternative = ("greater", "less")[side]
        other = binomtest(k, n, alternative=alternative).proportion_ci(level, "exact")
        assert clopper_pearson(k, n, level)[side] == pytest.approx(other[side], abs=1e-12)


def test_nothing_counted_says_nothing() -> None:
    assert clopper_pearson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize("n", [29, 59])
def test_none_of_n(n: int) -> None:
    assert clopper_pearson(0, n)[1] == pytest.approx(1 - 0.05 ** (1 / n))


def test_what_is_no_share() -> None:
    with pytest.raises(InputError, match="3 of 2 is no share"):
        clopper_pearson(3, 2)
    with pytest.raises(InputError, match=r"level is 1\.0"):
        clopper_pearson(1, 2, 1.0)
