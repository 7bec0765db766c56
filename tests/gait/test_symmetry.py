from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.measures import Measure, Measures
from kinelab.gait.symmetry import symmetry


def _both(left: float, right: float, n: int = 10, sd: float = 0.02) -> Measures:
    return Measures(
        (
            Measure("step_time_s", left, "s", n, "left", sd),
            Measure("step_time_s", right, "s", n, "right", sd),
        )
    )


def test_robinson_1987() -> None:
    """(0.6 - 0.5) / (half of 1.1) = 18.18 %."""
    found = Measures(symmetry(_both(0.5, 0.6)))
    assert found.get("symmetry_index_step_time_pct").value == pytest.approx(18.1818, abs=1e-4)
    assert found.get("symmetry_ratio_step_time").value == pytest.approx(1.2)


def test_exchanged_sides_turn_the_sign_and_keep_the_ratio() -> None:
    one, other = Measures(symmetry(_both(0.5, 0.6))), Measures(symmetry(_both(0.6, 0.5)))
    name = "symmetry_index_step_time_pct"
    assert one.get(name).value == -other.get(name).value
    assert one.get("symmetry_ratio_step_time").value == other.get("symmetry_ratio_step_time").value


def test_the_interval_covers_what_is_drawn_from_equal_sides() -> None:
    rng = np.random.default_rng(5)
    inside = []
    for _ in range(1000):
        samples = rng.normal(0.55, 0.03, (2, 8))
        sides = [
            Measure("step_time_s", float(x.mean()), "s", 8, side, float(x.std(ddof=1)))
            for x, side in zip(samples, ("left", "right"), strict=True)
        ]
        low, high = symmetry(Measures(tuple(sides)))[0].ci95 or (np.nan, np.nan)
        inside.append(low < 0 < high)
    assert 0.94 < np.mean(inside) < 0.99  # a little too wide on purpose


def test_one_stride_has_no_interval() -> None:
    assert symmetry(_both(0.5, 0.6, n=1, sd=float("nan")))[0].ci95 is None


@pytest.mark.parametrize("left", [0.0, -0.2])
def test_no_index_of_what_is_not_positive(left: float) -> None:
    assert symmetry(_both(left, 0.5)) == ()


def test_one_side_alone_has_no_symmetry() -> None:
    assert symmetry(Measures((Measure("step_time_s", 0.5, "s", 5, "left"),))) == ()
