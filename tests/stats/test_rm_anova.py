"""Against textbooks, and against pingouin on random tables."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.stats.mixed_anova import mixed_anova
from kinelab.stats.rm_anova import Effect, rm_anova, rm_anova_two_way
from kinelab.stats.sphericity import sphericity

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pingouin as pg

# Field, Discovering Statistics Using SPSS, 3rd ed., table 13.2: seconds until eight people retch.
FIELD = np.array(
    [[8, 7, 1, 6], [9, 5, 2, 5], [6, 2, 3, 8], [5, 3, 1, 9], [8, 4, 5, 8], [7, 5, 6, 7], [10, 2, 7, 2],
     [12, 6, 8, 1]]
)  # fmt: skip
# Winer, Statistical Principles in Experimental Design: reaction times of five people under four drugs.
WINER = np.array([[30, 28, 16, 34], [14, 18, 10, 22], [24, 20, 18, 30], [38, 34, 20, 44], [26, 28, 14, 30]])


def random_table(seed: int, *shape: int) -> Array:
    """Units that differ, levels that correlate unequally, and a trend."""
    rng = np.random.default_rng(seed)
    cells = int(np.prod(shape[1:]))
    mixing = rng.normal(size=(cells, cells))
    table = rng.normal(size=(shape[0], cells)) @ mixing + rng.normal(0, 0.7, cells)
    return (table + rng.normal(0, 2, (shape[0], 1))).reshape(shape)


def long(table: Array, *names: str) -> pd.DataFrame:
    index = np.indices(table.shape).reshape(table.ndim, -1)
    return pd.DataFrame({**dict(zip(("unit", *names), index, strict=True)), "value": table.ravel()})


def test_fields_example() -> None:
    """The book: F(3, 21) = 3.79, p .026; W .136, p .047; epsilons .533 (p .063) and .666 (p .048)."""
    effect = rm_anova(FIELD)
    assert (effect.df, effect.df_error) == (3, 21)
    assert effect.f == pytest.approx(3.79, abs=0.005)
    assert (effect.p, effect.p_gg, effect.p_hf) == pytest.approx((0.026, 0.063, 0.048), abs=5e-4)
    spread = effect.sphericity
    assert spread is not None
    assert (spread.w, spread.p) == pytest.approx((0.136, 0.047), abs=5e-4)
    assert (spread.chi2, spread.df) == (pytest.approx(11.406, abs=5e-4), 5)
    assert (spread.greenhouse_geisser, spread.huynh_feldt) == pytest.approx((0.533, 0.666), abs=5e-4)


def test_winers_example() -> None:
    """Stata's manual gives for it F 24.76, epsilons 1.0789 (reset to 1), 0.6049 and 0.3333."""
    effect = rm_anova(WINER)
    spread = effect.sphericity
    assert spread is not None
    assert effect.f == pytest.approx(24.76, abs=0.005)
    assert spread.huynh_feldt == 1
    assert spread.greenhouse_geisser == pytest.approx(0.6049, abs=5e-5)
    assert spread.lower_bound == pytest.approx(1 / 3)


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # pingouin's own
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31), n=st.integers(6, 20), k=st.integers(3, 5))
def test_one_factor_is_as_pingouin_says(seed: int, n: int, k: int) -> None:
    table = random_table(seed, n, k)
    ours = rm_anova(table)
    frame = long(table, "level")
    row = pg.rm_anova(frame, dv="value", within="level", subject="unit", correction=True, effsize="ng2").loc[
        0
    ]
    spread = ours.sphericity
    assert spread is not None
    assert ours.f == pytest.approx(row["F"], rel=1e-6)
    assert (ours.p, ours.p_gg) == pytest.approx((row["p_unc"], row["p_GG_corr"]), rel=1e-6, abs=1e-12)
    assert ours.generalised_eta2 == pytest.approx(row["ng2"], rel=1e-6)
    assert spread.greenhouse_geisser == pytest.approx(row["eps"], rel=1e-6)
    assert spread.huynh_feldt == pytest.approx(pg.epsilon(pd.DataFrame(table), correction="hf"), rel=1e-6)
    mauchly = pg.sphericity(pd.DataFrame(table))
    assert (spread.w, spread.chi2, spread.df) == pytest.approx(
        (mauchly.W, mauchly.chi2, mauchly.dof), rel=1e-6
    )
    assert spread.p == pytest.approx(np.clip(mauchly.pval, 0, 1), rel=1e-6, abs=1e-12)


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # pingouin's own
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**31), n=st.integers(8, 16), a=st.integers(2, 4), b=st.integers(2, 3))
def test_two_factors_are_as_pingouin_says(seed: int, n: int, a: int, b: int) -> None:
    table = random_table(seed, n, a, b)
    frame = long(table, "A", "B")
    rows = pg.rm_anova(frame, dv="value", within=["A", "B"], subject="unit", effsize="np2")
    general = pg.rm_anova(frame, dv="value", within=["A", "B"], subject="unit", effsize="ng2")
    for i, ours in enumerate(rm_anova_two_way(table)):
        theirs = rows.loc[i]
        assert ours.f == pytest.approx(theirs["F"], rel=1e-6)
        assert (ours.df, ours.df_error) == (theirs["ddof1"], theirs["ddof2"])
        assert (ours.p, ours.p_gg) == pytest.approx(
            (theirs["p_unc"], theirs["p_GG_corr"]), rel=1e-6, abs=1e-12
        )
        assert ours.partial_eta2 == pytest.approx(theirs["np2"], rel=1e-6)
        assert ours.generalised_eta2 == pytest.approx(general.loc[i, "ng2"], rel=1e-6)


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # pingouin's own
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**31), n=st.integers(4, 9), k=st.integers(3, 4), g=st.integers(2, 3))
def test_groups_and_levels_are_as_pingouin_says(seed: int, n: int, k: int, g: int) -> None:
    table = random_table(seed, n * g, k)
    groups = np.repeat(np.arange(g), n)
    frame = long(table, "level").assign(group=np.repeat(groups, k))
    options = {"dv": "value", "within": "level", "between": "group", "subject": "unit", "correction": True}
    theirs, general = (pg.mixed_anova(frame, effsize=e, **options) for e in ("np2", "ng2"))
    for i, ours in enumerate(mixed_anova(table, groups.tolist())):
        assert (ours.f, ours.p) == pytest.approx((theirs.loc[i, "F"], theirs.loc[i, "p_unc"]), rel=1e-6)
        assert ours.partial_eta2 == pytest.approx(theirs.loc[i, "np2"], rel=1e-6)
        assert ours.generalised_eta2 == pytest.approx(general.loc[i, "ng2"], rel=1e-6)
        if ours.sphericity is not None:
            assert ours.sphericity.greenhouse_geisser == pytest.approx(theirs.loc[i, "eps"], rel=1e-6)


def test_two_levels_are_a_paired_t_test() -> None:
    from scipy.stats import ttest_rel

    table = random_table(1, 12, 2)
    effect, t = rm_anova(table), ttest_rel(table[:, 0], table[:, 1])
    assert (effect.f, effect.p) == pytest.approx((t.statistic**2, t.pvalue))
    assert effect.sphericity is not None
    assert np.isnan(effect.sphericity.p)


def test_corrected_tests_keep_their_level_where_sphericity_fails() -> None:
    """Without an effect, 5 % of p values lie below .05; uncorrected ones are too often significant."""
    rng = np.random.default_rng(5)
    mixing = np.diag([0.3, 0.3, 0.3, 0.3, 3.0])
    effects: list[Effect] = [rm_anova(rng.normal(size=(15, 5)) @ mixing) for _ in range(1500)]
    assert np.mean([e.p_gg < 0.05 for e in effects]) == pytest.approx(0.05, abs=0.02)
    assert np.mean([e.p < 0.05 for e in effects]) > 0.08


def test_more_levels_than_units_has_no_mauchly_but_an_epsilon() -> None:
    spread = sphericity(random_table(2, 5, 8))
    assert np.isnan(spread.w)
    assert 1 / 7 <= spread.greenhouse_geisser <= 1


def test_a_missing_cell_is_named() -> None:
    table = FIELD.astype(float)
    table[2, 1] = np.nan
    with pytest.raises(
        InputError, match=r"1 of 32 cells are missing, the first: unit number 2 at level number 1"
    ):
        rm_anova(table)


@pytest.mark.parametrize("table", [np.ones(4), np.ones((1, 4)), np.ones((4, 1))])
def test_too_small_a_table_is_refused(table: Array) -> None:
    with pytest.raises(InputError, match=r"expected 2: units|needs? at least two|need at least two"):
        rm_anova(table)


def test_one_group_is_refused() -> None:
    with pytest.raises(InputError, match="8 units in 1 groups"):
        mixed_anova(FIELD, ["a"] * 8)
    with pytest.raises(InputError, match="2 groups were given for 8 units"):
        mixed_anova(FIELD, ["a", "b"])
