"""What a network sees of two sensors: their readings and the lengths of these, which no turn changes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numpy.typing import ArrayLike

from kinelab.core.checks import Array

Floats = npt.NDArray[np.float32]


def sensor_channels(acc_mps2: ArrayLike, gyr_radps: ArrayLike) -> Floats:
    """Readings (T, S, 3) of S sensors as channels (8 S, T): acc, its length, gyr, its length of each in turn.

    The lengths follow from the components (Rapp et al. 2021 give both to the network: they stay when a sensor
    is put on turned).
    """
    parts = [np.asarray(values, np.float32) for values in (acc_mps2, gyr_radps)]
    n, s = parts[0].shape[:2]
    channels = np.empty((s, 8, n), np.float32)
    for place, values in zip((0, 4), parts, strict=True):
        channels[:, place : place + 3] = np.moveaxis(values, 0, -1)
        channels[:, place + 3] = np.linalg.norm(channels[:, place : place + 3], axis=1)
    return channels.reshape(8 * s, n)


def six_numbers(rotation: ArrayLike) -> Array:
    """The first two columns one after the other, (..., 3, 3) -> (..., 6) (Zhou et al. 2019)."""
    r = np.asarray(rotation, np.float64)
    return np.concatenate([r[..., 0], r[..., 1]], axis=-1)


def rotation_from_six(values: ArrayLike) -> Array:
    """What undoes `six_numbers`, made a rotation by Gram and Schmidt, (..., 6) -> (..., 3, 3).

    Parallel or zero vectors, which a trained network never gives, have no rotation: NaN.
    """
    six = np.asarray(values, np.float64)
    result = np.empty((*six.shape[:-1], 3, 3))
    a, b, c, d, e, f = np.moveaxis(six, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        shrink = 1 / np.sqrt(a * a + b * b + c * c)
        a, b, c = a * shrink, b * shrink, c * shrink
        along = a * d + b * e + c * f
        d, e, f = d - along * a, e - along * b, f - along * c
        shrink = 1 / np.sqrt(d * d + e * e + f * f)
        d, e, f = d * shrink, e * shrink, f * shrink
    third = (b * f - c * e, c * d - a * f, a * e - b * d)
    for column, vector in enumerate(((a, b, c), (d, e, f), third)):
        for row, component in enumerate(vector):
            result[..., row, column] = component
    return result
