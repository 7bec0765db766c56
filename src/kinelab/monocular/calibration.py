"""From the standard deviations that a network tells to such that hold on people it never saw.

A network is too sure of people who are not in its training data, and surer still of pictures that show no
person at all. What tells such a picture is that the landmarks told do not lie on the pose told. So

    log sd' = offset + slope * log sd + weight * doubt,     slope >= 0, weight >= 0,

for each number told, with doubt = how much larger the log of `landmark_misfit` is than on good pictures of
people, below 0 where it is smaller; of a network that tells no landmarks how much larger its rotation's log
sd is, or 0. Fitted by maximum likelihood of a normal error on people held out, on good pictures and on spoilt
ones (`spoilt_pictures`). Recalibrating what a network says of its own doubt: Guo et al. 2017
(arXiv:1706.04599) for classes, Laves et al. 2020 (proceedings.mlr.press/v121/laves20a) for numbers.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, model_validator
from scipy.optimize import minimize

from kinelab.core.checks import Array, BoolArray
from kinelab.errors import InputError
from kinelab.monocular.calibration_misfit import has_places, landmark_misfit
from kinelab.monocular.vector import Vector

Sign = Literal["misfit", "sd"]
_SLOPES = (0.0, 2.0)
_WEIGHTS = (0.0, 3.0)
_SMALLEST = 1e-4  # rad, or sides of a crop: no error counts as less
FEWEST = 50
"""Good pictures, and errors of one number, below which nothing is fitted."""
_FARTHEST = 10.0  # of a log sd from the mean one, while it is sought


class Calibration(BaseModel):
    """offset, slope, weight: one for each log sd of a `Vector`, in its order. sharp: the sign of doubt on
    good pictures, from which doubt is counted. sign: log of the landmarks' misfit, or the mean log sd of the
    landmarks (of the rotation where there are none), which counts only above sharp.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    offset: tuple[float, ...]
    slope: tuple[float, ...]
    weight: tuple[float, ...]
    sharp: float
    sign: Sign = "sd"

    @model_validator(mode="after")
    def _fits(self) -> Calibration:
        if not len(self.offset) == len(self.slope) == len(self.weight):
            raise ValueError("offset, slope and weight differ in length")
        return self


def doubt(values: Array, vector: Vector, sharp: float, sign: Sign) -> Array:
    """(N,) of vectors (N, numbers): how much less they are to be believed than on good pictures."""
    away = _sign(values, vector, sign) - sharp
    return away if sign == "misfit" else np.asarray(np.maximum(away, 0.0))


def _sign(values: Array, vector: Vector, sign: Sign) -> Array:
    if sign == "misfit":
        return np.asarray(np.log(landmark_misfit(values, vector)))
    part = vector.spot_sd if vector.landmarks else vector.rotation_sd
    return np.asarray(values[:, part].mean(axis=1))


def calibrated(values: Array, vector: Vector, calibration: Calibration) -> Array:
    """Vectors (N, numbers) whose sd hold on people who were held out."""
    more = doubt(np.asarray(values, np.float64), vector, calibration.sharp, calibration.sign)
    result = np.array(values, np.float64)
    result[:, vector.sds] = (
        np.array(calibration.offset)
        + np.array(calibration.slope) * result[:, vector.sds]
        + np.array(calibration.weight) * more[:, None]
    )
    return result


def fit_calibration(
    values: Array, errors: Array, good: BoolArray, vector: Vector, base: Calibration | None = None
) -> Calibration:
    """The calibration for vectors (N, numbers) told of pictures of people held out.

    errors (N, sds): of each number that has an sd, in its unit; NaN does not count (for a landmark the
    root mean square of x and y). good (N,): whether the picture is as those that are estimated usually; the
    others were spoilt. base: an earlier calibration, of which the weights of doubt are kept, and all of what
    is not judged: where no picture is spoilt, doubt cannot be fitted.

    Raises:
        InputError: fewer than 50 good pictures, or shapes that do not fit together.
    """
    logs = np.asarray(values, np.float64)[:, vector.sds]
    if errors.shape != logs.shape or good.shape != (len(logs),):
        raise InputError(
            f"errors have shape {errors.shape} and good {good.shape}; the vectors want {logs.shape} and "
            f"({len(logs)},)"
        )
    if good.sum() < FEWEST:
        raise InputError(f"{good.sum()} good pictures are too few to calibrate on; give {FEWEST} or more")
    values = np.asarray(values, np.float64)
    sign: Sign = ("misfit" if has_places(vector) else "sd") if base is None else base.sign
    sharp = float(_sign(values[good], vector, sign).mean()) if base is None else base.sharp
    more = doubt(values, vector, sharp, sign)
    before = np.tile((0.0, 1.0, np.nan), (logs.shape[1], 1))
    if base is not None:
        before = np.array([base.offset, base.slope, base.weight]).T
    found = np.array([_fit(logs[:, i], more, errors[:, i], before[i]) for i in range(logs.shape[1])])
    offset, slope, weight = (tuple(part.tolist()) for part in found.T)
    return Calibration(offset=offset, slope=slope, weight=weight, sharp=sharp, sign=sign)


def _fit(logs: Array, more: Array, error: Array, before: Array) -> Array:
    """Offset, slope and weight of one number, by least -log likelihood of a normal error.

    before: what they were, and stay where there is too little to go by; a weight of NaN is free.
    """
    known = np.isfinite(error)
    if known.sum() < FEWEST:
        return np.nan_to_num(before)
    squared = np.maximum(np.abs(error[known]), _SMALLEST) ** 2
    size = 0.5 * np.log(squared.mean())  # the best that does without inputs, to begin with
    middle, spread = logs[known].mean(), max(float(logs[known].std()), 1e-6)
    inputs = np.stack([np.ones(known.sum()), (logs[known] - middle) / spread, more[known]], axis=1)

    def cost(theta: Array) -> tuple[float, Array]:
        told = np.clip(inputs @ theta, -_FARTHEST, _FARTHEST)
        share = squared / np.exp(2 * (size + told))
        return float(np.mean(told + share / 2)), np.asarray(inputs.T @ (1 - share) / len(share))

    low, high = _SLOPES
    limits = ((None, None), (low * spread, high * spread), (before[2],) * 2)
    if np.isnan(before[2]):
        limits = (*limits[:2], _WEIGHTS)
    start = np.array([0.0, 0.0, np.nan_to_num(before[2])])
    offset, slope, weight = minimize(cost, start, jac=True, method="L-BFGS-B", bounds=limits).x
    slope = slope / spread
    return np.array([size + offset - slope * middle, slope, weight])
