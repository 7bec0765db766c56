from __future__ import annotations

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.stats.errors import bias, mae, rmse


def test_known_differences() -> None:
    truth = np.array([10.0, 20.0, 30.0])
    estimate = truth + np.array([3.0, -4.0, 0.0])
    assert bias(estimate, truth) == pytest.approx(-1 / 3)
    assert mae(estimate, truth) == pytest.approx(7 / 3)
    assert rmse(estimate, truth) == pytest.approx(np.sqrt(25 / 3))


def test_pairs_with_nan_are_left_out() -> None:
    assert mae([1.0, np.nan, 5.0], [0.0, 1.0, np.nan]) == 1.0


def test_rmse_is_never_below_mae_and_splits_into_bias_and_spread() -> None:
    difference = np.random.default_rng(0).normal(0.5, 2, 500)
    zero = np.zeros(500)
    assert rmse(difference, zero) >= mae(difference, zero) >= abs(bias(difference, zero))
    assert rmse(difference, zero) ** 2 == pytest.approx(bias(difference, zero) ** 2 + difference.var())


def test_unlike_shapes_are_an_error() -> None:
    with pytest.raises(InputError, match=r"estimate has shape \(2,\), truth \(3,\)"):
        mae([1, 2], [1, 2, 3])


def test_no_pair_is_an_error() -> None:
    with pytest.raises(InputError, match="none of 2 pairs is finite"):
        rmse([np.nan, 1.0], [1.0, np.nan])
