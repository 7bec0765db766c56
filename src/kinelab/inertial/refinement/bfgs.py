"""The published "top-down optimisation", frame by frame, as Rapp et al. 2021 (J Biomech 116:110229) have it.

For comparison only: `closed_form` gives the same in a hundred-thousandth of the time.

A network's orientation of a segment is changed until the angular velocity that it makes with the frame
before, already optimised, matches the gyroscope: e_k = |w_k - w'_k| is minimised by BFGS with a function
tolerance of 1e-6, a gradient tolerance of 1e-5 and at most 200 iterations. The paper does not say how an
orientation is parameterised nor what its first frame is: here a quaternion, scaled to length one within the
error, and the network's first frame as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import OptimizeResult, minimize

from kinelab.core.checks import Array
from kinelab.errors import InputError

FUNCTION_TOLERANCE = 1e-6
GRADIENT_TOLERANCE = 1e-5
MOST_ITERATIONS = 200
_SMALLEST_ANGLE_RAD = 1e-9


@dataclass(frozen=True)
class _Closeness:
    """Error of a quaternion (4,), w first, after the quaternion `before`: rad/s against `gyr` (3,)."""

    before: Array
    gyr: Array
    rate_hz: float

    def __call__(self, quaternion: Array) -> float:
        a, b = self.before, quaternion / np.linalg.norm(quaternion)
        w = a @ b
        vector = a[0] * b[1:] - b[0] * a[1:] - np.cross(a[1:], b[1:])
        if w < 0:
            w, vector = -w, -vector
        sine = np.linalg.norm(vector)
        angle = 2.0 * np.arctan2(sine, w)
        scale = angle / sine if sine > _SMALLEST_ANGLE_RAD else 2.0
        return float(np.linalg.norm(self.gyr - scale * self.rate_hz * vector))


def optimised_by_bfgs(
    predicted: Array, gyr_radps: Array, rate_hz: float, function_tolerance: float = FUNCTION_TOLERANCE
) -> Array:
    """Orientations (T, 4) of one segment, quaternions to ground, w first.

    predicted (T, 4): the network's. gyr_radps (T, 3) in the segment's axes: row k is the turn from frame
    k - 1 to k, as orientations differenced backwards have it.

    Raises:
        InputError: arrays of other shapes, or with NaN: the published method knows no lost samples.
    """
    predicted, gyr = np.asarray(predicted, dtype=np.float64), np.asarray(gyr_radps, dtype=np.float64)
    if predicted.ndim != 2 or predicted.shape[1] != 4 or gyr.shape != (len(predicted), 3):
        raise InputError(
            f"quaternions {predicted.shape} and angular velocity {gyr.shape}; expected (T, 4), (T, 3)"
        )
    if not (np.isfinite(predicted).all() and np.isfinite(gyr).all()):
        raise InputError("the published optimisation cannot go over lost samples (NaN); the smoother can")
    found = predicted.copy()
    for k in range(1, len(found)):
        found[k] = _nearest(_Closeness(found[k - 1], gyr[k], rate_hz), predicted[k], function_tolerance)
    return found


def _nearest(error: _Closeness, start: Array, function_tolerance: float) -> Array:
    previous = [error(start)]

    def stop(intermediate_result: OptimizeResult) -> None:
        gained = abs(previous[0] - float(intermediate_result.fun))
        previous[0] = float(intermediate_result.fun)
        if gained < function_tolerance:
            raise StopIteration

    result = minimize(
        error, start, method="BFGS", callback=stop,
        options={"gtol": GRADIENT_TOLERANCE, "maxiter": MOST_ITERATIONS},
    )  # fmt: skip
    return np.asarray(result.x / np.linalg.norm(result.x))
