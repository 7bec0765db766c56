"""Tracks: the published minimum-jerk curve, no overshoot, the splines of scipy, noise of the asked size."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from kinelab.errors import InputError
from kinelab.virtual_lab.motion.tracks import clamped_weights, draw_wander, ease, path

TIME = np.linspace(-0.5, 2.5, 3001)


def test_two_keys_make_the_minimum_jerk_movement() -> None:
    """Flash & Hogan 1985: 10 u^3 - 15 u^4 + 6 u^5."""
    u = np.clip(TIME / 2, 0, 1)
    np.testing.assert_allclose(
        ease([0, 2], [1, 4], TIME), 1 + 3 * (10 * u**3 - 15 * u**4 + 6 * u**5), atol=1e-12
    )


def test_passes_through_keys_without_overshoot_and_smoothly() -> None:
    times, values = [0, 0.4, 0.9, 1.3, 2.0], [0.0, 1.0, 1.0, 3.0, 2.0]
    np.testing.assert_allclose(ease(times, values, np.array(times, float)), values, atol=1e-12)
    curve = ease(times, values, TIME)
    assert curve.min() >= -1e-9
    assert curve.max() <= 3 + 1e-9
    np.testing.assert_allclose(curve[(TIME > 0.4) & (TIME < 0.9)], 1.0)
    sharpest = np.abs(np.diff(curve, 3)).max() / 1e-9
    assert sharpest < 3000  # a jump of the curvature by 1 would show as a million


@pytest.mark.parametrize(("times", "values"), [([0, 0], [1, 2]), ([1, 0], [1, 2])])
def test_keys_out_of_order_are_told(times: list[float], values: list[float]) -> None:
    with pytest.raises(InputError, match="key_s does not increase"):
        ease(times, values, TIME)


def test_missing_values_are_told() -> None:
    with pytest.raises(InputError, match="1 values for 2 keys"):
        ease([0, 1], [1], TIME)


def test_path_meets_its_physics() -> None:
    knots = [(0.0, 1.0, 0.0, 0.0), (0.5, 1.2, 2.0, -9.81), (0.8, 1.3, -1.0, -9.81)]
    at = path(knots, np.array([0.5, 0.501, 0.502]))
    assert (at[1] - at[0]) / 1e-3 == pytest.approx(2.0, abs=0.01)
    assert (at[2] - 2 * at[1] + at[0]) / 1e-6 == pytest.approx(-9.81, abs=0.3)


def test_weights_are_those_of_a_clamped_cubic_spline() -> None:
    rng = np.random.default_rng(0)
    times, values, slopes = np.array([0, 0.2, 0.7, 1.0]), rng.normal(size=4), rng.normal(size=2)
    at = np.linspace(0, 1, 50)
    spline = CubicSpline(times, values, bc_type=((1, slopes[0]), (1, slopes[1])))
    np.testing.assert_allclose(clamped_weights(times, at) @ [*values, *slopes], spline(at), atol=1e-12)


def test_wander_has_the_asked_spread() -> None:
    wander = draw_wander(np.random.default_rng(0), [2.0, 0.0, 5.0], (0.2, 1.0))
    spread = wander.at(np.arange(0, 2000, 0.1)).std(axis=0)
    np.testing.assert_allclose(spread, [2.0, 0.0, 5.0], rtol=0.03, atol=1e-12)
