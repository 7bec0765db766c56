from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import opensim
import pytest

from kinelab.body.model import BodyModel
from kinelab.body.osim import read_osim
from kinelab.body.osim_functions import terms_of
from kinelab.errors import FileFormatError, InputError

if TYPE_CHECKING:
    from .conftest import Osim

X = np.linspace(-4, 4, 101)
Make = Callable[[str, Sequence[str]], BodyModel]


@pytest.fixture
def with_function(osim: type[Osim], written: Callable[[str], Path]) -> Make:
    """A model whose second coordinate of a free joint follows others by this function."""

    def make(function: str, coordinates: Sequence[str]) -> BodyModel:
        names = [f"q{k}" for k in range(6)]
        free = osim.joint("FreeJoint", "root", ("/ground", "/bodyset/a"), names)
        coupler = osim.coupler("follow", "q1", coordinates, function)
        return read_osim(written(osim.model(["a"], [free], (), [coupler])))

    return make


@pytest.mark.parametrize("knots", [2, 3, 4, 9])
def test_simm_spline_is_opensims(knots: int) -> None:
    rng = np.random.default_rng(knots)
    x, y = np.sort(rng.uniform(-2, 2, knots)), rng.uniform(-1, 1, knots)
    spline = opensim.SimmSpline()
    for point in zip(x.tolist(), y.tolist(), strict=True):
        spline.addPoint(*point)
    (term,) = terms_of(spline, ["q"])
    there = [spline.calcValue(opensim.Vector(1, value)) for value in X.tolist()]
    np.testing.assert_allclose(term.function.value(X), there, atol=1e-12)


def test_multipliers_inside_one_another_multiply(osim: type[Osim], with_function: Make) -> None:
    line = osim.function("LinearFunction", coefficients=[2.0, 0.5])
    inner = osim.function("MultiplierFunction", osim.function("function", line), scale=3.0)
    outer = osim.function("MultiplierFunction", osim.function("function", inner), scale=-0.5)
    (term,) = with_function(outer, ["q0"]).couplers[0].terms
    assert term.coordinate == "q0"
    np.testing.assert_allclose(term.function.value(X), -1.5 * (2 * X + 0.5))


def test_linear_function_of_three_coordinates_is_three_terms(osim: type[Osim], with_function: Make) -> None:
    line = osim.function("LinearFunction", coefficients=[2.0, -1.0, 0.25, 0.5])
    terms = with_function(line, ["q0", "q2", "q3"]).couplers[0].terms
    assert [term.coordinate for term in terms] == ["q0", "q2", "q3"]
    np.testing.assert_allclose([float(term.function.value(1.0)) for term in terms], [2.5, -1.0, 0.25])


def test_a_zero_constant_is_no_term(osim: type[Osim], with_function: Make) -> None:
    assert with_function(osim.function("Constant", value=0.0), ["q0"]).couplers[0].terms == ()


@pytest.mark.parametrize("kind", ["Sine", "StepFunction", "MultivariatePolynomialFunction"])
def test_other_functions_are_refused_by_name(kind: str) -> None:
    with pytest.raises(InputError, match=rf"a {kind}, which is not supported; allowed are Constant"):
        terms_of(getattr(opensim, kind)(), ["q"])


def test_a_spline_of_two_coordinates_is_refused(osim: type[Osim], with_function: Make) -> None:
    spline = osim.function("SimmSpline", x=[0, 1, 2], y=[0, 1, 0])
    with pytest.raises(
        FileFormatError, match=r"follow: a SimmSpline of 2 coordinates \(q0, q2\); it takes one"
    ):
        with_function(spline, ["q0", "q2"])


def test_a_linear_function_with_too_few_slopes_is_refused(osim: type[Osim], with_function: Make) -> None:
    line = osim.function("LinearFunction", coefficients=[2.0, 0.5])
    with pytest.raises(FileFormatError, match=r"2 coefficients of 2 coordinates .* one slope a coordinate"):
        with_function(line, ["q0", "q2"])


def test_a_spline_whose_knots_go_back_is_refused(osim: type[Osim], with_function: Make) -> None:
    spline = osim.function("SimmSpline", x=[0, 2, 1], y=[0, 1, 0])
    with pytest.raises(FileFormatError, match="follow: SimmSpline: x does not increase"):
        with_function(spline, ["q0"])
