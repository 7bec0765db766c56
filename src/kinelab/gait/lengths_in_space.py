"""Stride and step length of feet whose places in space are known, also where the way turns."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, GaitEvents, Side
from kinelab.core.keypoints import Keypoints
from kinelab.core.measures import Measure
from kinelab.core.strides import Strides
from kinelab.gait.making import make

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
        chosen = strides.chosen(side)
        start, stop = strides.start_s[chosen], strides.stop_s[chosen]
        found = [_of_stride(side, a, b, events, landmarks) for a, b in zip(start, stop, strict=True)]
        table = np.array(found).reshape(-1, 2)
        rows += make("stride_length_m", side, table[:, 0])
        rows += make("step_length_m", side, table[:, 1])
        speed.append(table[:, 0] / (stop - start))
    rows += make("speed_mps", "both", np.concatenate(speed))
    return tuple(rows)


def _of_stride(
    side: Side, start_s: float, stop_s: float, events: GaitEvents, landmarks: Keypoints
) -> tuple[float, float]:
    """(stride length, step length) m; NaN where a place is not known."""
    other: Side = "right" if side == "left" else "left"
    landings = events.times(other, "ic")
    between = landings[(landings > start_s) & (landings < stop_s)]
    last = _place(landmarks, side, stop_s)
    line = last - _place(landmarks, side, start_s)
    length = float(np.linalg.norm(line))
    if between.size != 1 or not length > 0:
        return length, float("nan")
    opposite = _place(landmarks, other, float(between[0]))
    return length, float((last - opposite) @ line / length)


def _place(landmarks: Keypoints, side: Side, time_s: float) -> Array:
    """Where a foot stands on the ground at a time, (2,) m; NaN where a frame beside the time is."""
    heel = f"{side}_heel"
    seen = landmarks.skeleton.has(heel) and bool(np.isfinite(landmarks.of(heel)).any())
    track = landmarks.of(heel if seen else f"{side}_ankle")[:, _GROUND]
    return np.array([np.interp(time_s, landmarks.time_s, track[:, i]) for i in range(2)])
