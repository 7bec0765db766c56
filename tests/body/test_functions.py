from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from kinelab.body.functions import Function, constant, linear, piecewise_linear, polynomial, simm_spline
from kinelab.errors import InputError

X = np.linspace(-3, 3, 61)


def test_plain_functions() -> None:
    np.testing.assert_allclose(constant(2.5).value(X), 2.5)
    np.testing.assert_allclose(linear(2.0, -1.0).value(X), 2 * X - 1)
    np.testing.assert_allclose(polynomial([1, -2, 0.5]).value(X), X**2 - 2 * X + 0.5, atol=1e-14)
    np.testing.assert_allclose(linear(2.0, -1.0).times(-3).value(X), 3 - 6 * X)


def test_piecewise_linear_goes_on_beyond_its_ends() -> None:
    bent = piecewise_linear([-1, 0, 2], [1, 0, 4])
    np.testing.assert_allclose(bent.value([-3, -1, -0.5, 0, 1, 2, 3]), [3, 1, 0.5, 0, 2, 4, 6])


@pytest.mark.parametrize("knots", [2, 3, 4, 5, 12])
def test_simm_spline_passes_its_knots_smoothly(knots: int) -> None:
    rng = np.random.default_rng(knots)
    x, y = np.sort(rng.uniform(-2, 2, knots)), rng.uniform(-1, 1, knots)
    spline = simm_spline(x, y)
    np.testing.assert_allclose(spline.value(x), y, atol=1e-12)
    step = 1e-9
    np.testing.assert_allclose(spline.derivative(x - step), spline.derivative(x + step), atol=1e-5)


def test_simm_spline_ends_as_forsythe_malcolm_and_moler_say() -> None:
    """Their ends have the third derivative of the cubic through the four outer knots.

    A cubic is therefore kept exactly, which a natural spline bends.
    """
    x = np.array([-1.5, -0.7, 0.1, 0.4, 1.3, 2.0])
    cubic = polynomial([0.3, -1.0, 0.2, 0.5])
    inside = np.linspace(x[0], x[-1], 50)
    spline = simm_spline(x, cubic.value(x))
    np.testing.assert_allclose(spline.value(inside), cubic.value(inside), atol=1e-13)
    natural = CubicSpline(x, cubic.value(x), bc_type="natural")
    assert np.abs(natural(inside) - cubic.value(inside)).max() > 1e-2
    # Beyond the ends: the tangent.
    beyond = spline.value(3.0) - spline.value(2.0)
    np.testing.assert_allclose(beyond, cubic.derivative(2.0), atol=1e-12)


def test_derivative_is_the_slope() -> None:
    step = 1e-6
    for function in (simm_spline([-2, -1, 0, 2], [0, 1, -1, 0.5]), polynomial([1, 2, 3]), constant(3)):
        at = X + 1e-3  # no break within a step
        slope = (function.value(at + step) - function.value(at - step)) / (2 * step)
        np.testing.assert_allclose(function.derivative(at), slope, atol=1e-6)


def test_knots_that_cannot_be() -> None:
    with pytest.raises(InputError, match="SimmSpline: 1 x and 1 y values; expected two or more"):
        simm_spline([0], [1])
    with pytest.raises(InputError, match=r"PiecewiseLinearFunction: 2 x and 3 y values; .* equally many"):
        piecewise_linear([0, 1], [1, 2, 3])
    with pytest.raises(InputError, match="SimmSpline: x does not increase"):
        simm_spline([0, 1, 1], [0, 0, 0])


def test_a_function_checks_its_parts() -> None:
    with pytest.raises(InputError, match=r"Odd function: breaks has shape \(0,\), expected \(1,\)"):
        Function("Odd", np.zeros(2), np.zeros(0), np.zeros((2, 1)))
    with pytest.raises(InputError, match="breaks does not increase at index 1"):
        Function("Odd", np.zeros(3), np.array([1.0, 0.0]), np.zeros((3, 1)))
    with pytest.raises(InputError, match=r"coefficients have shape \(1, 2\) for 2 pieces"):
        Function("Odd", np.zeros(2), np.zeros(1), np.zeros((1, 2)))
    with pytest.raises(InputError, match="coefficients hold NaN or infinity"):
        constant(np.nan)
