"""Smooth values over time: tracks through timed keys, and the slow wandering of a body that stands still."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import BPoly

from kinelab.core.checks import Array, Problems

# Inverse kinematics with ranges is in trouble at their ends, and nobody moves with ligaments taut.
MARGIN_RAD = np.radians(1.0)
_SOFT_RAD = np.radians(0.8)


def ease(key_s: ArrayLike, key_value: ArrayLike, time_s: Array) -> Array:
    """Values at time_s (T,) of a curve through K keys: (T,), or (T, D) for key values (K, D).

    Between keys a quintic: value, slope and curvature are continuous, the curvature is zero at the keys. The
    slope at a key is the harmonic mean of its neighbours' (Fritsch & Butland 1984), zero where the value
    turns or rests, so that nothing overshoots and two keys alone make the minimum-jerk movement of Flash &
    Hogan 1985. Before the first and after the last key the value rests.

    Raises:
        InputError: keys that do not increase in time, or not as many values as keys.
    """
    times, values = np.asarray(key_s, float), np.asarray(key_value, float)
    with Problems("ease") as problems:
        problems.increasing("key_s", times)
        problems.add_if(len(values) != len(times), f"{len(values)} values for {len(times)} keys")
    if len(times) == 1:
        return np.broadcast_to(values[0], (*time_s.shape, *values.shape[1:])).copy()
    slopes = _slopes(times, values)
    knots = np.stack([values, slopes, np.zeros_like(values)], axis=1)
    eased: Array = BPoly.from_derivatives(times, knots)(np.clip(time_s, times[0], times[-1]))
    return eased


def smooth_step(share: Array) -> Array:
    """0 to 1 with no speed and no acceleration at both ends, for shares 0 to 1 (clipped)."""
    s = np.clip(share, 0.0, 1.0)
    value: Array = s**3 * (10 - 15 * s + 6 * s * s)
    return value


def smooth_ramp(share: Array) -> Array:
    """The integral of `smooth_step`: 0 up to share 0, share - 1/2 from 1 on."""
    s = np.clip(share, 0.0, 1.0)
    value: Array = s**4 * (2.5 - 3 * s + s * s) + np.maximum(share - 1.0, 0.0)
    return value


def softly_over(value: Array, soft: float) -> Array:
    """max(value, 0), smoothly between -soft and soft and exact outside."""
    over: Array = 2 * soft * smooth_ramp(0.5 * value / soft + 0.5)
    return over


def within_range(angle: Array, low: float, high: float) -> Array:
    """An angle (rad) kept a degree inside its joint's range, softly.

    Within some three degrees of that its speed dies away, further inside it hardly changes. A limit that is
    infinite does nothing.
    """
    kept = angle
    if np.isfinite(high):
        kept = high - MARGIN_RAD - _SOFT_RAD * np.logaddexp(0.0, (high - MARGIN_RAD - kept) / _SOFT_RAD)
    if np.isfinite(low):
        kept = low + MARGIN_RAD + _SOFT_RAD * np.logaddexp(0.0, (kept - low - MARGIN_RAD) / _SOFT_RAD)
    return np.asarray(kept)


def path(knots: Sequence[tuple[float, float, float, float]], time_s: Array) -> Array:
    """Values at time_s (T,) of quintics through (time, value, slope, curvature): a path with given physics.

    Outside the knots the value rests.
    """
    times = np.array([knot[0] for knot in knots])
    values: Array = BPoly.from_derivatives(times, np.array([knot[1:] for knot in knots]))(
        np.clip(time_s, times[0], times[-1])
    )
    return values


def clamped_weights(key_s: Array, time_s: Array) -> Array:
    """What K keys and the slopes at the first and the last of them add to a cubic spline at time_s (T,).

    (T, K + 2): times (values, first slope, last slope) they give the curve, whose slope and curvature are
    continuous.
    """
    count = len(key_s)
    step = np.diff(key_s)
    system, given = np.eye(count), np.zeros((count, count + 2))
    given[0, count], given[-1, count + 1] = 1.0, 1.0
    for i in range(1, count - 1):
        before, after = step[i - 1], step[i]
        system[i, i - 1 : i + 2] = after, 2 * (before + after), before
        rise_before, rise_after = 3 * after / before, 3 * before / after
        given[i, i - 1 : i + 2] = -rise_before, rise_before - rise_after, rise_after
    slopes = np.linalg.solve(system, given)
    values = np.eye(count, count + 2)
    at = np.clip(np.searchsorted(key_s, time_s, side="right") - 1, 0, count - 2)
    width = step[at][:, None]
    u = (time_s - key_s[at])[:, None] / width
    weights: Array = (
        (1 + 2 * u) * (1 - u) ** 2 * values[at]
        + u**2 * (3 - 2 * u) * values[at + 1]
        + width * u * (1 - u) ** 2 * slopes[at]
        - width * u**2 * (1 - u) * slopes[at + 1]
    )
    return weights


@dataclass(frozen=True, eq=False)
class Wander:
    """Smooth noise: for N values the sum of M sines each, amplitude, rate_hz and phase_rad (N, M)."""

    amplitude: Array
    rate_hz: Array
    phase_rad: Array

    def at(self, time_s: Array) -> Array:
        """The values at time_s (T,), (T, N)."""
        angle = 2 * np.pi * self.rate_hz * time_s[:, None, None] + self.phase_rad
        wandered: Array = (self.amplitude * np.sin(angle)).sum(axis=2)
        return wandered


def draw_wander(rng: np.random.Generator, sd: ArrayLike, band_hz: tuple[float, float]) -> Wander:
    """A wander of given standard deviations (N,), its power falling over the band as 1/rate.

    Postural sway has most of its power under 1 Hz (Winter 1995, Gait Posture 3:193).
    """
    spread = np.asarray(sd, float)
    sines = 5
    low, high = band_hz
    rate = low * (high / low) ** rng.uniform(size=(len(spread), sines))
    weight = 1 / np.sqrt(rate)
    amplitude = spread[:, None] * weight * np.sqrt(2 / (weight**2).sum(axis=1, keepdims=True))
    return Wander(amplitude, rate, rng.uniform(0, 2 * np.pi, rate.shape))


def _slopes(times: Array, values: Array) -> Array:
    slopes = np.zeros_like(values)
    step = np.diff(times).reshape((-1,) + (1,) * (values.ndim - 1))
    rise = np.diff(values, axis=0) / step
    before, after = rise[:-1], rise[1:]
    same_way = before * after > 0
    weight = (step[:-1] + 2 * step[1:]) / (3 * (step[:-1] + step[1:]))
    mixed = weight * after + (1 - weight) * before
    slopes[1:-1] = np.where(same_way, before * after / np.where(same_way, mixed, 1.0), 0.0)
    return slopes
