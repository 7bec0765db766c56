"""Times, phases and lengths of steps and strides."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, GaitEvents, Side
from kinelab.core.keypoints import Keypoints
from kinelab.core.measures import Measure
from kinelab.core.strides import Strides
from kinelab.gait.making import make
from kinelab.gait.progress import belt_speed_mps
from kinelab.gait.tracks import foot_part
from kinelab.gait.within import the_one_within


def times_and_phases(strides: Strides, events: GaitEvents) -> tuple[Measure, ...]:
    """Cadence, stride and step time, stance, swing, single and double support of the used strides.

    Definitions: Whittle's Gait Analysis (Levine 2012) for times, Perry & Burnfield 2010 for phases. One value
    a stride, then the mean. Steps and supports need the other foot's events inside the stride; strides
    without them are left out of these (n says how many are in). Running, where the feet are never on the
    ground together, gives no supports.
    """
    rows: list[Measure] = []
    cadence, double = [], []
    for side in SIDES:
        chosen = strides.chosen(side)
        duration = strides.stop_s[chosen] - strides.start_s[chosen]
        stance = 100 * (strides.toe_off_s[chosen] - strides.start_s[chosen]) / duration
        step, both, single = _against_other_foot(strides, events, side)
        cadence.append(120 / duration)
        double.append(100 * both / duration)
        rows += make("stride_time_s", side, duration)
        rows += make("step_time_s", side, step)
        rows += make("stance_pct", side, stance)
        rows += make("swing_pct", side, 100 - stance)
        rows += make("single_support_pct", side, 100 * single / duration)
    rows += make("cadence_spm", "both", np.concatenate(cadence))
    rows += make("double_support_pct", "both", np.concatenate(double))
    return tuple(rows)


def lengths(strides: Strides, keypoints: Keypoints) -> tuple[Measure, ...]:
    """Stride length, step length and speed of the used strides, in the metres of `keypoints`.

    Only meaningful when the scale is known. Heel positions, or the ankle's where no heel is seen, at initial
    contact; on a treadmill the belt's travel (`gait.progress.belt_speed_mps`) is added to the stride length.
    """
    belt = belt_speed_mps(keypoints)
    rows: list[Measure] = []
    speed = []
    for side in SIDES:
        other: Side = "right" if side == "left" else "left"
        chosen = strides.chosen(side)
        start, stop = strides.start_s[chosen], strides.stop_s[chosen]
        own_x, other_x = _foot_x(keypoints, side), _foot_x(keypoints, other)
        stride = _at(own_x, keypoints, stop) - _at(own_x, keypoints, start) + belt * (stop - start)
        speed.append(stride / (stop - start))
        rows += make("stride_length_m", side, stride)
        rows += make("step_length_m", side, _at(own_x, keypoints, stop) - _at(other_x, keypoints, stop))
    rows += make("speed_mps", "both", np.concatenate(speed))
    return tuple(rows)


def _against_other_foot(strides: Strides, events: GaitEvents, side: Side) -> tuple[Array, Array, Array]:
    """(step time, double support, single support) of each used stride, (n,) s; NaN where events miss.

    Within a stride of this foot the other foot leaves the ground, then lands; this foot's step is from that
    landing to the end of the stride.
    """
    other: Side = "right" if side == "left" else "left"
    chosen = strides.chosen(side)
    start, off, stop = strides.start_s[chosen], strides.toe_off_s[chosen], strides.stop_s[chosen]
    landing = the_one_within(events.times(other, "ic"), start, stop)
    leaving = the_one_within(events.times(other, "to"), start, landing)
    in_order = (leaving < landing) & (landing < off)
    both = np.where(in_order, (leaving - start) + (off - landing), np.nan)
    return stop - landing, both, np.where(in_order, landing - leaving, np.nan)


def _foot_x(keypoints: Keypoints, side: Side) -> Array:
    heel = foot_part(keypoints, side, "heel")
    return (keypoints.of(f"{side}_ankle") if heel is None else heel)[:, 0]


def _at(x: Array, keypoints: Keypoints, times_s: Array) -> Array:
    """A track (T,) at times (n,); NaN where a frame beside the time is."""
    return np.interp(times_s, keypoints.time_s, x)
