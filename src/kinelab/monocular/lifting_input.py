"""What a lifting network reads: the landmarks of a few moments, each about the middle of the person.

Where the person is in the picture, and how large, says nothing of the pose: it is taken off. Moments are told
in seconds, so that any frame rate will do.
"""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array, BoolArray
from kinelab.errors import InputError

# Moments that are read for the pose at 0; close by the speed, further away what was hidden.
MOMENTS_S: tuple[float, ...] = (-0.4, -0.267, -0.133, -0.067, 0.0, 0.067, 0.133, 0.267, 0.4)
_LEAST = 1e-6


def boxes_of(position: Array, seen: BoolArray) -> tuple[Array, Array]:
    """Middle (..., 2) and longer side (...,) of what is seen of landmarks (..., K, 2); NaN for nothing."""
    there = seen[..., None]
    low = np.where(there, position, np.inf).min(axis=-2)
    high = np.where(there, position, -np.inf).max(axis=-2)
    some = np.asarray(seen.any(axis=-1))
    with np.errstate(invalid="ignore"):
        middle = np.where(some[..., None], (low + high) / 2, np.nan)
        side = np.where(some, np.maximum((high - low).max(axis=-1), _LEAST), np.nan)
    return middle, side


def features(position: Array, seen: BoolArray) -> Array:
    """(N, W * K * 3): x, y and whether seen, of W moments of landmarks (N, W, K, 2) px, seen (N, W, K).

    About each moment's own middle, over the median side of the moments; 0 where not seen.
    """
    middle, side = boxes_of(position, seen)
    some = np.isfinite(side)
    typical = np.ones(len(position))
    any_ = some.any(axis=1)
    typical[any_] = np.nanmedian(side[any_], axis=1)
    off = (position - np.where(some[..., None], middle, 0.0)[:, :, None]) / typical[:, None, None, None]
    off = np.where(seen[..., None], off, 0.0)
    return np.asarray(np.concatenate([off, seen[..., None]], axis=-1).reshape(len(position), -1))


def moments(position: Array, time_s: Array) -> tuple[Array, BoolArray]:
    """Landmarks (T, W, K, 2) px and whether seen (T, W, K) at `MOMENTS_S` about each of the times (T,).

    position (T, K, 2), NaN = not seen. Between two frames straight; before the first and after the last frame
    the clip stands still; what is not seen in either neighbour is not seen.

    Raises:
        InputError: times that do not fit, or do not increase.
    """
    if position.ndim != 3 or time_s.shape != position.shape[:1] or not len(time_s):
        raise InputError(f"positions {position.shape} and times {time_s.shape} do not fit, or are none")
    if (np.diff(time_s) <= 0).any():
        raise InputError("the times of the landmarks do not increase")
    wanted = np.clip(time_s[:, None] + MOMENTS_S, time_s[0], time_s[-1])
    after = np.clip(np.searchsorted(time_s, wanted), 1, max(len(time_s) - 1, 1))
    before = np.maximum(after - 1, 0)
    after = np.minimum(after, len(time_s) - 1)
    step = np.maximum(time_s[after] - time_s[before], 1e-9)
    share = ((wanted - time_s[before]) / step)[..., None, None]
    # A neighbour of weight 0 does not count: its NaN would.
    first = np.where(share >= 1, 0.0, (1 - share) * position[before])
    second = np.where(share <= 0, 0.0, share * position[after])
    found = first + second
    seen: BoolArray = np.isfinite(found).all(axis=-1)
    return np.where(seen[..., None], found, 0.0), seen
