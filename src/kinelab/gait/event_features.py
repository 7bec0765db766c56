"""What the event network is shown of each foot: its way and speed against the pelvis, floor and belt."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import SIDES
from kinelab.core.keypoints import Keypoints
from kinelab.gait.progress import belt_speed_mps
from kinelab.gait.tracks import pelvis, rate_hz, some_feet
from kinelab.signals.derivatives import velocity

FEATURE_HZ = 100.0
NAMES = ("heel_ahead", "heel_up", "toe_ahead", "toe_up", "heel_along", "heel_rise", "toe_along", "toe_rise")
# Seconds between samples of the recording that are still bridged on the way to 100 Hz.
_LONGEST_STEP_S = 0.1


def event_features(keypoints: Keypoints, method: str) -> tuple[Array, Array]:
    """Times (T,) s at 100 Hz and what is seen (2, T, 17): left foot, right foot.

    Of the foot itself and then of the other, each eight: heel and big toe ahead of the pelvis and above
    their lowest place, in leg lengths; their speed along the way against the ground or the belt and
    upwards, m/s. The last column is 1 where the own foot is seen. Where something is not seen it is 0.

    Raises:
        InputError: keypoints in pixels, not planar, or not uniform in time.
        GaitError: fewer than three frames, or no foot with heel and big toe, which `method` needs.
    """
    rate = rate_hz(keypoints)
    seen_feet = {side: (heel, toe) for side, heel, toe in some_feet(keypoints, method)}
    centre = pelvis(keypoints)
    belt = belt_speed_mps(keypoints)
    lowest = min(float(np.nanquantile(heel[:, 1], 0.05)) for heel, _ in seen_feet.values())
    leg_m = max(float(np.nanquantile(centre[:, 1], 0.95)) - lowest, 0.2)
    count = max(int(np.floor((keypoints.time_s[-1] - keypoints.time_s[0]) * FEATURE_HZ + 1e-6)) + 1, 1)
    time_s = keypoints.time_s[0] + np.arange(count) / FEATURE_HZ
    feet = []
    for side in SIDES:
        columns = np.full((keypoints.n, len(NAMES)), np.nan)
        if side in seen_feet:
            columns = np.concatenate(
                [_of_point(point, centre, belt, leg_m, rate) for point in seen_feet[side]], axis=1
            )[:, [0, 1, 4, 5, 2, 3, 6, 7]]
        feet.append(_at(time_s, keypoints.time_s, columns))
    both = []
    for own, other in ((0, 1), (1, 0)):
        known = np.isfinite(feet[own]).all(axis=1, keepdims=True)
        both.append(np.nan_to_num(np.concatenate([feet[own], feet[other], known], axis=1)))
    return time_s, np.stack(both)


def _of_point(point: Array, centre: Array, belt_mps: float, leg_m: float, rate: float) -> Array:
    """(T, 4): ahead of the pelvis, above its lowest place, speed along and up."""
    speed = velocity(point, rate)
    ahead = (point[:, 0] - centre[:, 0]) / leg_m
    above = (point[:, 1] - np.nanquantile(point[:, 1], 0.05)) / leg_m
    return np.stack([ahead, above, speed[:, 0] + belt_mps, speed[:, 1]], axis=1)


def _at(wanted_s: Array, time_s: Array, columns: Array) -> Array:
    """Columns (T, F) at other times; NaN in gaps."""
    found = np.full((wanted_s.size, columns.shape[1]), np.nan)
    seen = np.isfinite(columns).all(axis=1)
    if seen.sum() < 2:
        return found
    after = np.clip(np.searchsorted(time_s[seen], wanted_s), 1, int(seen.sum()) - 1)
    near = time_s[seen][after] - time_s[seen][after - 1] <= _LONGEST_STEP_S
    inside = (wanted_s >= time_s[seen][0] - 1e-9) & (wanted_s <= time_s[seen][-1] + 1e-9)
    for i in range(columns.shape[1]):
        found[:, i] = np.interp(wanted_s, time_s[seen], columns[seen, i])
    found[~(near & inside)] = np.nan
    return found
