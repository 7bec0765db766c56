"""How fast a person walks against the ground: the pelvis' travel and, on a treadmill, the belt's."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import ref

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.signals.derivatives import velocity

# A foot whose ankle is in the lowest part of its height range stands on the ground.
_STANDING_QUANTILE = 0.3
_WINDOW_S = 1.0
# Ankles creep forward by 0.01 to 0.05 m/s while the foot stands (14 overground recordings); a belt is faster.
SLOWEST_BELT_MPS = 0.2
# Below this speed against the floor or the belt the person stands, turns, or walks the wrong way.
SLOWEST_WALK_MPS = 0.05


T = TypeVar("T")


def _once_a_walk(work: Callable[[Keypoints], T]) -> Callable[[Keypoints], T]:
    """The last walk's result is kept: every event method and most measures ask for that of the same walk."""
    last: tuple[ref[Keypoints], T] | None = None

    @wraps(work)
    def remembered(keypoints: Keypoints) -> T:
        nonlocal last
        known = last
        if known is None or known[0]() is not keypoints:
            known = last = (ref(keypoints), work(keypoints))
        return known[1]

    return remembered


@_once_a_walk
def belt_speed_mps(keypoints: Keypoints) -> float:
    """Speed of a treadmill's belt, m/s, positive when it carries the feet backward; 0 on solid ground.

    Median backward velocity of the ankles while they are in the lowest 30 % of their heights: the standing
    foot goes with the ground. Measured on a 1.11 m/s treadmill trial: 1.07; on 13 overground trials at most
    0.05 m/s forward. Less than 0.2 m/s is taken as no belt. Unknown scale scales the result.
    """
    speeds = []
    for side in ("left", "right"):
        ankle = keypoints.of(f"{side}_ankle")
        backward = -velocity(ankle[:, 0], keypoints.rate_hz or 1.0)
        height = np.where(np.isfinite(backward), ankle[:, 1], np.nan)
        if np.isfinite(height).any():
            speeds.append(np.nanmedian(backward[height <= np.nanquantile(height, _STANDING_QUANTILE)]))
    speed = float(np.mean(speeds)) if speeds else 0.0
    return speed if speed > SLOWEST_BELT_MPS else 0.0


@_once_a_walk
def progress_mps(keypoints: Keypoints) -> Array:
    """Speed of the pelvis against the ground or the belt, (T,) m/s, over a window of 1 s.

    Gaps are drawn straight (the mean speed over a gap is known); NaN only when the pelvis was never seen.
    Negative: the person walks towards -X, against the direction the keypoints were turned to.
    """
    hips = [name for name in ("left_hip", "right_hip", "mid_hip") if keypoints.skeleton.has(name)]
    x = np.mean([keypoints.of(name)[:, 0] for name in hips[:2]], axis=0)
    half = max(round(0.5 * _WINDOW_S * keypoints.rate_hz), 1)
    frame = np.arange(keypoints.n)
    before, after = np.maximum(frame - half, 0), np.minimum(frame + half, keypoints.n - 1)
    elapsed_s = keypoints.time_s[after] - keypoints.time_s[before]
    filled = _bridged(x)
    speed: Array = (filled[after] - filled[before]) / elapsed_s + belt_speed_mps(keypoints)
    speed.setflags(write=False)
    return speed


def walking_speed_mps(keypoints: Keypoints) -> float:
    """Median of `progress_mps` while the person walks; 0 when nobody walks."""
    speed = progress_mps(keypoints)
    walking = speed[np.isfinite(speed) & (speed > SLOWEST_WALK_MPS)]
    return float(np.median(walking)) if walking.size else 0.0


def _bridged(x: Array) -> Array:
    """Gaps drawn straight: a window's ends may fall into one, and the mean speed over it stays right."""
    seen = np.isfinite(x)
    if not seen.any():
        return x
    frame = np.arange(x.size)
    return np.interp(frame, frame[seen], x[seen])
