"""The scalar functions of a skeletal model, all as piecewise polynomials.

Constant, linear, spline, piecewise linear and polynomial functions of OpenSim are each a polynomial between
neighbouring breaks, so one evaluator (numpy here, compiled in `kernels`, torch in `layer`) serves them all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kinelab.core.checks import Array, Problems, read_only
from kinelab.errors import InputError


@dataclass(frozen=True, eq=False)
class Function:
    """A piecewise polynomial of one variable with P pieces of degree D.

    Piece p holds from breaks[p - 1] (included) to breaks[p]; the first and the last reach to infinity. Its
    value at x is sum over d of coefficients[p, d] (x - origin[p])^d. breaks (P - 1,), origin (P,),
    coefficients (P, D + 1), lowest power first. `kind` is OpenSim's name of the function, for people.
    """

    kind: str
    origin: Array
    breaks: Array
    coefficients: Array

    def __post_init__(self) -> None:
        for name in ("origin", "breaks", "coefficients"):
            object.__setattr__(self, name, read_only(getattr(self, name)))
        pieces = self.origin.size
        with Problems(f"{self.kind} function") as problems:
            problems.shape("origin", self.origin, (pieces,))
            problems.shape("breaks", self.breaks, (max(pieces - 1, 0),))
            problems.increasing("breaks", self.breaks)
            right = self.coefficients.ndim == 2 and self.coefficients.shape[0] == pieces > 0
            problems.add_if(
                not right, f"coefficients have shape {self.coefficients.shape} for {pieces} pieces"
            )
            problems.add_if(not np.isfinite(self.coefficients).all(), "coefficients hold NaN or infinity")

    def value(self, x: ArrayLike) -> Array:
        """Value at x, of the shape of x."""
        return self._horner(np.asarray(x, dtype=np.float64), self.coefficients)

    def derivative(self, x: ArrayLike) -> Array:
        """First derivative at x, of the shape of x; at a break, that of the piece to its right."""
        powers = np.arange(1, self.coefficients.shape[1])
        slopes = self.coefficients[:, 1:] * powers if powers.size else np.zeros((self.origin.size, 1))
        return self._horner(np.asarray(x, dtype=np.float64), slopes)

    def times(self, factor: float) -> Function:
        """This function times a constant."""
        return Function(self.kind, self.origin, self.breaks, self.coefficients * factor)

    def _horner(self, x: Array, coefficients: Array) -> Array:
        piece = np.searchsorted(self.breaks, x, side="right")
        local = x - self.origin[piece]
        total = np.zeros_like(local)
        for power in reversed(range(coefficients.shape[1])):
            total = total * local + coefficients[piece, power]
        return total


def constant(value: float) -> Function:
    """f(x) = value."""
    return Function("Constant", np.zeros(1), np.zeros(0), np.array([[value]]))


def linear(slope: float = 1.0, intercept: float = 0.0) -> Function:
    """f(x) = slope x + intercept."""
    return Function("LinearFunction", np.zeros(1), np.zeros(0), np.array([[intercept, slope]]))


def polynomial(highest_first: ArrayLike) -> Function:
    """A polynomial; coefficients from the highest power down, as OpenSim's PolynomialFunction has them."""
    coefficients = np.asarray(highest_first, dtype=np.float64)[::-1]
    return Function("PolynomialFunction", np.zeros(1), np.zeros(0), coefficients[None, :])


def piecewise_linear(x: ArrayLike, y: ArrayLike) -> Function:
    """Straight lines through the knots; the outer ones go on beyond the ends.

    Raises:
        InputError: fewer than two knots, unequal counts, or x does not increase.
    """
    x, y = _knots(x, y, "PiecewiseLinearFunction")
    slope = np.diff(y) / np.diff(x)
    return Function("PiecewiseLinearFunction", x[:-1], x[1:-1], np.stack([y[:-1], slope], axis=1))


def simm_spline(x: ArrayLike, y: ArrayLike) -> Function:
    """The cubic spline of SIMM and OpenSim, with straight lines beyond its ends.

    End conditions after Forsythe, Malcolm and Moler (Computer Methods for Mathematical Computations, 1977,
    subroutine SPLINE): the third derivative at each end is that of the cubic through the four outer knots. It
    is therefore not a natural spline. Two knots give a line.

    Raises:
        InputError: fewer than two knots, unequal counts, or x does not increase.
    """
    x, y = _knots(x, y, "SimmSpline")
    b, c, d = _forsythe_malcolm_moler(x, y)
    rows = np.stack([y, b, c, d], axis=1)[:-1]
    before = np.array([[y[0], b[0], 0.0, 0.0]])
    after = np.array([[y[-1], b[-1], 0.0, 0.0]])
    origin = np.concatenate([x[:1], x[:-1], x[-1:]])
    return Function("SimmSpline", origin, x, np.concatenate([before, rows, after]))


def _knots(x: ArrayLike, y: ArrayLike, kind: str) -> tuple[Array, Array]:
    xs, ys = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if xs.ndim != 1 or xs.shape != ys.shape or xs.size < 2:
        raise InputError(f"{kind}: {xs.size} x and {ys.size} y values; expected two or more, equally many")
    if not (np.diff(xs) > 0).all():
        raise InputError(f"{kind}: x does not increase ({', '.join(f'{v:g}' for v in xs[:8])} ...)")
    return xs, ys


def _forsythe_malcolm_moler(x: Array, y: Array) -> tuple[Array, Array, Array]:
    """Coefficients (b, c, d) of y + b u + c u^2 + d u^3, u = x - x_i, one of each a knot."""
    n = x.size
    if n == 2:
        slope = (y[1] - y[0]) / (x[1] - x[0])
        return np.full(2, slope), np.zeros(2), np.zeros(2)
    d = np.zeros(n)
    b = np.zeros(n)
    c = np.zeros(n)
    d[:-1] = np.diff(x)
    steep = np.diff(y) / d[:-1]
    b[1:-1] = 2 * (d[:-2] + d[1:-1])
    c[1:-1] = np.diff(steep)
    b[0], b[-1] = -d[0], -d[n - 2]
    if n > 3:
        c[0] = c[2] / (x[3] - x[1]) - c[1] / (x[2] - x[0])
        c[-1] = c[n - 2] / (x[n - 1] - x[n - 3]) - c[n - 3] / (x[n - 2] - x[n - 4])
        c[0] *= d[0] ** 2 / (x[3] - x[0])
        c[-1] *= -(d[n - 2] ** 2) / (x[n - 1] - x[n - 4])
    for i in range(1, n):
        ratio = d[i - 1] / b[i - 1]
        b[i] -= ratio * d[i - 1]
        c[i] -= ratio * c[i - 1]
    c[-1] /= b[-1]
    for i in reversed(range(n - 1)):
        c[i] = (c[i] - d[i] * c[i + 1]) / b[i]
    b[-1] = (y[-1] - y[-2]) / d[n - 2] + d[n - 2] * (c[n - 2] + 2 * c[n - 1])
    b[:-1] = steep - d[:-1] * (c[1:] + 2 * c[:-1])
    d[:-1] = np.diff(c) / d[:-1]
    d[-1] = d[n - 2]
    c *= 3
    return b, c, d
