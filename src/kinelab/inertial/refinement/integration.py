"""Strap-down integration between knots, compiled: orientation at every sample from orientation at a few."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array, IntArray
from kinelab.core.compiled import compiled_bare, compiled_inside

Quaternion = tuple[float, float, float, float]


@compiled_inside
def _turn(x: float, y: float, z: float) -> Quaternion:
    """The quaternion (w, x, y, z) of a rotation vector."""
    square = 0.25 * (x * x + y * y + z * z)
    if square < 0.1:  # the series, to 1e-13; sine and cosine take longer
        sine = 1.0 - square / 6.0 * (1.0 - square / 20.0 * (1.0 - square / 42.0 * (1.0 - square / 72.0)))
        w = 1.0 - square / 2.0 * (
            1.0 - square / 12.0 * (1.0 - square / 30.0 * (1.0 - square / 56.0 * (1.0 - square / 90.0)))
        )
    else:
        half = np.sqrt(square)
        sine, w = np.sin(half) / half, np.cos(half)
    return w, 0.5 * sine * x, 0.5 * sine * y, 0.5 * sine * z


@compiled_inside
def _after(a: Quaternion, b: Quaternion) -> Quaternion:
    """a b: first b, then a."""
    return (
        a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3],
        a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2],
        a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1],
        a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0],
    )


@compiled_inside
def _write(q: Quaternion, rotation: Array, t: int, s: int) -> None:
    """The matrix of a quaternion."""
    w, x, y, z = q
    rotation[t, s, 0, 0] = 1.0 - 2.0 * (y * y + z * z)
    rotation[t, s, 0, 1] = 2.0 * (x * y - w * z)
    rotation[t, s, 0, 2] = 2.0 * (x * z + w * y)
    rotation[t, s, 1, 0] = 2.0 * (x * y + w * z)
    rotation[t, s, 1, 1] = 1.0 - 2.0 * (x * x + z * z)
    rotation[t, s, 1, 2] = 2.0 * (y * z - w * x)
    rotation[t, s, 2, 0] = 2.0 * (x * z - w * y)
    rotation[t, s, 2, 1] = 2.0 * (y * z + w * x)
    rotation[t, s, 2, 2] = 1.0 - 2.0 * (x * x + y * y)


@compiled_inside
def _step(gyr: Array, bias: Array, t: int, k: int, s: int, step: float, increments: bool) -> Quaternion:
    """The turn from sample t to the next."""
    b0, b1, b2 = bias[k, s, 0], bias[k, s, 1], bias[k, s, 2]
    c0, c1, c2 = gyr[t + 1, s, 0] - b0, gyr[t + 1, s, 1] - b1, gyr[t + 1, s, 2] - b2
    if increments:
        return _turn(step * c0, step * c1, step * c2)
    a0, a1, a2 = gyr[t, s, 0] - b0, gyr[t, s, 1] - b1, gyr[t, s, 2] - b2
    half, twelfth = 0.5 * step, step * step / 12.0
    return _turn(
        half * (a0 + c0) + twelfth * (a1 * c2 - a2 * c1),
        half * (a1 + c1) + twelfth * (a2 * c0 - a0 * c2),
        half * (a2 + c2) + twelfth * (a0 * c1 - a1 * c0),
    )


@compiled_inside
def _vector(q: Quaternion) -> tuple[float, float, float]:
    """The rotation vector of a quaternion."""
    w, x, y, z = q
    if w < 0.0:
        w, x, y, z = -w, -x, -y, -z
    sine = np.sqrt(x * x + y * y + z * z)
    scale = 2.0 * np.arctan2(sine, w) / sine if sine > 1e-9 else 2.0
    return scale * x, scale * y, scale * z


@compiled_bare
def _integrate(
    gyr: Array,
    share: Array,
    rate_hz: float,
    increments: bool,
    knots: IntArray,
    at_knots: Array,
    bias: Array,
    rotation: Array,
    steps: Array,
) -> None:
    step = 1.0 / rate_hz
    last, sensors = knots.size - 1, gyr.shape[1]
    for s in range(sensors):
        for k in range(last):
            w, x, y, z = at_knots[k, s, 0], at_knots[k, s, 1], at_knots[k, s, 2], at_knots[k, s, 3]
            now = (w, x, y, z)
            for t in range(knots[k], knots[k + 1]):
                # the quaternion rests in the matrix' place until the defect is known
                rotation[t, s, 0, 0], rotation[t, s, 0, 1] = now[0], now[1]
                rotation[t, s, 0, 2], rotation[t, s, 1, 0] = now[2], now[3]
                w, x, y, z = now
                steps[k, s, 0, 0] += step * (1.0 - 2.0 * (y * y + z * z))
                steps[k, s, 0, 1] += step * 2.0 * (x * y - w * z)
                steps[k, s, 0, 2] += step * 2.0 * (x * z + w * y)
                steps[k, s, 1, 0] += step * 2.0 * (x * y + w * z)
                steps[k, s, 1, 1] += step * (1.0 - 2.0 * (x * x + z * z))
                steps[k, s, 1, 2] += step * 2.0 * (y * z - w * x)
                steps[k, s, 2, 0] += step * 2.0 * (x * z - w * y)
                steps[k, s, 2, 1] += step * 2.0 * (y * z + w * x)
                steps[k, s, 2, 2] += step * (1.0 - 2.0 * (x * x + y * y))
                now = _after(now, _step(gyr, bias, t, k, s, step, increments))
            w, x, y, z = (
                at_knots[k + 1, s, 0],
                at_knots[k + 1, s, 1],
                at_knots[k + 1, s, 2],
                at_knots[k + 1, s, 3],
            )
            x, y, z = _vector(_after((w, x, y, z), (now[0], -now[1], -now[2], -now[3])))
            steps[k, s, 3, 0], steps[k, s, 3, 1], steps[k, s, 3, 2] = x, y, z
            for t in range(knots[k], knots[k + 1]):
                own = (rotation[t, s, 0, 0], rotation[t, s, 0, 1], rotation[t, s, 0, 2], rotation[t, s, 1, 0])
                part = share[t, s]
                _write(_after(_turn(part * x, part * y, part * z), own), rotation, t, s)
        w, x, y, z = at_knots[last, s, 0], at_knots[last, s, 1], at_knots[last, s, 2], at_knots[last, s, 3]
        _write((w, x, y, z), rotation, knots[last], s)


def integrate(
    gyr_radps: Array,
    share: Array,
    rate_hz: float,
    increments: bool,
    knots: IntArray,
    at_knots: Array,
    bias_radps: Array,
    rotation: Array,
) -> tuple[Array, Array]:
    """Orientations through those at the knots, as the gyroscopes turn in between.

    gyr_radps (T, S, 3); knots (K,) samples, the first 0 and the last T - 1; at_knots (K, S, 4) quaternions, w
    first, and bias_radps (K, S, 3). share (T, S), 0 at a knot, grows to 1 at the next: how what is left at
    the next knot (the defect) is spread over the samples. Writes rotation (T, S, 3, 3); returns lever
    (K - 1, S, 3, 3) s, the integral of the orientation, and defect (K - 1, S, 3) rad in ground.

    Readings at instants are taken as linear in time: a step turns by their mean and the first term of
    Magnus' series, h^2/12 a x b.
    """
    steps = np.zeros((knots.size - 1, gyr_radps.shape[1], 4, 3))
    _integrate(gyr_radps, share, rate_hz, increments, knots, at_knots, bias_radps, rotation, steps)
    return steps[:, :, :3], steps[:, :, 3]
