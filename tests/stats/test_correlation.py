"""Pearson's correlation against scipy and published figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from kinelab.errors import InputError
from kinelab.stats.correlation import pearson


def test_as_scipy_says() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=30)
    b = 0.6 * a + rng.normal(size=30)
    theirs = stats.pearsonr(a, b)
    interval = theirs.confidence_interval(0.95)
    found = pearson(np.append(a, np.nan), np.append(b, 1.0))
    assert (found.n, found.r) == (30, pytest.approx(theirs.statistic, rel=1e-10))
    assert found.p == pytest.approx(theirs.pvalue, rel=1e-9)
    assert found.ci95 == pytest.approx((interval.low, interval.high), abs=1e-9)
    assert pearson([1, 2, 3, 4], [2, 4, 6, 8]).r == pytest.approx(1.0)


def test_refusals() -> None:
    with pytest.raises(InputError, match="3 of 4 pairs are whole"):
        pearson([1, 2, 3, np.nan], [1, 2, 3, 4])
    with pytest.raises(InputError, match="never changes"):
        pearson([1, 1, 1, 1], [1, 2, 3, 4])
    with pytest.raises(InputError, match="expected two series"):
        pearson([1, 2], [1, 2, 3])


PUBLISHED = {"speed": 0.73, "cadence": 0.79, "GDI": 0.75, "KneeFlex_maxExtension": 0.83}


@pytest.mark.shared
@pytest.mark.parametrize("name", PUBLISHED)
def test_gait_of_children_with_cerebral_palsy_from_video(name: str, shared_data: Path) -> None:
    """Kidziński et al. 2020 (Nat Commun 11:4054), figure 2 a to d."""
    table = pd.read_csv(shared_data / "gait/cp_video/Fig2a-d.csv")
    found = pearson(table[name].to_numpy(), table[f"{name}_pred_corrected"].to_numpy())
    assert round(found.r, 2) == PUBLISHED[name]
    assert found.ci95[0] < found.r < found.ci95[1]
