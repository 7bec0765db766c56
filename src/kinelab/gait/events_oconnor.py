"""Events from the vertical velocity of the middle of the foot (O'Connor 2007)."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.gait.tracks import (
    SHORTEST_STRIDE_S,
    Found,
    as_events,
    rate_hz,
    some_feet,
    stride_peaks,
    strongest,
)
from kinelab.signals.derivatives import velocity
from kinelab.signals.peaks import Peaks, parabolic_peaks

NAME = "O'Connor 2007"
# Initial contact is looked for while the heel is in this lowest share of its height range (the paper's 35 %).
_LOW_HEEL_SHARE = 0.35
# The trough at landing is shallower than the peak at toe-off; noise is shallower still.
_TROUGH_SHARE = 0.1
# Usual range of the foot's vertical velocity that a step needs, m/s: a standing foot has noise only.
_LEAST_VELOCITY_MPS = 0.2


def detect(keypoints: Keypoints) -> GaitEvents:
    """Initial contact at the trough of the foot's vertical velocity with a low heel, toe-off at its peak.

    O'Connor, Thorpe, O'Malley, Vaughan, "Automatic detection of gait events using kinematic data", Gait &
    Posture 25:469-474, 2007. The foot is the middle of heel and big toe. Needs both of at least one foot; no
    variant with the ankle is published, and on real recordings the ankle shows no trough at landing (missed
    58 of 81 initial contacts), so none is offered. Needs no pelvis and no scale beyond a rough one.

    Where we differ: the filter is the one of the cleaning step (6 Hz instead of 7 Hz); the deepest of several
    troughs within 0.4 s counts; times are refined between frames by a parabola.

    Raises:
        InputError: keypoints in pixels, not planar, or not uniform in time.
        GaitError: fewer than three frames, or no foot with heel and big toe.
    """
    rate = rate_hz(keypoints)
    found = []
    for side, heel, toe in some_feet(keypoints, NAME):
        upward = velocity((heel[:, 1] + toe[:, 1]) / 2, rate)
        off = stride_peaks(upward, rate, least_range=_LEAST_VELOCITY_MPS)
        found.append(Found(side, "ic", _landings(heel[:, 1], upward, rate), NAME))
        found.append(Found(side, "to", off.index, NAME))
    return as_events(keypoints, found)


def _landings(heel_y: Array, upward: Array, rate: float) -> Array:
    """Frames of the deepest velocity troughs with a low heel, one a stride."""
    seen = upward[np.isfinite(upward)]
    usual = float(np.ptp(np.percentile(seen, [5, 95]))) if seen.size else 0.0
    if usual <= _LEAST_VELOCITY_MPS:
        return np.empty(0)
    troughs = parabolic_peaks(-upward, prominence=_TROUGH_SHARE * usual)
    low, high = np.nanmin(heel_y), np.nanmax(heel_y)
    at = np.round(troughs.index).astype(int)
    is_low = heel_y[at] < low + _LOW_HEEL_SHARE * (high - low)
    return strongest(Peaks(troughs.index[is_low], troughs.value[is_low]), SHORTEST_STRIDE_S * rate)
