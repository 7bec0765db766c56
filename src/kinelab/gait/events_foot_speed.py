"""Events from the speed of the foot in the sagittal plane (Ghoussayni 2004, Bruening & Ridge 2014)."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.gait.progress import belt_speed_mps, walking_speed_mps
from kinelab.gait.tracks import SHORTEST_STRIDE_S, Found, as_events, heel_and_toe, rate_hz, strongest
from kinelab.signals.derivatives import velocity
from kinelab.signals.peaks import Peaks

NAME = "Bruening & Ridge 2014"
# Thresholds as a share of the walking speed; see the docstring of `detect`.
_LANDING_SHARE = 0.4
_OFF_SHARE = 1.1


def detect(keypoints: Keypoints) -> GaitEvents:
    """Initial contact where the heel's speed falls below, toe-off where the toe's rises above, a threshold.

    Ghoussayni, Stevens, Durham, Ewins, "Assessment and validation of a simple automated method for the
    detection of gait events and intervals", Gait & Posture 20:266-272, 2004, with the speed resultant in the
    sagittal plane and the thresholds tied to walking speed as Bruening & Ridge, "Automated event detection
    algorithms in pathological gait", Gait & Posture 39:472-477, 2014. Needs heel and big toe; a foot without
    them gives initial contacts from its ankle (method "... (ankles)") and no toe-offs, because the ankle
    leaves the ground 90 ms before the toe.

    Where we differ: the thresholds are 0.4 (initial contact) and 1.1 (toe-off) of the walking speed, round
    values between 0.3 and 1.1 with the least bias on the 14 recordings of `benchmarks/gait_events.py`; the
    spread of the error (14 and 18 ms) does not depend on them. On a treadmill the belt's speed
    (`gait.progress`) is added to the foot's, so that a standing foot is still. Times are interpolated.

    Raises:
        InputError: keypoints in pixels, not planar, or not uniform in time.
        GaitError: fewer than three frames.
    """
    rate = rate_hz(keypoints)
    walking, belt = walking_speed_mps(keypoints), belt_speed_mps(keypoints)
    found = []
    for side in SIDES:
        pair = heel_and_toe(keypoints, side)
        ankle = keypoints.of(f"{side}_ankle")
        heel, method = (ankle, f"{NAME} (ankles)") if pair is None else (pair[0], NAME)
        landing = _crossings(-_speed(heel, belt, rate), -_LANDING_SHARE * walking)
        found.append(Found(side, "ic", _one_a_stride(landing, rate), method))
        if pair is not None:
            off = _crossings(_speed(pair[1], belt, rate), _OFF_SHARE * walking)
            found.append(Found(side, "to", _one_a_stride(off, rate), method))
    return as_events(keypoints, found if walking > 0 else [])


def _speed(track: Array, belt_mps: float, rate: float) -> Array:
    """Speed against the ground of a landmark (T, 2) m, (T,) m/s."""
    moving = velocity(track, rate)
    speed: Array = np.hypot(moving[:, 0] + belt_mps, moving[:, 1])
    return speed


def _crossings(signal: Array, level: float) -> Array:
    """Fractional frames at which a signal (T,) rises through `level`, by linear interpolation."""
    before, after = signal[:-1], signal[1:]
    at = np.flatnonzero((before < level) & (after >= level))  # NaN compares False: no crossing at a gap
    frames: Array = at + (level - before[at]) / (after[at] - before[at])
    return frames


def _one_a_stride(frames: Array, rate: float) -> Array:
    """The first of any crossings that follow each other within less than a stride."""
    return strongest(Peaks(frames, -frames), SHORTEST_STRIDE_S * rate)
