"""OpenSim's functions become terms: one piecewise polynomial of one coordinate each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kinelab.body.functions import Function, constant, linear, piecewise_linear, polynomial, simm_spline
from kinelab.body.model import Term
from kinelab.body.osim_open import opensim_package
from kinelab.core.checks import Array
from kinelab.errors import InputError

_ALLOWED = (
    "Constant, LinearFunction, SimmSpline, PiecewiseLinearFunction, PolynomialFunction, GCVSpline and "
    "MultiplierFunction of these"
)


def terms_of(function: Any, coordinates: Sequence[str]) -> tuple[Term, ...]:
    """An `opensim.Function` of these coordinates as a sum of terms; a constant zero has none.

    Raises:
        InputError: a function that is no sum of piecewise polynomials of one coordinate each.
    """
    opensim = opensim_package("reading .osim models")
    kind = function.getConcreteClassName()
    if kind == "MultiplierFunction":
        multiplier = opensim.MultiplierFunction.safeDownCast(function)
        inner = terms_of(multiplier.getFunction(), coordinates)
        return tuple(Term(term.coordinate, term.function.times(multiplier.getScale())) for term in inner)
    if kind == "Constant":
        value = opensim.Constant.safeDownCast(function).getValue()
        return (Term(None, constant(value)),) if value else ()
    if kind == "LinearFunction":
        return _linear_terms(numbers(function, "coefficients"), coordinates)
    if len(coordinates) != 1:
        raise InputError(
            f"a {kind} of {len(coordinates)} coordinates ({', '.join(coordinates) or 'none'}); it takes one, "
            "only a LinearFunction takes several"
        )
    return (Term(coordinates[0], _univariate(opensim, function, kind)),)


def is_free(function: Any) -> bool:
    """Whether OpenSim's scaling takes this for x itself, a degree of freedom, which it leaves alone.

    It looks at the first two coefficients only, so that also x + 0 y + 0.1 counts.
    """
    return bool(
        function.getConcreteClassName() == "LinearFunction"
        and numbers(function, "coefficients")[:2].tolist() == [1.0, 0.0]
    )


def _linear_terms(coefficients: Array, coordinates: Sequence[str]) -> tuple[Term, ...]:
    *slopes, intercept = coefficients
    if len(slopes) != len(coordinates):
        raise InputError(
            f"a LinearFunction with {len(coefficients)} coefficients of {len(coordinates)} coordinates "
            f"({', '.join(coordinates) or 'none'}); expected one slope a coordinate and one constant"
        )
    pairs = list(zip(coordinates, slopes, strict=True))
    if not pairs:
        return (Term(None, constant(intercept)),) if intercept else ()
    (first, slope), rest = pairs[0], pairs[1:]
    return (Term(first, linear(slope, intercept)), *(Term(name, linear(slope)) for name, slope in rest))


def _univariate(opensim: Any, function: Any, kind: str) -> Function:
    if kind == "SimmSpline":
        return simm_spline(numbers(function, "x"), numbers(function, "y"))
    if kind == "PiecewiseLinearFunction":
        return piecewise_linear(numbers(function, "x"), numbers(function, "y"))
    if kind == "PolynomialFunction":
        return polynomial(numbers(function, "coefficients"))
    if kind == "GCVSpline":
        return _gcv_spline(opensim, opensim.GCVSpline.safeDownCast(function))
    raise InputError(f"a {kind}, which is not supported; allowed are {_ALLOWED}")


def _gcv_spline(opensim: Any, function: Any) -> Function:
    """A natural spline of odd degree: OpenSim's own values in each piece give its polynomial.

    Not its derivatives: they want a list of integers, which opensim and ezc3d spell alike in one process, so
    that whichever comes second is refused it.
    """
    x = numbers(function, "x")
    degree = function.getDegree()
    origin = np.concatenate([[x[0] - 1], (x[:-1] + x[1:]) / 2, [x[-1] + 1]])
    reach = np.concatenate([[1.0], np.diff(x) / 2, [1.0]])
    nodes = np.polynomial.chebyshev.chebpts1(degree + 1)
    powers = np.arange(degree + 1)
    coefficients = []
    for at, half in zip(origin, reach, strict=True):
        values = [function.calcValue(opensim.Vector(1, float(at + half * node))) for node in nodes]
        coefficients.append(np.linalg.solve(nodes[:, None] ** powers, values) / half**powers)
    return Function("GCVSpline", origin, x, np.array(coefficients))


def inner_function(function: Any) -> Any:
    """The function that all MultiplierFunctions around it multiply."""
    opensim = opensim_package("reading .osim models")
    multiplier = opensim.MultiplierFunction.safeDownCast(function)
    return function if multiplier is None else inner_function(multiplier.getFunction())


def numbers(function: Any, name: str) -> Array:
    """A property of a function that is a list of numbers."""
    opensim = opensim_package("reading .osim models")
    polynom = opensim.PolynomialFunction.safeDownCast(function)
    if polynom is not None:
        return np.asarray(polynom.getCoefficients().to_numpy(), dtype=np.float64)
    found = function.getPropertyByName(name)
    get = opensim.PropertyHelper.getValueDouble
    return np.array([get(found, i) for i in range(found.size())])
