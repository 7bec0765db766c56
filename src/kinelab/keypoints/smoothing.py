"""Gaps filled, times made uniform, noise taken out: with a standard deviation for what is left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array, BoolArray
from kinelab.core.keypoints import Keypoints
from kinelab.core.timebase import Timebase
from kinelab.keypoints.uncertainty import filtered_sd
from kinelab.signals.filters import low_pass, noise_gain
from kinelab.signals.gaps import fill_gaps, gap_distance_s
from kinelab.signals.resampling import resample, uniform_timebase
from kinelab.signals.runs import finite_points

FILL_ROUNDS = 10


@dataclass(frozen=True)
class Smooth:
    """`keypoints` at the uniform times of `timebase`; `filled` (T, K) True where nothing was seen nearby."""

    keypoints: Keypoints
    timebase: Timebase
    filled: BoolArray


def smooth(
    keypoints: Keypoints, cutoff_hz: float | None, max_gap_s: float, rate_hz: float | None = None
) -> Smooth:
    """Fill gaps up to `max_gap_s`, resample to uniform times and low-pass at `cutoff_hz` (None = no filter).

    With a filter the fill is band-limited too: what the filter makes of it is put back and filtered again,
    ten times (Papoulis 1975, IEEE Trans Circuits Syst 22:735-742).

    The result's sd is that of `uncertainty.filtered_sd`; a filled point adds how far the motion can have
    strayed between what was seen: half of the landmark's typical acceleration times the time to the last and
    to the next sight, the error of a straight line. Without a filter the sd is the network's, if any.

    Raises:
        InputError: fewer than two frames, or a cut-off that the frame rate does not allow.
    """
    time_s = keypoints.time_s
    timebase = uniform_timebase(time_s, rate_hz)
    bridged = fill_gaps(time_s, keypoints.position, max_gap_s)
    raw = resample(time_s, bridged.values, timebase, max_gap_s)
    measured = _near_seen(keypoints, timebase)
    filled = finite_points(raw) & ~measured
    network_sd = None if keypoints.sd is None else _weights(time_s, keypoints.sd, timebase)
    position, sd = raw, network_sd
    if cutoff_hz is not None:
        raw = _band_limited(raw, filled, timebase.rate_hz, cutoff_hz)
        position = low_pass(raw, timebase.rate_hz, cutoff_hz).values
        hole = np.where(filled[..., None], np.nan, raw)  # a filled point has no residual of its own
        gain = noise_gain(timebase.rate_hz, cutoff_hz)
        sd = filtered_sd(hole, position, network_sd, gain, timebase.rate_hz)
    there = finite_points(position)
    if sd is not None:
        sd = np.where(there, np.hypot(sd, _stray(timebase, position, measured)), np.nan)
    confidence = np.where(there, np.clip(_weights(time_s, keypoints.confidence, timebase), 0, 1), np.nan)
    clean = Keypoints(keypoints.skeleton, timebase.time_s, position, confidence, keypoints.unit, sd)
    return Smooth(clean, timebase, filled)


def _band_limited(raw: Array, filled: BoolArray, rate_hz: float, cutoff_hz: float) -> Array:
    if not filled.any():
        return raw
    current = raw.copy()
    for _ in range(FILL_ROUNDS):
        current[filled] = low_pass(current, rate_hz, cutoff_hz).values[filled]
    return current


def _weights(time_s: Array, values: Array, timebase: Timebase) -> Array:
    """Confidence or sd (T, K) at other times, linear over everything that is not known."""
    result = np.full((timebase.n, values.shape[1]), np.nan)
    for column in range(values.shape[1]):
        known = np.isfinite(values[:, column])
        if known.any():
            result[:, column] = np.interp(timebase.time_s, time_s[known], values[known, column])
    return result


def _near_seen(keypoints: Keypoints, timebase: Timebase) -> BoolArray:
    """(n, K) True where the landmark was seen within half an interval."""
    near = np.zeros((timebase.n, len(keypoints.skeleton)), dtype=bool)
    wanted = timebase.time_s
    for column in range(near.shape[1]):
        times = keypoints.time_s[keypoints.seen[:, column]]
        if times.size:
            after = np.clip(np.searchsorted(times, wanted), 0, times.size - 1)
            before = np.maximum(after - 1, 0)
            away = np.minimum(np.abs(times[after] - wanted), np.abs(times[before] - wanted))
            near[:, column] = away <= 0.5 / timebase.rate_hz + 1e-9
    return near


def _stray(timebase: Timebase, position: Array, measured: BoolArray) -> Array:
    """(n, K) half the typical acceleration times the distances to both ends of the gap; 0 where measured."""
    product = np.nan_to_num(gap_distance_s(timebase.time_s, measured))
    bend = np.diff(position, n=2, axis=0) * timebase.rate_hz**2
    typical = np.zeros(position.shape[1])
    for landmark in range(typical.size):
        finite = bend[:, landmark][np.isfinite(bend[:, landmark])]
        typical[landmark] = np.sqrt((finite**2).mean()) if finite.size else 0.0
    stray: Array = 0.5 * typical * product
    return stray
