"""Events from the accelerations of heel and toe (Hreljac & Marshall 2000)."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.gait.tracks import (
    LEAST_EXCURSION_M,
    Found,
    as_events,
    pelvis,
    rate_hz,
    some_feet,
    stride_peaks,
)
from kinelab.signals.derivatives import acceleration
from kinelab.signals.peaks import parabolic_peaks

NAME = "Hreljac & Marshall 2000"
# Where the peak is looked for, in seconds around the foot's farthest point ahead of / behind the pelvis.
_LANDING_WINDOW_S = (-0.06, 0.20)
_OFF_WINDOW_S = (-0.15, 0.12)


def detect(keypoints: Keypoints) -> GaitEvents:
    """Initial contact at the heel's largest upward, toe-off at the toe's largest forward acceleration.

    Hreljac & Marshall, "Algorithms to determine event timing during normal walking using kinematic data",
    J Biomech 33:783-786, 2000: the peaks are where the jerk passes zero. Needs hips, heel and big toe (no
    published variant for the ankle).

    Where we differ: the paper looks at one known step; here a window around the foot's farthest point ahead
    of (behind) the pelvis chooses the peak of each step. A parabola through the acceleration puts the jerk's
    zero between frames, as the paper's linear interpolation of the jerk does. Accelerations suffer first from
    noise and smoothing: of the methods here this one misses most initial contacts.

    Raises:
        InputError: keypoints in pixels, not planar, or not uniform in time.
        GaitError: fewer than three frames, or no foot with heel and big toe.
    """
    rate = rate_hz(keypoints)
    centre_x = pelvis(keypoints)[:, 0]
    found = []
    for side, heel, toe in some_feet(keypoints, NAME):
        ahead = stride_peaks(heel[:, 0] - centre_x, rate, least_range=LEAST_EXCURSION_M)
        behind = stride_peaks(centre_x - toe[:, 0], rate, least_range=LEAST_EXCURSION_M)
        landing = _highest_near(acceleration(heel[:, 1], rate), ahead.index, _LANDING_WINDOW_S, rate)
        off = _highest_near(acceleration(toe[:, 0], rate), behind.index, _OFF_WINDOW_S, rate)
        found += [Found(side, "ic", landing, NAME), Found(side, "to", off, NAME)]
    return as_events(keypoints, found)


def _highest_near(signal: Array, around: Array, window_s: tuple[float, float], rate: float) -> Array:
    """The highest peak of a signal (T,) in a window around each frame; none where it has no peak."""
    peaks = parabolic_peaks(signal)
    chosen = []
    for frame in around:
        lag_s = (peaks.index - frame) / rate
        inside = np.flatnonzero((lag_s >= window_s[0]) & (lag_s <= window_s[1]))
        if inside.size:
            chosen.append(peaks.index[inside[np.argmax(peaks.value[inside])]])
    return np.array(chosen)
