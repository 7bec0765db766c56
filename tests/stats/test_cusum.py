"""CUSUM against published figures."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.stats.cusum import cusum

# Montgomery, Introduction to Statistical Quality Control, example 9.1: 20 values about 10, then 10 about 11.
EXAMPLE = [
    9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.20, 10.34, 9.03, 11.47, 10.51, 9.40, 10.08, 9.37,
    10.62, 10.31, 8.52, 10.84, 10.90, 9.33, 12.29, 11.50, 10.60, 11.08, 10.38, 11.62, 11.31, 10.52,
]  # fmt: skip


def test_the_example_of_the_textbook_signals_at_29() -> None:
    found = cusum(np.array(EXAMPLE) - 10)
    assert np.flatnonzero(found).tolist() == [28]
    assert found[28] == 1


def test_downwards_is_the_mirror_image() -> None:
    np.testing.assert_array_equal(cusum(10 - np.array(EXAMPLE)), -cusum(np.array(EXAMPLE) - 10))


@pytest.mark.parametrize(("shift", "run_length"), [(0.0, 465.0), (1.0, 10.4), (2.0, 4.01)])
def test_average_run_lengths_of_the_textbook(shift: float, run_length: float) -> None:
    """Table 9.3, k = 1/2, h = 5: 465 values to a false signal, 10.4 to one of a shift by 1 sd, 4.01 by 2."""
    z = np.random.default_rng(2).normal(shift, 1, size=(1500, 5000 if shift == 0 else 60))
    first = (cusum(z) != 0).argmax(axis=1) + 1
    assert first.mean() == pytest.approx(run_length, rel=0.08)
