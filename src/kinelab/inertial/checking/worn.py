"""Sensors side by side for the checks that compare them: SI, one timebase, and what strides are in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.recording import Imu
from kinelab.errors import InputError
from kinelab.files.sensors.joining import join
from kinelab.files.sensors.segments import segment_of
from kinelab.files.sensors.sensor_log import SensorLog
from kinelab.inertial.checking.units import acc_unit_of, gyr_unit_of
from kinelab.signals.filters import low_pass

LIMBS = ("thigh", "shank", "foot")
_ENVELOPE_HZ = 5.0
_STRIDE_S = (0.7, 2.2)
_REGULAR = 0.5  # correlation of a movement with itself a stride later, from which it counts as walking
_LEAST_STRIDES = 6
_HALF = (0.35, 0.65)  # of a stride, within which the other leg does the same
_IN_TURN = 0.3  # correlation of one leg with the other half a stride later


@dataclass(frozen=True, eq=False)
class Worn:
    """imu of S sensors; name_of: the sensor on each segment, in the file's words."""

    imu: Imu
    name_of: Mapping[str, str]

    def acc(self, segment: str) -> Array:
        """(T, 3) m/s2 of a segment, 0 where it is lost."""
        return np.nan_to_num(self.imu.acc_mps2[:, self.imu.segments.index(segment)])

    def gyr(self, segment: str) -> Array:
        """(T, 3) rad/s of a segment, 0 where it is lost."""
        return np.nan_to_num(self.imu.gyr_radps[:, self.imu.segments.index(segment)])

    def turning(self, segment: str) -> Array:
        """(T,) how fast a segment turns, about whatever axis, below 5 Hz: the same however it is mounted."""
        norm = np.linalg.norm(self.gyr(segment), axis=1)
        return low_pass(norm, self.imu.time.rate_hz, _ENVELOPE_HZ).values

    @property
    def pairs(self) -> tuple[str, ...]:
        """Limbs that have a sensor with a gyroscope on both sides."""
        held = np.isfinite(self.imu.gyr_radps).all(axis=2).mean(axis=0) > 0.5
        turning = {name for name, enough in zip(self.imu.segments, held, strict=True) if enough}
        return tuple(limb for limb in LIMBS if {f"{limb}_r", f"{limb}_l"} <= turning)

    @cached_property
    def stride_s(self) -> float | None:
        """Time of a stride; None where the legs do not move over and over alike, and in turn."""
        rate = self.imu.time.rate_hz
        if not self.pairs or rate <= 2 * _ENVELOPE_HZ:
            return None
        right, left = (self.turning(f"{self.pairs[-1]}_{side}") for side in "rl")
        low, high = round(_STRIDE_S[0] * rate), round(_STRIDE_S[1] * rate)
        if right.size < _LEAST_STRIDES * high / 2:
            return None
        like = _autocorrelation(right)
        lag = low + int(np.argmax(like[low:high]))
        after = shifted_correlation(right, left, half_stride_lag(right, left, lag))
        in_turn = after > max(_IN_TURN, shifted_correlation(right, left, 0))
        return lag / rate if like[lag] > _REGULAR and in_turn else None


def half_stride_lag(first: Array, second: Array, stride: int) -> int:
    """By how many samples the other leg does the same later: about half of a stride's."""
    low, high = (round(share * stride) for share in _HALF)
    return max(range(low, high + 1), key=lambda lag: shifted_correlation(first, second, lag))


def side_by_side(logs: Sequence[SensorLog]) -> Worn:
    """The sensors joined, each with the unit that its numbers have; for looking at, never for use.

    Raises:
        InputError: they cannot be joined.
    """
    fitted = []
    for log in logs:
        segment = log.segment or segment_of(log.name) or log.name
        acc, gyr = log.acc, log.gyr
        acc_unit = None if acc is None else acc_unit_of(log, acc)[0]
        gyr_unit = None if gyr is None else gyr_unit_of(log, gyr)[0] or log.gyr_unit
        fitted.append(
            replace(
                log, segment=segment, notes=(),
                acc=acc if acc_unit else None, gyr=gyr if gyr_unit else None, mag=None,
                acc_unit=acc_unit, gyr_unit=gyr_unit,
            )
        )  # fmt: skip
    fitted = [log for log in fitted if log.n and log.time_s is not None]
    if not fitted:
        raise InputError("no sensor has times, so that they cannot be compared")
    recording = join(fitted)
    names = dict(zip(recording.imu.segments, recording.names, strict=True))
    return Worn(recording.imu, MappingProxyType(names))


def _autocorrelation(signal: Array) -> Array:
    centred = signal - signal.mean()
    power = np.abs(np.fft.rfft(centred, 2 * centred.size)) ** 2
    like = np.fft.irfft(power)[: centred.size] / np.arange(centred.size, 0, -1)
    return np.asarray(like / max(like[0], 1e-30))


def shifted_correlation(first: Array, second: Array, lag: int) -> float:
    """Correlation of first (T,) with second (T,) `lag` samples later."""
    if lag >= 0:
        a, b = first[: first.size - lag], second[lag:]
    else:
        a, b = first[-lag:], second[:lag]
    spread = float(a.std() * b.std())
    return float(((a - a.mean()) * (b - b.mean())).mean()) / spread if spread > 1e-12 else 0.0


def phase_deg(first: Array, second: Array, period_s: float, rate_hz: float) -> tuple[float, float]:
    """(degrees of the period by which `first` comes before `second`, how alike all parts say so).

    Parts are four periods long; the second figure is 1 if all agree, 0 if they say anything.
    """
    length = round(4 * period_s * rate_hz)
    turns = np.exp(-2j * np.pi * np.arange(length) / (period_s * rate_hz)) * np.hanning(length)
    crossed = []
    for start in range(0, first.size - length + 1, length):
        a, b = (signal[start : start + length] for signal in (first, second))
        crossed.append(((a - a.mean()) * turns).sum() * np.conj(((b - b.mean()) * turns).sum()))
    if not crossed:
        return 0.0, 0.0
    steady = np.abs(np.mean([one / max(abs(one), 1e-30) for one in crossed]))
    return float(np.degrees(np.angle(np.sum(crossed)))), float(steady) if len(crossed) > 1 else 0.0
