"""Stride and step length of feet whose places in space are known, also where the way turns."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, GaitEvents, Side
from kinelab.core.keypoints import Keypoints
from kinelab.core.measures import Measure
from kinelab.core.strides import Strides
from kinelab.gait.making import make
from kinelab.gait.within import the_one_within

_GROUND = (0, 2)  # X and Z of the ground frame


def lengths_in_space(strides: Strides, events: GaitEvents, landmarks: Keypoints) -> tuple[Measure, ...]:
    """Stride length, step length and speed of the used strides, from landmarks (T, K, 3) m over ground.

    Huxham, Gong, Baker, Morris, Iansek, "Defining spatial parameters for non-linear walking", Gait & Posture
    23:159-163, 2006: the stride is the line between the two places at which the foot lands; the step ends
    there and begins where the other foot landed in between, both measured along that line. A foot's place is
    its heel's (the ankle's, where no heel is known) at initial contact. Landmarks on a treadmill must have
    been carried over ground (`gait.walking_way.over_ground`).

    Where we differ from Vicon's `ANALYSIS` parameters: heel instead of the toe marker, which changes a step
    by up to 1.4 cm (by the toe marker the same numbers come out to 2 mm).
    """
    rows: list[Measure] = []
    speed: list[Array] = []
    for side in SIDES:
        other: Side = "right" if side == "left" else "left"
        chosen = strides.chosen(side)
        start, stop = strides.start_s[chosen], strides.stop_s[chosen]
        last = _places(landmarks, side, stop)
        line = last - _places(landmarks, side, start)
        length = np.linalg.norm(line, axis=1)
        between = the_one_within(events.times(other, "ic"), start, stop)
        step = ((last - _places(landmarks, other, between)) * line).sum(axis=1)
        rows += make("stride_length_m", side, length)
        known = length > 0
        rows += make(
            "step_length_m", side, np.divide(step, length, out=np.full_like(step, np.nan), where=known)
        )
        speed.append(length / (stop - start))
    rows += make("speed_mps", "both", np.concatenate(speed))
    return tuple(rows)


def _places(landmarks: Keypoints, side: Side, times_s: Array) -> Array:
    """Where a foot stands on the ground at times (n,), (n, 2) m; NaN where a frame beside the time is."""
    heel = f"{side}_heel"
    seen = landmarks.skeleton.has(heel) and bool(np.isfinite(landmarks.of(heel)).any())
    track = landmarks.of(heel if seen else f"{side}_ankle")
    return np.stack([np.interp(times_s, landmarks.time_s, track[:, axis]) for axis in _GROUND], axis=1)
