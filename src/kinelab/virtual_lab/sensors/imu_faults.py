"""What real sensors make of what they feel: band-limited, sampled by their own clock, scaled, biased, noisy,
clipped, rounded, and lost on the way.

Each fault draws from a random stream of its own: with one of them off, the others stay as they were.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import make_interp_spline
from scipy.signal import butter, lfilter, sosfilt, sosfilt_zi

from kinelab.core.checks import Array, BoolArray
from kinelab.core.recording import Imu
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.virtual_lab.sensors.bursts import bursts
from kinelab.virtual_lab.sensors.imu import SensorMotion, fine_steps
from kinelab.virtual_lab.sensors.imu_quality import ImuQuality, Triad
from kinelab.virtual_lab.sensors.magnetic import MagneticField
from kinelab.virtual_lab.sensors.strapdown import strapdown

_NOISE_BAND = np.pi / np.sqrt(8)  # noise that a second-order Butterworth lets through, over its corner


@dataclass(frozen=True, eq=False)
class Recorded:
    """What S sensors recorded, and the truth about it.

    true_time_s (T, S): when each sample was really taken; imu.time is what the stamps say. lost (T, S);
    saturated (T, S): a reading was clipped. acc_bias_mps2, gyr_bias_radps (S, 3): what stays, drift left out;
    acc_mixing, gyr_mixing (S, 3, 3): true signal to reading (scale and lean of the axes).
    """

    imu: Imu
    true_time_s: Array
    lost: BoolArray
    saturated: BoolArray
    acc_bias_mps2: Array
    gyr_bias_radps: Array
    acc_mixing: Array
    gyr_mixing: Array


@dataclass(frozen=True, eq=False)
class _Reading:
    """One triad of one sensor: values (T, 3), clipped (T,), bias (3,), mixing (3, 3)."""

    values: Array
    clipped: BoolArray
    bias: Array
    mixing: Array


def record(
    motion: SensorMotion,
    rate_hz: float,
    quality: ImuQuality,
    rng: np.random.Generator,
    field: MagneticField | None = None,
) -> Recorded:
    """Readings at `rate_hz` of the sensors whose motion on the fine grid of that rate `sensor_motion` gave.

    A sample whose true time lies outside the movement is lost.

    Raises:
        InputError: a motion of another rate, a magnetometer without a field.
    """
    steps = fine_steps(rate_hz)
    if not np.isclose(motion.time.rate_hz, rate_hz * steps, rtol=1e-9):
        raise InputError(
            f"record at {rate_hz:g} Hz needs the motion at {rate_hz * steps:g} Hz, this one has "
            f"{motion.time.rate_hz:g}; give sensor_motion the same rate_hz"
        )
    if quality.mag is not None and field is None:
        raise InputError("sensors with a magnetometer need a field; draw_field gives one")
    if quality.strapdown:
        motion = strapdown(motion, steps)
    time = Timebase(rate_hz, (motion.time.n - 1) // steps + 1, motion.time.start_s)
    magnetic = None if quality.mag is None or field is None else _felt_field(motion, field)
    sensors = [
        _one_sensor(motion, s, time, quality, stream, magnetic)
        for s, stream in enumerate(rng.spawn(len(motion.mountings)))
    ]
    true_time, lost, triads = zip(*sensors, strict=True)
    lost_all = np.stack(lost, axis=1)
    acc, gyr = [one["acc"] for one in triads], [one["gyr"] for one in triads]
    values = {
        kind: np.where(lost_all[..., None], np.nan, np.stack([one[kind].values for one in triads], axis=1))
        for kind in triads[0]
    }
    clipped = np.stack([a.clipped | g.clipped for a, g in zip(acc, gyr, strict=True)], axis=1)
    return Recorded(
        imu=Imu(motion.segments, time, values["acc"], values["gyr"], values.get("mag")),
        true_time_s=np.stack(true_time, axis=1),
        lost=lost_all,
        saturated=clipped & ~lost_all,
        acc_bias_mps2=np.array([one.bias for one in acc]),
        gyr_bias_radps=np.array([one.bias for one in gyr]),
        acc_mixing=np.array([one.mixing for one in acc]),
        gyr_mixing=np.array([one.mixing for one in gyr]),
    )


def _felt_field(motion: SensorMotion, field: MagneticField) -> Array:
    return np.asarray(np.einsum("tsji,tsj->tsi", motion.rotation, field.at(motion.position_m)))


def _one_sensor(
    motion: SensorMotion,
    s: int,
    time: Timebase,
    quality: ImuQuality,
    rng: np.random.Generator,
    magnetic: Array | None,
) -> tuple[Array, BoolArray, dict[str, _Reading]]:
    """True times (T,), lost (T,) and the readings of each triad."""
    clock, loss, *streams = rng.spawn(5)
    true_time_s = _true_times(time, quality, clock)
    felt = {"acc": (motion.acc_mps2[:, s], quality.acc), "gyr": (motion.gyr_radps[:, s], quality.gyr)}
    if magnetic is not None and quality.mag is not None:
        felt["mag"] = (magnetic[:, s], quality.mag)
    readings = {
        kind: _read(_sampled(signal, motion.time, true_time_s, quality), triad, time, quality, stream)
        for (kind, (signal, triad)), stream in zip(felt.items(), streams, strict=False)
    }
    end_s = motion.time.start_s + (motion.time.n - 1) / motion.time.rate_hz
    outside = (true_time_s < motion.time.start_s - 1e-9) | (true_time_s > end_s + 1e-9)
    return true_time_s, outside | _losses(time, quality, loss), readings


def _true_times(time: Timebase, quality: ImuQuality, rng: np.random.Generator) -> Array:
    offset_s, skew = rng.standard_normal(2) * (quality.clock_offset_sd_s, quality.clock_skew_sd_ppm * 1e-6)
    return np.asarray(time.time_s + offset_s + skew * (time.time_s - time.start_s))


def _sampled(signal: Array, fine: Timebase, at_s: Array, quality: ImuQuality) -> Array:
    """The signal (T fine, 3) through the sensor's low-pass, at times (T,), (T, 3)."""
    if quality.bandwidth_hz is not None:
        sos = butter(2, quality.bandwidth_hz, fs=fine.rate_hz, output="sos")
        settled = sosfilt_zi(sos)[:, :, None] * signal[0]
        signal, _ = sosfilt(sos, signal, axis=0, zi=settled)
    place = (at_s - fine.start_s) * fine.rate_hz
    nearest = np.clip(np.rint(place).astype(np.int64), 0, fine.n - 1)
    if np.abs(place - nearest).max(initial=0.0) < 1e-6:
        return np.asarray(signal[nearest])
    return np.asarray(make_interp_spline(np.arange(fine.n), signal, k=3)(np.clip(place, 0, fine.n - 1)))


def _read(
    signal: Array, triad: Triad, time: Timebase, quality: ImuQuality, rng: np.random.Generator
) -> _Reading:
    axes, still, wander, hiss, share = rng.spawn(5)
    mixing = np.eye(3) + triad.axis_sd_rad * axes.standard_normal((3, 3)) * (1 - np.eye(3))
    mixing += np.diag(triad.scale_sd * axes.standard_normal(3))
    bias = triad.bias_sd * still.standard_normal(3)
    values = signal @ mixing.T + bias + _drift(triad, time, wander)
    values = values + _noise(triad.noise_density, time, quality, hiss)
    values = values + quality.noise_of_signal * signal.std(axis=0) * share.standard_normal(signal.shape)
    clipped = (np.abs(values) > triad.most).any(axis=1)
    values = np.clip(values, -triad.most, triad.most)
    if triad.bits is not None:
        step = 2 * triad.most / 2**triad.bits
        values = np.clip(np.round(values / step), -(2 ** (triad.bits - 1)), 2 ** (triad.bits - 1) - 1) * step
    return _Reading(values, clipped, bias, mixing)


def _noise(density: float, time: Timebase, quality: ImuQuality, rng: np.random.Generator) -> Array:
    """White noise (T, 3) of a density per sqrt(Hz), as much of it as the sensor's own band lets through."""
    band_hz, half_hz = quality.bandwidth_hz, time.rate_hz / 2
    if band_hz is None or quality.strapdown:
        return np.asarray(density * np.sqrt(half_hz) * rng.standard_normal((time.n, 3)))
    if band_hz >= half_hz:  # what is faster than the samples can tell folds back into their band
        return np.asarray(density * np.sqrt(_NOISE_BAND * band_hz) * rng.standard_normal((time.n, 3)))
    before = int(np.ceil(time.rate_hz / band_hz))  # the filter has been running for long
    white = density * np.sqrt(half_hz) * rng.standard_normal((before + time.n, 3))
    sos = butter(2, band_hz, fs=time.rate_hz, output="sos")
    return np.asarray(sosfilt(sos, white, axis=0)[before:])


def _drift(triad: Triad, time: Timebase, rng: np.random.Generator) -> Array:
    """A first-order Gauss-Markov process (T, 3) that has been going on for long."""
    keep = np.exp(-1 / (triad.drift_time_s * time.rate_hz))
    kicks = rng.standard_normal((time.n, 3)) * np.sqrt(1 - keep**2)
    kicks[:1] = rng.standard_normal((min(time.n, 1), 3))
    return np.asarray(triad.drift_sd * lfilter([1.0], [1.0, -keep], kicks, axis=0))


def _losses(time: Timebase, quality: ImuQuality, rng: np.random.Generator) -> BoolArray:
    """(T,) True where packets went missing."""
    lost = np.zeros(time.n, dtype=np.bool_)
    for part in bursts(rng, time, quality.losses_per_min, quality.loss_s):
        lost[part] = True
    return lost
