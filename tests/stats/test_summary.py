from __future__ import annotations

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.stats.summary import summarise


def test_the_interval_is_the_published_one() -> None:
    """NIST/SEMATECH e-Handbook 1.3.5.2, data set ZARR13: n 195, mean 9.261460, sd 0.022789."""
    ranks = np.arange(195.0)
    sample = 9.261460 + 0.02278881 * (ranks - ranks.mean()) / ranks.std(ddof=1)
    summary = summarise(sample)
    assert summary.n == 195
    assert summary.mean == pytest.approx(9.261460)
    assert summary.sd == pytest.approx(0.02278881)
    assert summary.ci95 == pytest.approx((9.258242, 9.264679), abs=1e-6)


def test_one_value_has_no_spread_and_no_interval() -> None:
    summary = summarise([1.25])
    assert (summary.n, summary.mean, summary.ci95) == (1, 1.25, None)
    assert np.isnan(summary.sd)


def test_nan_is_left_out() -> None:
    assert summarise([1.0, np.nan, 3.0]) == summarise([1.0, 3.0])


@pytest.mark.parametrize("values", [[], [np.nan, np.nan]])
def test_nothing_to_summarise_is_an_error(values: list[float]) -> None:
    with pytest.raises(InputError, match="no finite value to summarise"):
        summarise(values)


def test_intervals_hold_the_truth_95_percent_of_the_time() -> None:
    rng = np.random.default_rng(3)
    samples = rng.normal(10, 2, (2000, 6))
    inside = [s.ci95[0] < 10 < s.ci95[1] for s in map(summarise, samples) if s.ci95]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.015)
