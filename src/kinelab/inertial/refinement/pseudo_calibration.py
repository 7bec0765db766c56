"""Taking a person's own mean out of an angle, the published way and one that a user can use.

Rapp et al. 2021 (section 2.5, "passive pseudo-calibration") express predicted and true angles as departures
from their own means before they are compared. That is a convention of evaluation: it needs the truth's mean,
and leaves error in the shape of the curves only. A user has no truth: the curves can be given without their
mean, or with a mean that is known from elsewhere, whose uncertainty then is the result's.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kinelab.core.checks import Array
from kinelab.errors import InputError


class Levelled(NamedTuple):
    """angle_deg (T, ...) and the standard deviation of its level, deg (...); 0 where it has none."""

    angle_deg: Array
    level_sd_deg: Array


def published_error_deg(predicted_deg: Array, true_deg: Array) -> Array:
    """Error (T, ...) of angles after each lost its own mean over time; NaN where either is, in the means too.

    Raises:
        InputError: arrays of different shapes.
    """
    predicted, true = np.asarray(predicted_deg, dtype=np.float64), np.asarray(true_deg, dtype=np.float64)
    if predicted.shape != true.shape:
        raise InputError(f"predicted angles {predicted.shape} and true ones {true.shape}; expected the same")
    error = predicted - true
    return np.asarray(error - _mean(error))


def without_mean(angle_deg: Array) -> Levelled:
    """Angles (T, ...) less their mean over the recording; what is left has no level that could be wrong."""
    angle = np.asarray(angle_deg, dtype=np.float64)
    return Levelled(angle - _mean(angle), np.zeros(angle.shape[1:]))


def with_mean(angle_deg: Array, mean_deg: Array, mean_sd_deg: Array) -> Levelled:
    """Angles (T, ...) moved so that their mean is the given one, known to a standard deviation, both (...).

    The mean may be that of the person's earlier recording, or the norm of people like them; or angle_deg
    holds a standing pose first, and the mean is moved by as much as that pose was off.

    Raises:
        InputError: means that do not fit the angles, or a standard deviation below 0.
    """
    angle = np.asarray(angle_deg, dtype=np.float64)
    mean, sd = (np.asarray(value, dtype=np.float64) for value in (mean_deg, mean_sd_deg))
    for name, value in (("mean_deg", mean), ("mean_sd_deg", sd)):
        if value.shape not in ((), angle.shape[1:]):
            raise InputError(
                f"{name} has shape {value.shape} for angles {angle.shape}; expected {angle.shape[1:]}"
            )
    if not (sd >= 0).all():
        raise InputError(f"mean_sd_deg is {sd.min():g}; expected 0 or more")
    return Levelled(angle - _mean(angle) + mean, np.broadcast_to(sd, angle.shape[1:]).copy())


def _mean(values: Array) -> Array:
    """Over time of what is not NaN; NaN where nothing is."""
    there = np.isfinite(values)
    count = there.sum(axis=0)
    total = np.where(there, values, 0.0).sum(axis=0)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))
