"""Reliability and agreement against published tables, pingouin and simulated truth."""

from __future__ import annotations

import warnings
from typing import Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinelab.errors import InputError
from kinelab.stats.bland_altman import bland_altman, bland_altman_repeated
from kinelab.stats.cmc import cmc_between_days, cmc_within_day
from kinelab.stats.icc import icc, mean_squares
from kinelab.stats.measurement_error import sem_from_icc, sem_within

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pingouin as pg

pg.options["round.column.CI95"] = None  # it rounds intervals to two digits unless told otherwise

# Shrout & Fleiss 1979, table 2: six targets, four judges.
SHROUT = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])
# Bland & Altman 1986: peak expiratory flow (l/min) of 17 people, twice by each meter.
WRIGHT = np.array(
    [[494, 490], [395, 397], [516, 512], [434, 401], [476, 470], [557, 611], [413, 415], [442, 431],
     [650, 638], [433, 429], [417, 420], [656, 633], [267, 275], [478, 492], [178, 165], [423, 372],
     [427, 421]]
)  # fmt: skip
MINI = np.array(
    [[512, 525], [430, 415], [520, 508], [428, 444], [500, 500], [600, 625], [364, 460], [380, 390],
     [658, 642], [445, 432], [432, 420], [626, 605], [260, 227], [477, 467], [259, 268], [350, 370],
     [451, 443]]
)  # fmt: skip


def test_shrout_and_fleiss_table() -> None:
    """Their tables 3 and 4: mean squares 11.24, 6.26, 32.49, 1.02; .17 .29 .71 .44 .62 .91."""
    ms = mean_squares(SHROUT)
    assert (ms.people, ms.within, ms.measurements, ms.error) == pytest.approx(
        (11.24, 6.26, 32.49, 1.02), abs=6e-3
    )
    values = [form.value for form in icc(SHROUT).values()]
    assert values == pytest.approx([0.17, 0.29, 0.71, 0.44, 0.62, 0.91], abs=0.006)
    assert icc(SHROUT)["ICC(A,1)"].shrout_fleiss == "ICC(2,1)"


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # pingouin's own
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**31), n=st.integers(4, 20), k=st.integers(2, 4), between=st.floats(0.2, 5))
def test_icc_is_as_pingouin_says(seed: int, n: int, k: int, between: float) -> None:
    rng = np.random.default_rng(seed)
    table = rng.normal(0, between, (n, 1)) + rng.normal(0, 0.5, k) + rng.normal(size=(n, k))
    rows = np.indices(table.shape).reshape(2, -1)
    frame = pd.DataFrame({"who": rows[0], "when": rows[1], "value": table.ravel()})
    theirs = pg.intraclass_corr(frame, "who", "when", "value")
    for ours, (_, row) in zip(icc(table).values(), theirs.iterrows(), strict=True):
        assert ours.value == pytest.approx(row["ICC"], rel=1e-6, abs=1e-9)
        assert (ours.f, ours.df1, ours.df2) == pytest.approx((row["F"], row["df1"], row["df2"]), rel=1e-6)
        assert ours.p == pytest.approx(row["pval"], rel=1e-6, abs=1e-12)
        assert ours.ci95 == pytest.approx(tuple(row["CI95"]), rel=1e-6, abs=1e-6)


def test_the_interval_of_agreement_holds_the_truth_95_percent_of_the_time() -> None:
    rng = np.random.default_rng(0)
    tables = rng.normal(0, 2, (600, 20, 1)) + rng.normal(0, 0.5, (600, 1, 2)) + rng.normal(size=(600, 20, 2))
    true = 4 / (4 + 0.25 + 1)
    inside = [form.ci95[0] < true < form.ci95[1] for form in (icc(table)["ICC(A,1)"] for table in tables)]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.03)


def test_two_definitions_of_the_standard_error_find_the_planted_one() -> None:
    rng = np.random.default_rng(2)
    table = rng.normal(40, 6, (4000, 1)) + rng.normal(0, 1.5, (4000, 2))
    by_icc, by_sd = sem_from_icc(table), sem_within(table)
    assert (by_icc.definition, by_sd.definition) == ("from ICC(A,1)", "from within-person SD")
    assert by_icc.sem == pytest.approx(1.5, rel=0.03)
    assert by_sd.sem == pytest.approx(1.5, rel=0.03)
    assert by_sd.sem_ci95 is not None
    assert by_sd.sem_ci95[0] < 1.5 < by_sd.sem_ci95[1]
    # By its meaning: 5 % of unchanged people differ by more between the two days.
    assert np.mean(np.abs(np.diff(table)) > by_sd.mdc95) == pytest.approx(0.05, abs=0.01)


def test_repeatability_of_the_peak_flow_meters() -> None:
    """Bland & Altman 1986: coefficients of repeatability (2 sd of differences) 43.2 and 56.4 l/min."""
    for meter, coefficient in ((WRIGHT, 43.2), (MINI, 56.4)):
        difference = np.diff(meter)
        assert 2 * np.sqrt(np.mean(difference**2)) == pytest.approx(coefficient, abs=0.1)
        assert sem_within(meter).mdc95 == pytest.approx(coefficient * 1.96 / 2, rel=0.003)


def test_peak_flow_meters_agree_as_published() -> None:
    """1986: bias -2.1 (-22.0 to 17.8), sd 38.8; limits with 2 sd -79.7 and 75.5, t s sqrt(3 / n) = 34.6."""
    found = bland_altman(WRIGHT[:, 0], MINI[:, 0])
    assert (found.bias, found.sd) == pytest.approx((-2.1, 38.8), abs=0.05)
    assert found.bias_ci95 == pytest.approx((-22.0, 17.8), abs=0.1)
    assert found.lower == pytest.approx(-79.7 + 0.04 * 38.8, abs=0.1)
    assert found.upper == pytest.approx(75.5 - 0.04 * 38.8, abs=0.1)
    # They rounded 1 + 1.96^2 / 2 to 3, and n - 1 to n.
    assert found.upper_ci95[1] - found.upper == pytest.approx(34.6, rel=0.02)


def test_repeated_pairs_find_the_planted_limits() -> None:
    """Bias 1, people differ by 2, pairs of a person by 1: sd sqrt(5), limits 1 -+ 4.38, 95 % coverage."""
    rng = np.random.default_rng(4)
    person = np.repeat(np.arange(15), 4)
    found = []
    for _ in range(500):
        difference = 1 + rng.normal(0, 2, 15)[person] + rng.normal(size=60)
        found.append(bland_altman_repeated(difference, np.zeros(60), person.tolist()))
    upper = 1 + 1.959964 * np.sqrt(5)
    assert np.mean([f.sd**2 for f in found]) == pytest.approx(5, rel=0.05)
    assert np.mean([f.bias_ci95[0] < 1 < f.bias_ci95[1] for f in found]) == pytest.approx(0.95, abs=0.03)
    assert np.mean([f.upper_ci95[0] < upper < f.upper_ci95[1] for f in found]) == pytest.approx(
        0.95, abs=0.03
    )
    pooled = bland_altman(difference, np.zeros(60))
    assert pooled.bias_ci95[1] - pooled.bias_ci95[0] < 0.7 * np.mean(
        [f.bias_ci95[1] - f.bias_ci95[0] for f in found]
    )


def test_repeated_pairs_are_the_anova_of_bland_and_altman_2007() -> None:
    """With equal numbers the variance between people is (MS between - MS within) / m, as in the paper."""
    rng = np.random.default_rng(6)
    difference = rng.normal(0, 3, (10, 1)) + rng.normal(size=(10, 5))
    ms = mean_squares(difference)
    found = bland_altman_repeated(difference.ravel(), np.zeros(50), np.repeat(np.arange(10), 5).tolist())
    assert found.sd**2 == pytest.approx((ms.people - ms.within) / 5 + ms.within)


# Bland & Altman 2007, table 1: cardiac output (l/min) of 12 people by radionuclide ventriculography and by
# impedance cardiography, pair by pair.
CARDIAC: dict[int, list[tuple[float, float]]] = {
    1: [(7.83, 6.57), (7.42, 5.62), (7.89, 6.90), (7.12, 6.57), (7.88, 6.35)],
    2: [(6.16, 4.06), (7.26, 4.29), (6.71, 4.26), (6.54, 4.09)],
    3: [(4.75, 4.71), (5.24, 5.50), (4.86, 5.08), (4.78, 5.02), (6.05, 6.01), (5.42, 5.67)],
    4: [(4.21, 4.14), (3.61, 4.20), (3.72, 4.61), (3.87, 4.68), (3.92, 5.04)],
    5: [(3.13, 3.03), (2.98, 2.86), (2.85, 2.77), (3.17, 2.46), (3.09, 2.32), (3.12, 2.43)],
    6: [(5.92, 5.90), (6.42, 5.81), (5.92, 5.70), (6.27, 5.76)],
    7: [(7.13, 5.09), (6.62, 4.63), (6.58, 4.61), (6.93, 5.09)],
    8: [(4.54, 4.72), (4.81, 4.61), (5.11, 4.36), (5.29, 4.20), (5.39, 4.36), (5.57, 4.20)],
    9: [(4.48, 3.17), (4.92, 3.12), (3.97, 2.96)],
    10: [(4.22, 4.35), (4.65, 4.62), (4.74, 3.16), (4.44, 3.53), (4.50, 3.53)],
    11: [(6.78, 7.20), (6.07, 6.09), (6.52, 7.00), (6.42, 7.10), (6.41, 7.40), (5.76, 6.80)],
    12: [(5.06, 4.50), (4.72, 4.20), (4.90, 3.80), (4.80, 3.80), (4.90, 4.20), (5.10, 4.50)],
}


@pytest.mark.parametrize(
    ("true_value", "sd", "lower", "upper"),
    [("varies", 0.99062408, -1.3394565, 2.5437899), ("constant", 1.0518506, -1.4594605, 2.6637939)],
)
def test_cardiac_output_agrees_as_published(
    true_value: Literal["varies", "constant"], sd: float, lower: float, upper: float
) -> None:
    """Bland & Altman 2007, sections 2 and 3: bias 0.602, sd 0.9906 and 1.0519, limits with 1.96 sd."""
    person = [who for who, pairs in CARDIAC.items() for _ in pairs]
    a, b = np.array([pair for pairs in CARDIAC.values() for pair in pairs]).T
    found = bland_altman_repeated(a, b, person, true_value)
    assert (found.n, found.people, found.bias) == (60, 12, pytest.approx(0.6021667, abs=1e-7))
    assert found.sd == pytest.approx(sd, abs=2e-7)
    assert found.lower == pytest.approx(lower + (1.96 - 1.959964) * sd, abs=2e-6)
    assert found.upper == pytest.approx(upper - (1.96 - 1.959964) * sd, abs=2e-6)
    assert found.lower_ci95[0] < found.lower < found.lower_ci95[1] < found.bias_ci95[0]


def test_cmc_of_planted_curves() -> None:
    """Strides of one day differ by noise only: 1 - noise^2 / (curve^2 + noise^2); a shift counts between."""
    rng = np.random.default_rng(1)
    curve = 30 * np.sin(np.linspace(0, 2 * np.pi, 101, endpoint=False))
    noisy = curve + rng.normal(0, 5, (2, 200, 101))
    expected = np.sqrt(1 - 25 / (450 + 25))
    assert cmc_within_day(noisy) == pytest.approx(expected, abs=0.003)
    assert cmc_between_days(noisy) == pytest.approx(expected, abs=0.003)
    shifted = noisy + np.array([[[0.0]], [[20.0]]])
    assert cmc_within_day(shifted) == pytest.approx(expected, abs=0.003)
    assert cmc_between_days(shifted) == pytest.approx(np.sqrt(1 - 125 / 575), abs=0.01)
    assert np.isnan(cmc_within_day(np.linspace(0, 1, 5)[None, :, None] + np.zeros((1, 5, 101))))


def test_refusals() -> None:
    with pytest.raises(InputError, match="all values are alike"):
        icc(np.ones((5, 2)))
    with pytest.raises(InputError, match="pair 1 misses a value"):
        bland_altman([1, np.nan, 3, 4], [1, 2, 3, 4])
    with pytest.raises(InputError, match="2 pairs; limits of agreement need three"):
        bland_altman([1, 2], [1, 2])
    with pytest.raises(InputError, match="4 pairs of 4 people"):
        bland_altman_repeated([1, 2, 3, 4], [0, 0, 0, 0], "abcd")
    with pytest.raises(InputError, match="the curve of day 0, stride 1 has a gap"):
        cmc_within_day([[[1, 2, 3], [1, np.nan, 3]]])
    with pytest.raises(InputError, match=r"expected \(days, strides, points\)"):
        cmc_within_day(np.ones((3, 3)))
