"""What scipy's `Rotation` does not do the way kinelab needs it: angle sequences with NaN, angular velocity.

Exponential and logarithm, quaternions, chordal mean and slerp are `scipy.spatial.transform`'s; there is no
second copy of them here.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation

from kinelab.core.checks import Array
from kinelab.errors import InputError

SEQUENCES = ("XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX", "XYX", "XZX", "YXY", "YZY", "ZXZ", "ZYZ")
"""Body-fixed sequences: six Cardan (three axes) and six Euler ones (first axis again)."""

GIMBAL_TOLERANCE = 1e-7
"""Below this cosine (Cardan) or sine (Euler) of the middle angle the outer two cannot be told apart."""


def from_cardan(angle_rad: ArrayLike, sequence: str = "ZXY") -> Array:
    """Rotation matrices R = R_first(a) R_second(b) R_third(c), (..., 3) rad -> (..., 3, 3).

    Body-fixed: each axis is that of the frame as the rotations before left it. NaN gives NaN.

    Raises:
        InputError: the angles are not (..., 3), or the sequence is not one of `SEQUENCES`.
    """
    angle = np.asarray(angle_rad, dtype=np.float64)
    axes = _axes(sequence)
    if angle.shape[-1:] != (3,):
        raise InputError(f"angles of shape {angle.shape}; expected (..., 3), one for each turn of {sequence}")
    first, second, third = (about_axis(axis, angle[..., n]) for n, axis in enumerate(axes))
    return first @ second @ third


def to_cardan(rotation: ArrayLike, sequence: str = "ZXY") -> Array:
    """Angles of a body-fixed sequence, (..., 3, 3) -> (..., 3) rad; the inverse of `from_cardan`.

    The middle angle is in [-pi/2, pi/2] (Cardan) or [0, pi] (Euler), the outer ones in (-pi, pi]. In gimbal
    lock (middle angle at the end of its range) only the sum or difference of the outer ones is defined: the
    third is then zero and the first takes all of it. NaN gives NaN.

    Raises:
        InputError: not (..., 3, 3), or the sequence is not one of `SEQUENCES`.
    """
    r = np.asarray(rotation, dtype=np.float64)
    i, j, k = _axes(sequence)
    if r.shape[-2:] != (3, 3):
        raise InputError(f"rotations of shape {r.shape}; expected (..., 3, 3)")
    return _euler(r, i, j) if i == k else _cardan(r, i, j, k)


def _cardan(r: Array, i: int, j: int, k: int) -> Array:
    sign = 1.0 if (j - i) % 3 == 1 else -1.0
    cosine = np.hypot(r[..., i, i], r[..., i, j])
    second = np.arctan2(sign * r[..., i, k], cosine)
    locked = cosine < GIMBAL_TOLERANCE
    first = np.arctan2(-sign * r[..., j, k], r[..., k, k])
    third = np.arctan2(-sign * r[..., i, j], r[..., i, i])
    alone = np.arctan2(sign * r[..., k, j], r[..., j, j])
    return np.stack([np.where(locked, alone, first), second, np.where(locked, 0.0, third)], axis=-1)


def _euler(r: Array, i: int, j: int) -> Array:
    k = 3 - i - j
    sign = 1.0 if (j - i) % 3 == 1 else -1.0
    sine = np.hypot(r[..., i, j], r[..., i, k])
    second = np.arctan2(sine, r[..., i, i])
    locked = sine < GIMBAL_TOLERANCE
    first = np.arctan2(r[..., j, i], -sign * r[..., k, i])
    third = np.arctan2(r[..., i, j], sign * r[..., i, k])
    alone = np.arctan2(sign * r[..., k, j], r[..., j, j])
    return np.stack([np.where(locked, alone, first), second, np.where(locked, 0.0, third)], axis=-1)


def angular_velocity(rotation: ArrayLike, rate_hz: float, frame: Literal["body", "ground"] = "body") -> Array:
    """Angular velocity of a series of rotations body to ground, (T, 3, 3) -> (T, 3) rad/s.

    Half the rotation vector from the sample before to the sample after, over one interval: exact for a turn
    of constant rate about a fixed axis, else of second order. The first and last sample use their only
    neighbour. NaN where a neighbour is NaN. `frame` is the one it is expressed in; a gyroscope gives "body".

    Raises:
        InputError: fewer than two rotations, or a rate that is not positive.
    """
    r = np.asarray(rotation, dtype=np.float64)
    if r.ndim != 3 or r.shape[1:] != (3, 3) or len(r) < 2:
        raise InputError(f"rotations of shape {r.shape}; expected (T, 3, 3) with two or more in time")
    if not rate_hz > 0:
        raise InputError(f"rate_hz is {rate_hz:g}; it must be positive")
    at = np.arange(len(r))
    before, after = np.maximum(at - 1, 0), np.minimum(at + 1, len(r) - 1)
    turn = r[before].swapaxes(1, 2) @ r[after]
    if frame == "ground":
        # about the middle, the turn seen from ground is the body's turned by either end alike
        turn = r[after] @ r[before].swapaxes(1, 2)
    seen = np.isfinite(turn).all(axis=(1, 2))
    vector = np.full((len(r), 3), np.nan)
    if seen.any():
        vector[seen] = Rotation.from_matrix(turn[seen]).as_rotvec()
    return vector * (rate_hz / (after - before))[:, None]


def _axes(sequence: str) -> tuple[int, int, int]:
    if sequence not in SEQUENCES:
        raise InputError(f"sequence {sequence!r}; allowed are {', '.join(SEQUENCES)} (body-fixed)")
    first, second, third = ("XYZ".index(letter) for letter in sequence)
    return first, second, third


def about_axis(axis: int, angle_rad: Array) -> Array:
    """Rotations about one coordinate axis (0 X, 1 Y, 2 Z), (...) rad -> (..., 3, 3). NaN gives NaN."""
    j, k = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.zeros((*angle_rad.shape, 3, 3))
    matrix[..., axis, axis] = np.where(np.isnan(angle_rad), np.nan, 1.0)
    cosine, sine = np.cos(angle_rad), np.sin(angle_rad)
    matrix[..., j, j] = matrix[..., k, k] = cosine
    matrix[..., k, j], matrix[..., j, k] = sine, -sine
    return matrix
