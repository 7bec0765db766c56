"""Kalman filter and smoother of one point that moves smoothly: position and velocity, shaken by white noise.

The acceleration is white noise of spectral density `shake` (px^2 / s^3), so that times may be uneven; between
sights the variance grows with the cube of the time. Both coordinates of a point share variances and gains.
A symmetric 2 x 2 covariance is kept as (position, both, velocity).
"""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.compiled import compiled, compiled_inside

_FORGETFUL = 1e7  # times the first sight's variance: where it begins is not known


@compiled_inside
def _ahead(covariance: Array, step_s: float, shake: float, out: Array) -> None:
    """The covariance a step later."""
    pp, pv, vv = covariance[0], covariance[1], covariance[2]
    out[0] = pp + step_s * (2 * pv + step_s * vv) + shake * step_s**3 / 3
    out[1] = pv + step_s * vv + shake * step_s**2 / 2
    out[2] = vv + shake * step_s


@compiled
def smoothed(time_s: Array, place: Array, variance: Array, shake: float) -> tuple[Array, Array]:
    """Place (T, 2) and its variance (T,) given the whole track: Rauch, Tung & Striebel (1965, AIAA J 3:1445).

    From the first sight on; NaN before it.
    """
    count = time_s.size
    state = np.full((count, 2, 2), np.nan)  # position or velocity, coordinate
    covariance = np.full((count, 3), np.nan)
    first = 0
    while first < count and not np.isfinite(variance[first]):
        first += 1
    if first == count:
        return state[:, 0], covariance[:, 0]
    state[first, 0], state[first, 1] = place[first], 0.0
    covariance[first, 0], covariance[first, 1] = variance[first], 0.0
    covariance[first, 2] = _FORGETFUL * variance[first]
    for t in range(first + 1, count):
        step_s = time_s[t] - time_s[t - 1]
        _ahead(covariance[t - 1], step_s, shake, covariance[t])
        state[t, 0] = state[t - 1, 0] + step_s * state[t - 1, 1]
        state[t, 1] = state[t - 1, 1]
        if np.isfinite(variance[t]):
            pp, pv, vv = covariance[t]
            a, b = pp / (pp + variance[t]), pv / (pp + variance[t])
            for d in range(2):
                away = place[t, d] - state[t, 0, d]
                state[t, 0, d] += a * away
                state[t, 1, d] += b * away
            covariance[t, 0], covariance[t, 1], covariance[t, 2] = pp * (1 - a), pv * (1 - a), vv - b * pv
    _backwards(time_s, state, covariance, shake, first)
    return state[:, 0].copy(), covariance[:, 0].copy()


def left_out(place: Array, variance: Array, smooth: Array, left: Array) -> tuple[Array, Array]:
    """How far each point (T, 2) lies from where all others put it, and the variance (T,) of that place.

    smooth, left: what `smoothed` made of all of them; a point's own say is taken out again, since precisions
    add: 1 / left = 1 / others + 1 / variance. A point that is not used (variance infinite) had no say.
    """
    share = np.maximum(1 - left / variance, 1e-9)  # of the others
    away: Array = (place - smooth) / share[:, None]
    return away, left / share


@compiled_inside
def _backwards(time_s: Array, state: Array, covariance: Array, shake: float, first: int) -> None:
    """From filtered to smoothed, in place."""
    ahead = np.zeros(3)
    for t in range(time_s.size - 2, first - 1, -1):
        step_s = time_s[t + 1] - time_s[t]
        _ahead(covariance[t], step_s, shake, ahead)
        pp, pv, vv = covariance[t]
        determinant = ahead[0] * ahead[2] - ahead[1] * ahead[1]
        # gain G = P F' / ahead, with P F' = ((pp + h pv, pv), (pv + h vv, vv))
        a, c = pp + step_s * pv, pv + step_s * vv
        g00 = (a * ahead[2] - pv * ahead[1]) / determinant
        g01 = (pv * ahead[0] - a * ahead[1]) / determinant
        g10 = (c * ahead[2] - vv * ahead[1]) / determinant
        g11 = (vv * ahead[0] - c * ahead[1]) / determinant
        for d in range(2):
            position = state[t + 1, 0, d] - state[t, 0, d] - step_s * state[t, 1, d]
            velocity = state[t + 1, 1, d] - state[t, 1, d]
            state[t, 0, d] += g00 * position + g01 * velocity
            state[t, 1, d] += g10 * position + g11 * velocity
        d0, d1, d2 = (
            covariance[t + 1, 0] - ahead[0],
            covariance[t + 1, 1] - ahead[1],
            covariance[t + 1, 2] - ahead[2],
        )
        covariance[t, 0] = pp + g00 * g00 * d0 + 2 * g00 * g01 * d1 + g01 * g01 * d2
        covariance[t, 1] = pv + g00 * g10 * d0 + (g00 * g11 + g01 * g10) * d1 + g01 * g11 * d2
        covariance[t, 2] = vv + g10 * g10 * d0 + 2 * g10 * g11 * d1 + g11 * g11 * d2
