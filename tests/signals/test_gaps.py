"""Gap filling: short gaps bridged, long ones and the ends left."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.signals.gaps import fill_gaps, gap_distance_s

TIME_S = np.arange(200) / 50


def test_a_cubic_is_restored_exactly() -> None:
    curve = 1 + TIME_S - 2 * TIME_S**2 + 0.3 * TIME_S**3
    holed = curve.copy()
    holed[50:54] = np.nan
    result = fill_gaps(TIME_S, holed, 0.2, method="cubic")
    np.testing.assert_allclose(result.values, curve, atol=1e-9)
    assert result.filled.nonzero()[0].tolist() == [50, 51, 52, 53]


def test_the_limit_is_the_time_between_what_was_seen() -> None:
    holed = np.sin(TIME_S)
    holed[50:54] = np.nan  # 0.10 s between sample 49 and 54
    assert fill_gaps(TIME_S, holed, 0.10).filled.sum() == 4
    assert fill_gaps(TIME_S, holed, 0.099).filled.sum() == 0


def test_long_gaps_and_ends_stay_empty_and_input_is_not_changed() -> None:
    holed = np.sin(TIME_S)
    holed[:3] = holed[60:100] = holed[-1:] = np.nan
    before = holed.copy()
    result = fill_gaps(TIME_S, holed, 0.3)
    np.testing.assert_array_equal(result.values, before)
    np.testing.assert_array_equal(holed, before)
    assert not result.filled.any()


def test_pchip_does_not_overshoot() -> None:
    step = np.where(np.arange(60) < 30, 0.0, 1.0)
    step[28:33] = np.nan
    smooth = fill_gaps(np.arange(60) / 50, step, 1.0, method="pchip").values
    assert 0 <= smooth.min() <= smooth.max() <= 1


def test_irregular_times_and_many_columns() -> None:
    rng = np.random.default_rng(0)
    time_s = np.cumsum(rng.uniform(0.01, 0.03, 100))
    line = np.stack([2 * time_s, -time_s], axis=-1)[:, None, :]
    holed = line.copy()
    holed[10:13] = np.nan
    np.testing.assert_allclose(fill_gaps(time_s, holed, 0.2).values, line, atol=1e-9)


def test_gap_distance() -> None:
    seen = np.ones((6, 2), dtype=bool)
    seen[2:4, 0] = False
    seen[0, 1] = False
    product = gap_distance_s(np.arange(6.0), seen)
    np.testing.assert_array_equal(product[:, 0], [0, 0, 2, 2, 0, 0])
    assert np.isnan(product[0, 1])


def test_errors() -> None:
    with pytest.raises(InputError, match=r"method is 'linear', allowed are 'cubic', 'pchip'"):
        fill_gaps(TIME_S, TIME_S, 0.1, method="linear")  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"max_gap_s is -1"):
        fill_gaps(TIME_S, TIME_S, -1)
    with pytest.raises(InputError, match=r"shape \(199,\) for 200 samples"):
        fill_gaps(TIME_S[1:], TIME_S, 0.1)
    with pytest.raises(InputError, match="two frames stamped with the same time"):
        fill_gaps(np.zeros(200), TIME_S, 0.1)
