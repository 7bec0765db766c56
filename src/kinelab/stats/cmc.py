"""Coefficient of multiple correlation: how alike whole curves are (Kadaba and others 1989)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kinelab.core.checks import Array
from kinelab.errors import InputError


def cmc_within_day(curves: ArrayLike) -> float:
    """How alike the strides of each day are, curves (days, strides, points).

    The root of 1 - (variance about the mean curve of the day) / (variance about the mean of the day); 1 =
    all strides alike. A shift between the days does not lower it. Kadaba, Ramakrishnan, Wootten, Gainey,
    Gorton, Cochran 1989, J Orthop Res 7:849. It rises with the range of motion, so joints cannot be
    compared by it alone. NaN where strides differ more than the curve moves (the root has no real value).

    Raises:
        InputError: not (days, strides, points), a value is missing, or fewer than two strides or points.
    """
    y = _checked(curves)
    days, strides, points = y.shape
    about_curve = np.square(y - y.mean(axis=1, keepdims=True)).sum() / (days * points * (strides - 1))
    about_mean = np.square(y - y.mean(axis=(1, 2), keepdims=True)).sum() / (days * (strides * points - 1))
    return _root(float(about_curve), float(about_mean))


def cmc_between_days(curves: ArrayLike) -> float:
    """How alike the strides of all days are, curves (days, strides, points); a shift between days counts.

    As `cmc_within_day`, about the mean curve and the mean of all days.

    Raises:
        InputError: as `cmc_within_day`.
    """
    y = _checked(curves)
    days, strides, points = y.shape
    about_curve = np.square(y - y.mean(axis=(0, 1))).sum() / (points * (days * strides - 1))
    about_mean = np.square(y - y.mean()).sum() / (days * strides * points - 1)
    return _root(float(about_curve), float(about_mean))


def _checked(curves: ArrayLike) -> Array:
    y = np.asarray(curves, dtype=np.float64)
    if y.ndim != 3 or y.shape[0] < 1 or min(y.shape[1:]) < 2:
        raise InputError(
            f"curves have shape {y.shape}, expected (days, strides, points) with two strides"
            " and points or more"
        )
    if not np.isfinite(y).all():
        day, stride, _ = np.argwhere(~np.isfinite(y))[0]
        raise InputError(f"the curve of day {day}, stride {stride} has a gap; leave the stride out first")
    return y


def _root(about_curve: float, about_mean: float) -> float:
    if about_mean == 0 or about_curve > about_mean:
        return float("nan")
    return float(np.sqrt(1 - about_curve / about_mean))
