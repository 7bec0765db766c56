"""Paired comparisons against pingouin, and what an adjustment promises."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinelab.errors import InputError
from kinelab.stats.effect_sizes import d_z, d_z_ci95
from kinelab.stats.pairs import Adjust, adjust_p, paired_comparisons
from kinelab.stats.plateau import fit_decay, plateau_by_fit, plateau_by_pairs

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pingouin as pg


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**31), n=st.integers(5, 15), k=st.integers(2, 4))
@pytest.mark.parametrize(("adjust", "theirs"), [("bonferroni", "bonf"), ("holm", "holm")])
def test_pairs_are_as_pingouin_says(adjust: Adjust, theirs: str, seed: int, n: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(n, k)) + rng.normal(0, 1, k) + rng.normal(0, 2, (n, 1))
    names = [f"L{i}" for i in range(k)]
    ours = paired_comparisons(table, names, adjust)
    couples = [
        pg.ttest(table[:, i], table[:, j], paired=True).iloc[0] for i in range(k) for j in range(i + 1, k)
    ]
    adjusted = pg.multicomp([row["p_val"] for row in couples], method=theirs)[1]
    for pair, row, p in zip(ours, couples, adjusted, strict=True):
        assert (pair.t, pair.df, pair.p) == pytest.approx((row["T"], row["dof"], row["p_val"]), rel=1e-6)
        assert pair.p_adjusted == pytest.approx(p, rel=1e-6)
        assert abs(pair.d_av) == pytest.approx(row["cohen_d"], rel=1e-6)
        assert pair.ci95 == pytest.approx(tuple(row["CI95"]), abs=0.0051)  # they round to two digits


def test_holm_is_never_weaker_than_bonferroni() -> None:
    """Holm's own steps on four p values: 4 x .01, 3 x .02, 2 x .03, 1 x .04, never falling."""
    p = [0.04, 0.01, 0.03, 0.02]
    assert adjust_p(p, "holm") == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert adjust_p(p, "bonferroni") == pytest.approx([0.16, 0.04, 0.12, 0.08])
    assert adjust_p(p, "none") == pytest.approx(p)


def test_the_interval_of_d_z_holds_the_true_effect_95_percent_of_the_time() -> None:
    rng = np.random.default_rng(8)
    intervals = [d_z_ci95(d_z(rng.normal(0.6, 1, 14)), 14) for _ in range(600)]
    assert np.mean([low < 0.6 < high for low, high in intervals]) == pytest.approx(0.95, abs=0.025)


def test_pairs_that_are_alike_do_not_differ() -> None:
    (pair,) = paired_comparisons(np.repeat([[1.0], [2.0]], 2, axis=1), ["a", "b"])
    assert (pair.t, pair.p_adjusted) == (0, 1)
    (pair,) = paired_comparisons([[1.0, 2.0], [5.0, 6.0]], ["a", "b"])
    assert (pair.t, pair.p_adjusted) == (-np.inf, 0)


def test_refusals() -> None:
    with pytest.raises(InputError, match=r"the first: unit number 1 at level B"):
        paired_comparisons([[1.0, 2.0], [3.0, np.nan]], ["A", "B"])
    with pytest.raises(InputError, match="3 level names were given for 2 levels"):
        paired_comparisons(np.ones((3, 2)), ["A", "B", "C"])
    with pytest.raises(InputError, match="'tukey', allowed are bonferroni, holm, none"):
        adjust_p([0.1], "tukey")  # type: ignore[arg-type]


LEVELS = [25, 50, 75, 100, 125, 150, 175, 200, 225, 250]


def curve(scale: float, spread: float, units: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    mean = 3 + 8 * np.exp(-np.array(LEVELS) / scale)
    return mean + rng.normal(0, 1, (units, 1)) + rng.normal(0, spread, (units, len(LEVELS)))


def test_a_planted_plateau_is_found_by_both_rules() -> None:
    table = curve(scale=35, spread=0.1, units=40)
    names = [str(level) for level in LEVELS]
    by_pairs = plateau_by_pairs(paired_comparisons(table, names), names)
    decay = fit_decay(LEVELS, table.mean(axis=0))
    assert decay is not None
    assert decay.scale == pytest.approx(35, rel=0.1)
    assert decay.asymptote == pytest.approx(3, abs=0.4)
    # The planted curve is 0.15 above its end (5 % of 3) at 139.
    assert decay.level_within(0.15) == pytest.approx(139, abs=8)
    assert plateau_by_fit(decay, LEVELS, 0.15) == 150
    assert by_pairs in ("150", "175", "200")


def test_more_units_tell_smaller_differences_apart_so_the_tested_plateau_comes_later() -> None:
    names = [str(level) for level in LEVELS]
    found = [
        plateau_by_pairs(paired_comparisons(curve(35, 0.4, units, seed=3), names), names)
        for units in (6, 40, 2000)
    ]
    assert [int(level or 999) for level in found] == sorted(int(level or 999) for level in found)
    assert found[0] != found[-1]


def test_a_curve_that_still_falls_has_no_plateau() -> None:
    table = curve(scale=400, spread=0.02, units=40)
    names = [str(level) for level in LEVELS]
    assert plateau_by_pairs(paired_comparisons(table, names), names) is None
    decay = fit_decay(LEVELS, table.mean(axis=0))
    assert decay is not None
    assert plateau_by_fit(decay, LEVELS, 0.05 * decay.asymptote) is None


def test_an_error_that_falls_in_a_straight_line_has_no_negative_asymptote() -> None:
    decay = fit_decay([5, 10, 15, 20], [23.8, 22.0, 20.2, 18.4])
    assert decay is not None
    assert decay.asymptote >= 0
    assert plateau_by_fit(decay, [5, 10, 15, 20], 1.0) is None


def test_a_curve_that_does_not_fall_has_no_decay() -> None:
    assert fit_decay(LEVELS, np.linspace(3, 4, 10)) is None
    with pytest.raises(InputError, match="3 levels and 3 errors"):
        fit_decay([1, 2, 3], [3, 2, 1])
