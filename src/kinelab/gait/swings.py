"""Swings of a leg in the angular velocity of a worn sensor, and the instants around each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array, BoolArray
from kinelab.core.events import SIDES, EventKind, GaitEvents, Side
from kinelab.core.recording import Imu
from kinelab.errors import GaitError, InputError
from kinelab.gait.tracks import SHORTEST_STRIDE_S, sorted_events
from kinelab.signals.filters import low_pass
from kinelab.signals.peaks import Peaks, parabolic_peaks

# A leg that swings turns faster than this about the axis to the right (Salarian 2004: 50 deg/s).
_SLOWEST_SWING_RADPS = np.radians(50.0)
_USUAL_SHARE = 0.4  # of the usual swing's speed; what turns slower is a shuffle on the spot
_SWING_HZ, _INSTANT_HZ = 5.0, 12.0
# A runner's trunk flies, and its sensor then feels almost nothing: for 22 to 30 % of the time of 4 virtual
# runners, 0 to 4 % of 12 virtual walkers. Without such a sensor: strides of runners last 0.65 to 0.83 s,
# those of adults who walk fast 0.9 s; small children who walk (0.75 s) are taken for runners.
_FLIGHT_MPS2, _FLIGHT_HZ, _FLIGHT_SHARE, _FLIGHT_WINDOW_S = 4.0, 8.0, 0.12, 1.5
_RUNNING_STRIDE_S = 0.85
_LEAST_RATE_HZ = 30.0


@dataclass(frozen=True)
class Swing:
    """One forward swing of a segment, all in samples with a fraction, NaN where not found.

    rises, falls: the angular velocity passes zero before and after the swing; lowest_before: the deepest
    minimum shortly before it begins. running: the person flies between two steps.
    """

    rises: float
    falls: float
    lowest_before: float
    running: bool


def swings(
    forward_radps: Array, rate_hz: float, flying: BoolArray | None = None, look_back_s: float = 0.25
) -> list[Swing]:
    """The swings in an angular velocity (T,) about the axis to the right, forward swing positive.

    flying (T,): when the person runs; None tells it by the time between swings (below 0.85 s). look_back_s:
    how long before a swing its `lowest_before` may be. A gap (NaN) is never bridged.
    """
    slow = low_pass(forward_radps, rate_hz, _SWING_HZ).values
    tops = parabolic_peaks(slow, height=_SLOWEST_SWING_RADPS, distance_samples=SHORTEST_STRIDE_S * rate_hz)
    if not tops.index.size:
        return []
    index = tops.index[tops.value >= _USUAL_SHARE * np.percentile(tops.value, 75)]
    instant = low_pass(forward_radps, rate_hz, min(_INSTANT_HZ, 0.4 * rate_hz)).values
    minima = parabolic_peaks(-instant)
    apart_s = np.concatenate([[np.inf], np.diff(index), [np.inf]]) / rate_hz
    short = np.minimum(apart_s[:-1], apart_s[1:]) < _RUNNING_STRIDE_S
    found = []
    for top, hurries in zip(np.round(index).astype(int), short, strict=True):
        rises, falls = _passes_zero(instant, top, -1), _passes_zero(instant, top, 1)
        lowest = _lowest(minima, rises - look_back_s * rate_hz, rises)
        found.append(Swing(rises, falls, lowest, bool(hurries if flying is None else flying[top])))
    return found


def flight(imu: Imu) -> BoolArray | None:
    """(T,) whether the trunk flies again and again around each time; None without a sensor on the pelvis."""
    if "pelvis" not in imu.segments:
        return None
    rate_hz = imu.time.rate_hz
    force = low_pass(imu.acc_mps2[:, imu.segments.index("pelvis")], rate_hz, min(_FLIGHT_HZ, 0.4 * rate_hz))
    falls = (np.linalg.norm(force.values, axis=1) < _FLIGHT_MPS2).astype(float)
    window = max(round(_FLIGHT_WINDOW_S * rate_hz), 1)
    share = np.convolve(falls, np.full(window, 1 / window), mode="same")
    flies: BoolArray = share >= _FLIGHT_SHARE
    return flies


def forward_turning(imu: Imu, limb: str) -> Iterator[tuple[Side, Array]]:
    """Side and angular velocity (T,) rad/s about the axis to the right of each sensor on this limb.

    Raises:
        InputError: readings in the sensors' own axes, or too few a second.
        GaitError: no such sensor.
    """
    if imu.frame != "segment":
        raise InputError(
            "gait events need readings in the segments' axes, these are in the sensors'; calibrate them first"
        )
    if imu.time.rate_hz < _LEAST_RATE_HZ:
        raise InputError(
            f"gait events need {_LEAST_RATE_HZ:g} samples a second or more, found {imu.time.rate_hz:g}"
        )
    worn = [side for side in SIDES if f"{limb}_{side[0]}" in imu.segments]
    if not worn:
        raise GaitError(f"no sensor on a {limb}; there are sensors on {', '.join(imu.segments)}")
    for side in worn:
        yield side, imu.gyr_radps[:, imu.segments.index(f"{limb}_{side[0]}"), 2]


def swing_events(imu: Imu, found: list[tuple[Side, EventKind, float, str]]) -> GaitEvents:
    """Events (side, kind, fractional sample, method) in order of time; NaN is none."""
    start_s, rate_hz = imu.time.start_s, imu.time.rate_hz
    return sorted_events(
        (start_s + sample / rate_hz, side, kind, method)
        for side, kind, sample, method in found
        if np.isfinite(sample)
    )


def _passes_zero(values: Array, start: int, step: int) -> float:
    """Where a positive run ends, from `start` on towards later or earlier; NaN if it ends in a gap."""
    at = start
    while 0 <= at + step < values.size and values[at + step] > 0:
        at += step
    after = at + step
    if not 0 <= after < values.size or not np.isfinite(values[after]) or not values[at] > 0:
        return float("nan")
    return float(at + step * values[at] / (values[at] - values[after]))


def _lowest(minima: Peaks, first: float, last: float) -> float:
    """The deepest of the minima within (first, last); NaN without one."""
    inside = (minima.index > first) & (minima.index < last)
    return float(minima.index[inside][np.argmax(minima.value[inside])]) if inside.any() else float("nan")
