"""How far an estimate is from the truth: bias, mean absolute error, root mean square error.

All three take arrays of one shape and one unit and give a number in that unit. A pair in which either value
is NaN is left out: an estimator that gives nothing is judged by what it misses, not by its error.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kinelab.core.checks import Array
from kinelab.errors import InputError


def bias(estimate: ArrayLike, truth: ArrayLike) -> float:
    """Mean of estimate minus truth: positive when the estimate is too large (or too late).

    Raises:
        InputError: the shapes differ, or no pair is finite.
    """
    return float(_differences(estimate, truth).mean())


def mae(estimate: ArrayLike, truth: ArrayLike) -> float:
    """Mean absolute error.

    Raises:
        InputError: the shapes differ, or no pair is finite.
    """
    return float(np.abs(_differences(estimate, truth)).mean())


def rmse(estimate: ArrayLike, truth: ArrayLike) -> float:
    """Root mean square error.

    Raises:
        InputError: the shapes differ, or no pair is finite.
    """
    return float(np.sqrt(np.square(_differences(estimate, truth)).mean()))


def _differences(estimate: ArrayLike, truth: ArrayLike) -> Array:
    a = np.asarray(estimate, dtype=np.float64)
    b = np.asarray(truth, dtype=np.float64)
    if a.shape != b.shape:
        raise InputError(f"estimate has shape {a.shape}, truth {b.shape}; expected the same samples of both")
    difference = a - b
    difference = difference[np.isfinite(difference)]
    if difference.size == 0:
        raise InputError(f"none of {a.size} pairs is finite in both estimate and truth")
    return difference
