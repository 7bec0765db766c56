"""Clocks that run at different speeds: how the delay between neighbouring sensors changes over the recording.

Sensors on neighbouring segments feel the same shocks and swings. Window by window, the delay at which the
norms of their readings (which no mounting changes) fit best is found to a fraction of a sample; its slope
over time is the drift. Delays themselves are no fault: a foot swings after its shank. Slopes of all pairs
give each sensor's speed by weighted least squares, against the middle of all sensors, with its standard
error.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from kinelab.core.checks import Array
from kinelab.inertial.checking.finding import Confidence, Finding, entry
from kinelab.inertial.checking.worn import LIMBS, Worn
from kinelab.signals.filters import low_pass

_WINDOW_S, _SEARCH_S, _FOLLOW_S = 6.0, 0.3, 0.06
_FEWEST = 5  # windows
_BAND_HZ = (0.5, 10.0)
_FIT = 0.25  # correlation of the best delay, from which a window counts
_SURE = 4.0  # standard errors
_LEAST_PPM, _LEAST_S = 20.0, 0.004  # of drift, and of delay gathered over the recording
# By how much the delay of sensors on one clock changes from start to end because people tire and change
# their step (standard deviation: seven people after stroke, two minutes each): neighbours, and the two legs.
_PEOPLE_S, _PEOPLE_ACROSS_S = 0.006, 0.02


@dataclass(frozen=True, eq=False)
class PairDrift:
    """How much faster than that of `first` the clock of `second` runs, ppm, and the standard error.

    At time_s (n,) s second came delay_s (n,) behind first.
    """

    first: str
    second: str
    ppm: float
    se_ppm: float
    time_s: Array
    delay_s: Array


def check_drift(worn: Worn) -> list[Finding]:
    """Sensors whose clock runs faster or slower than the others'."""
    found = []
    duration_s = worn.imu.time.duration_s
    for speed in clock_speeds(pair_drifts(worn)):
        gathered_s = abs(speed.ppm) * 1e-6 * duration_s
        if abs(speed.ppm) < max(_SURE * speed.se_ppm, _LEAST_PPM) or gathered_s < _LEAST_S:
            continue
        name, other = worn.name_of[speed.segment], speed.against
        against = f"that of {other} (or that one is wrong)" if other else "the others' middle"
        what = (
            f"the clock of {speed.segment} runs {'fast' if speed.ppm > 0 else 'slow'} by "
            f"{abs(speed.ppm):.0f} ppm (standard error {speed.se_ppm:.0f}) against {against}: "
            f"{1000 * gathered_s:.0f} ms in all"
        )
        sure = not other and abs(speed.ppm) > 2 * _SURE * speed.se_ppm
        confidence: Confidence = "likely" if sure else "possible"
        names = f"{name}, {worn.name_of[other]}" if other else name
        where = f"{speed.segment} or {other}" if other else speed.segment
        proposal = entry(name, f"clock_ppm = {speed.ppm:.0f}")
        found.append(Finding("drift", names, what, speed.ppm, "ppm", confidence, proposal, where))
    return found


def pair_drifts(worn: Worn) -> list[PairDrift]:
    """The drift of every pair of `neighbours` whose delay shows."""
    features = {segment: _features(worn, segment) for segment in worn.imu.segments}
    found = [_pair(worn, a, b, features[a], features[b]) for a, b in neighbours(worn.imu.segments)]
    return [drift for drift in found if drift is not None]


def neighbours(segments: tuple[str, ...]) -> list[tuple[str, str]]:
    """Sensors of one leg and the pelvis, each with each; the two legs where no pelvis joins them."""
    pairs = []
    for side in "rl":
        chain = [name for name in ("pelvis", *(f"{limb}_{side}" for limb in LIMBS)) if name in segments]
        pairs += list(combinations(chain, 2))
    pairs += [("pelvis", upper) for upper in ("sternum", "head") if {"pelvis", upper} <= set(segments)]
    both = [limb for limb in LIMBS if {f"{limb}_r", f"{limb}_l"} <= set(segments)]
    if "pelvis" not in segments and both:
        pairs.append((f"{both[-1]}_r", f"{both[-1]}_l"))
    return pairs + [("thigh", "shank")] * ({"thigh", "shank"} <= set(segments))


def _features(worn: Worn, segment: str) -> Array:
    """(T, F) norms of the readings, between 0.5 and 10 Hz, each of spread 1; NaN where they are lost."""
    rate = worn.imu.time.rate_hz
    s = worn.imu.segments.index(segment)
    columns = []
    for values in (worn.imu.acc_mps2[:, s], worn.imu.gyr_radps[:, s]):
        norm = np.linalg.norm(values, axis=1)
        there = np.isfinite(norm)
        if there.mean() < 0.5:
            continue
        whole = np.interp(np.arange(norm.size), np.flatnonzero(there), norm[there])
        low, high = _BAND_HZ[0], min(_BAND_HZ[1], 0.45 * rate)
        band = low_pass(whole, rate, high).values - low_pass(whole, rate, low).values
        columns.append(np.where(there, band / max(float(band.std()), 1e-12), np.nan))
    return np.stack(columns, axis=1) if columns else np.empty((worn.imu.time.n, 0))


def _pair(worn: Worn, first: str, second: str, a: Array, b: Array) -> PairDrift | None:
    rate = worn.imu.time.rate_hz
    length, most = round(_WINDOW_S * rate), round(_search_s(worn, first, second) * rate)
    if not a.shape[1] or a.shape[1] != b.shape[1] or len(a) < _FEWEST * length:
        return None
    starts = range(0, len(a) - length + 1, length)
    curves = [_curve(a, b, start, length, most) for start in starts]
    usable = [(start, curve) for start, curve in zip(starts, curves, strict=True) if curve is not None]
    if len(usable) < _FEWEST:
        return None
    expected = float(np.argmax(np.mean([curve for _, curve in usable], axis=0)))
    follow, times, delays = max(2, round(_FOLLOW_S * rate)), [], []
    expected = _first_delay(usable, expected, follow)
    for start, curve in usable:
        low = int(np.clip(round(expected) - follow, 1, curve.size - 2))
        high = int(np.clip(round(expected) + follow, low + 1, curve.size - 1))
        at = low + int(np.argmax(curve[low:high]))
        if curve[at] < _FIT or not 0 < at < curve.size - 1:
            continue
        bend = curve[at - 1] - 2 * curve[at] + curve[at + 1]
        fine = at + (0.5 * (curve[at - 1] - curve[at + 1]) / bend if bend < 0 else 0.0)
        expected = 0.7 * expected + 0.3 * fine
        times.append((start + length / 2) / rate)
        delays.append((fine - most) / rate)
    if len(times) < _FEWEST:
        return None
    time_s, delay_s = np.array(times), np.array(delays)
    slope, se = _slope(time_s, delay_s)
    people = (_PEOPLE_ACROSS_S if _across(first, second) else _PEOPLE_S) / float(time_s[-1] - time_s[0])
    return PairDrift(first, second, 1e6 * slope, 1e6 * float(np.hypot(se, people)), time_s, delay_s)


def _across(first: str, second: str) -> bool:
    """The two are the same place on both legs, half a stride apart."""
    return first[:-2] == second[:-2]


def _search_s(worn: Worn, first: str, second: str) -> float:
    """Delays to look through: neighbours move together, two legs half a stride apart."""
    return 0.7 * (worn.stride_s or 1.2) if _across(first, second) else _SEARCH_S


def _first_delay(usable: list[tuple[int, Array]], expected: float, follow: int) -> float:
    """The delay of the first windows, near that of all of them: a drift has not moved it far yet."""
    early = np.mean([curve for _, curve in usable[:3]], axis=0)
    low = int(max(0, round(expected) - 5 * follow))
    return float(low + np.argmax(early[low : round(expected) + 5 * follow + 1]))


def _curve(a: Array, b: Array, start: int, length: int, most: int) -> Array | None:
    """(2 most + 1,) correlation of a window of `a` with `b` at each delay; None where samples are missing."""
    low, high = start - most, start + length + most
    if low < 0 or high > len(b):
        return None
    mine, theirs = a[start : start + length], b[low:high]
    if not (np.isfinite(mine).all() and np.isfinite(theirs).all()):
        mine, theirs = np.nan_to_num(mine), np.nan_to_num(theirs)
        if (mine == 0).all(axis=1).mean() > 0.2:
            return None
    curve = np.zeros(2 * most + 1)
    for x, y in zip(mine.T, theirs.T, strict=True):
        product = np.correlate(y, x, mode="valid")
        energy = np.convolve(y**2, np.ones(length), mode="valid")
        curve += product / np.sqrt(np.maximum(energy * float((x**2).sum()), 1e-12))
    return np.asarray(curve / mine.shape[1])


def _slope(time_s: Array, delay_s: Array) -> tuple[float, float]:
    """Slope and its standard error, after delays far from the line (a stumble, a turn) were left out once."""
    kept = np.ones(time_s.size, dtype=np.bool_)
    for _ in range(3):
        line = np.polyfit(time_s[kept], delay_s[kept], 1)
        rest = delay_s - np.polyval(line, time_s)
        scale = 1.4826 * float(np.median(np.abs(rest[kept]))) + 1e-5
        fewer = np.abs(rest) < 4 * scale
        if fewer.sum() < _FEWEST or (fewer == kept).all():
            break
        kept = fewer
    t = time_s[kept] - time_s[kept].mean()
    spread = float(np.sqrt((rest[kept] ** 2).sum() / max(kept.sum() - 2, 1)))
    return float(line[0]), max(spread, 2e-4) / float(np.sqrt((t**2).sum()))


@dataclass(frozen=True)
class ClockSpeed:
    """By how much the clock of a sensor runs fast, ppm, with its standard error: against the median of those
    that pairs join it to, or against the only one, which `against` then names."""

    segment: str
    ppm: float
    se_ppm: float
    against: str = ""


def clock_speeds(drifts: list[PairDrift]) -> list[ClockSpeed]:
    """The speed of every sensor's clock, by weighted least squares over all pairs."""
    speeds: list[ClockSpeed] = []
    for group in _groups(drifts):
        mine = [drift for drift in drifts if drift.first in group]
        if len(group) == 2:
            speeds.append(ClockSpeed(mine[0].second, mine[0].ppm, mine[0].se_ppm, mine[0].first))
            continue
        rows = np.zeros((len(mine), len(group)))
        for i, drift in enumerate(mine):
            rows[i, group.index(drift.second)], rows[i, group.index(drift.first)] = 1.0, -1.0
        weight = np.array([1 / drift.se_ppm for drift in mine])
        rows = rows * weight[:, None]
        covariance = np.linalg.pinv(rows.T @ rows)
        ppm = covariance @ rows.T @ (weight * np.array([drift.ppm for drift in mine]))
        ppm = ppm - np.median(ppm)
        speeds += [
            ClockSpeed(segment, float(ppm[i]), float(np.sqrt(2 * covariance[i, i])))
            for i, segment in enumerate(group)
        ]
    return speeds


def _groups(drifts: list[PairDrift]) -> list[list[str]]:
    """Sensors that pairs join, directly or through others."""
    groups: list[list[str]] = []
    for drift in drifts:
        touched = [group for group in groups if drift.first in group or drift.second in group]
        joined = list(
            dict.fromkeys([*(name for group in touched for name in group), drift.first, drift.second])
        )
        groups = [group for group in groups if group not in touched] + [joined]
    return groups
