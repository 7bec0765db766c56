"""Knots in time, between which gyroscopes carry the orientation, and how uncertainty grows on the way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array, BoolArray, IntArray
from kinelab.core.recording import Imu
from kinelab.inertial.refinement.fusion_quality import FusionQuality
from kinelab.signals.runs import true_runs

_KNOT_S = 3.0  # windows of twice that hold several strides, also slow ones
_LEAST_INTERVALS = 4
_LEAST_KNOT_S = 0.5
_BRIDGED_S = 0.2  # over so long a gap a straight line between readings is as good as nothing


@dataclass(frozen=True, eq=False)
class Knots:
    """sample (K,), the first 0 and the last T - 1; share (T, S) from 0 at a knot to 1 at the next, in
    proportion to the variance gathered; variance (K - 1, S) rad^2 from knot to knot. gyr_radps and acc_mps2
    (T, S, 3) with lost readings bridged. seen (T, S); felt (T, S): the acceleration was read, or bridged over
    a short gap. full: the weight of a window without losses; interval_s: time between knots."""

    sample: IntArray
    share: Array
    variance: Array
    gyr_radps: Array
    acc_mps2: Array
    seen: BoolArray
    felt: BoolArray
    full: float
    interval_s: float

    @property
    def n(self) -> int:
        """Number of knots."""
        return int(self.sample.size)


def place_knots(imu: Imu, quality: FusionQuality) -> Knots:
    """Knots about every 3 s over a recording, closer in one of less than 12 s."""
    n, rate_hz = imu.time.n, imu.time.rate_hz
    span_s = (n - 1) / rate_hz
    apart_s = min(_KNOT_S, max(_LEAST_KNOT_S, span_s / _LEAST_INTERVALS))
    count = max(2, round(span_s / apart_s) + 1)
    sample = np.round(np.linspace(0, n - 1, count)).astype(np.int64)
    seen = imu.seen
    step = np.full((n, len(imu.segments)), np.radians(quality.walk_deg) ** 2 / 60.0 / rate_hz)
    gyr, acc, felt = np.array(imu.gyr_radps), np.array(imu.acc_mps2), seen.copy()
    for s in range(len(imu.segments)):
        if not seen[:, s].all():
            gyr[:, s] = _bridged(gyr[:, s], seen[:, s])
            acc[:, s] = _bridged(acc[:, s], seen[:, s])
            for start, stop in true_runs(~seen[:, s]):
                # from the last reading before to the first after; the steps into both are in doubt
                first = max(start - 1, 0)
                lasts_s = (stop - first) / rate_hz
                fast = np.radians(quality.lost_dps) * min(1.0, lasts_s / _BRIDGED_S)
                felt[start:stop, s] = lasts_s <= _BRIDGED_S and start > 0 and stop < n
                step[first:stop, s] += (fast / rate_hz) ** 2 * (stop - first)
    gathered = np.concatenate([np.zeros((1, step.shape[1])), np.cumsum(step, axis=0)])[:-1]
    at = gathered[sample]
    variance = np.diff(at, axis=0)
    interval = np.clip(np.searchsorted(sample, np.arange(n), side="right") - 1, 0, count - 2)
    share = np.ascontiguousarray((gathered - at[interval]) / variance[interval])
    full = (n - 1) / (count - 1)
    return Knots(sample, share, variance, gyr, acc, seen, felt, full, full / rate_hz)


def _bridged(gyr: Array, seen: BoolArray) -> Array:
    """(T, 3) with lost readings on straight lines between their neighbours; 0 where there is none at all."""
    if not seen.any():
        return np.zeros_like(gyr)
    at = np.arange(len(gyr))
    return np.stack([np.interp(at, at[seen], gyr[seen, i]) for i in range(3)], axis=1)
