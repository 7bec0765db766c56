"""Rotations one at a time inside compiled loops: matrices (3, 3), vectors (3,), results written to `out`."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.compiled import compiled_inside


@compiled_inside
def logarithm(m: Array, out: Array) -> None:
    """The rotation vector of a rotation; of a half turn within 1e-6 rad one of its two."""
    trace = m[0, 0] + m[1, 1] + m[2, 2]
    x, y, z = m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]
    double_sine = np.sqrt(x * x + y * y + z * z)
    angle = np.arctan2(double_sine, trace - 1.0)
    if double_sine > 1e-6:
        scale = angle / double_sine
        out[0], out[1], out[2] = scale * x, scale * y, scale * z
    elif trace > 0.0:
        out[0], out[1], out[2] = 0.5 * x, 0.5 * y, 0.5 * z
    else:
        column = 0
        for i in range(1, 3):
            if m[i, i] > m[column, column]:
                column = i
        length = np.sqrt(max(0.5 * (m[column, column] + 1.0), 1e-12))
        for i in range(3):
            same = 1.0 if i == column else 0.0
            out[i] = angle * 0.5 * (m[i, column] + same) / length


@compiled_inside
def product(a: Array, b: Array, out: Array) -> None:
    """a b."""
    for i in range(3):
        for j in range(3):
            out[i, j] = a[i, 0] * b[0, j] + a[i, 1] * b[1, j] + a[i, 2] * b[2, j]


@compiled_inside
def back_product(a: Array, b: Array, out: Array) -> None:
    """a transposed, times b."""
    for i in range(3):
        for j in range(3):
            out[i, j] = a[0, i] * b[0, j] + a[1, i] * b[1, j] + a[2, i] * b[2, j]


@compiled_inside
def turned(first: float, second: float, third: float, out: Array) -> None:
    """The rotation of the body-fixed sequence Z-X-Y, `geometry.rotations.from_cardan`."""
    sf, cf = np.sin(first), np.cos(first)
    sa, ca = np.sin(second), np.cos(second)
    sr, cr = np.sin(third), np.cos(third)
    out[0, 0], out[0, 1], out[0, 2] = cf * cr - sf * sa * sr, -sf * ca, cf * sr + sf * sa * cr
    out[1, 0], out[1, 1], out[1, 2] = sf * cr + cf * sa * sr, cf * ca, sf * sr - cf * sa * cr
    out[2, 0], out[2, 1], out[2, 2] = -ca * sr, sa, ca * cr
