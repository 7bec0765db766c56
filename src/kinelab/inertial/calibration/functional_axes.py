"""The axis that points to the right, and the mean direction of up, from walking or running itself.

Thigh, shank and foot turn mostly about the mediolateral axis: the main axis of the angular velocity lies near
it, however the sensor is mounted (Favre et al. 2009 and Seel et al. 2014 use this of single movements and of
the knee). What is turned about the vertical is taken off first, so that walking round a corner does no harm.
The thigh goes ahead of its shank, and a knee is bent in peaks and straight in between, which gives the sign.
Up is the mean over strides, in the segments as they are inclined in normal gait.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.signal import butter, sosfiltfilt

from kinelab.core.checks import Array, BoolArray
from kinelab.core.recording import Imu
from kinelab.signals.filters import low_pass
from kinelab.signals.gaps import fill_gaps
from kinelab.signals.runs import true_runs
from kinelab.virtual_lab.gravity import GRAVITY_MPS2

LIMBS = ("thigh", "shank", "foot")
WALKING_SD_DEG, RUNNING_SD_DEG = 5.0, 7.0
"""How far a person's mean inclinations while walking or running are from the usual ones (own choice)."""
FLAT_FOOT_SD_DEG = 4.0
"""How far a sole is from level in mid-stance (own choice)."""
_BAND_HZ = 6.0
_MOVING_RADPS = np.radians(35.0)
_WINDOW_S = 1.0
_BRIDGED_S = 0.2
_LEAST_SHARE = 0.6
_FLAT_RADPS, _FLAT_MPS2, _LEAST_FLAT = 0.6, 1.0, 0.05
_LEAST_S = 2.0
_STRIDE_HZ = 0.4
_RESTING, _REST_S, _BESIDE_S = 0.15, 0.15, 0.12
_LATEST_S = 0.25  # by which a shank turns later than its thigh

# Where up (forward and, on the right leg, to the right) and the main axis of turning (turned forward on the
# right leg) lie in the segments, degrees: means over 8 virtual walkers and 4 runners, whose segments have the
# axes of OpenSim's models. Of 18 real runners with marker frames (Fukuchi et al. 2017) the axis lies at -5,
# 16 and 12 deg: between epicondyles and malleoli, which stand turned outwards to the knee's axis.
_USUAL_AXIS_DEG = {"thigh": 7.0, "shank": 2.5, "foot": -1.0}
_WALKING_UP_DEG = {
    "pelvis": (-10.0, 0.0),
    "thigh": (6.0, -0.5),
    "shank": (-15.0, -0.5),
    "foot": (-13.5, -2.0),
}
_RUNNING_UP_DEG = {"pelvis": (-12.0, 0.0), "thigh": (9.0, -1.0), "shank": (-39.0, 0.0), "foot": (-40.0, 0.0)}
_RUNNING_RADPS = np.radians(230.0)  # of a shank, root mean square


@dataclass(frozen=True, eq=False)
class Axes:
    """right (S, 3): unit vector to the person's right in each sensor's axes, NaN where walking does not tell.

    share (S,): how much of the turning is about it.
    """

    right: Array
    share: Array


def limb_of(segment: str) -> tuple[str, int]:
    """Which part of the body ("thigh"), and 1 on the right, -1 on the left, 0 where the name has no side."""
    base, _, letter = segment.rpartition("_")
    if base and letter in ("r", "l"):
        return base, 1 if letter == "r" else -1
    return segment, 0


def moving_samples(imu: Imu) -> BoolArray:
    """(T,) True where the legs move as in walking: some limb's gyroscope above 35 deg/s over a second."""
    limbs = [s for s, name in enumerate(imu.segments) if limb_of(name)[0] in LIMBS]
    if not limbs:
        return np.zeros(imu.time.n, dtype=np.bool_)
    square = np.nan_to_num((imu.gyr_radps[:, limbs] ** 2).sum(axis=2))
    width = max(1, round(_WINDOW_S * imu.time.rate_hz))
    rms = np.sqrt(np.maximum(uniform_filter1d(square, width, axis=0), 0.0))
    return np.asarray((rms > _MOVING_RADPS).any(axis=1))


def axes_to_the_right(imu: Imu, level: Array, moving: BoolArray) -> Axes:
    """The mediolateral axis of each thigh, shank and foot in its sensor's axes.

    level (T, S, 3, 3): each sensor to a frame with Y up.
    """
    n = len(imu.segments)
    right, share = np.full((n, 3), np.nan), np.zeros(n)
    turning = _level_turning(imu, level)
    about: dict[int, Array] = {}
    for s, segment in enumerate(imu.segments):
        there = moving & np.isfinite(turning[:, s]).all(axis=1)
        if limb_of(segment)[0] not in LIMBS or there.sum() < _LEAST_S * imu.time.rate_hz:
            continue
        centred = turning[there, s] - turning[there, s].mean(axis=0)
        value, vector = np.linalg.eigh(centred.T @ centred)
        share[s] = value[2] / value.sum()
        if share[s] >= _LEAST_SHARE:
            right[s] = vector[:, 2]
            about[s] = np.where(there, np.nan_to_num(turning[:, s]) @ right[s], 0.0)
    for s, sign in _signs(imu, about).items():
        right[s] *= sign
    return Axes(right, share)


def usual_right(segment: str) -> Array:
    """(3,) where the main axis of turning lies in a segment's axes, in normal gait."""
    limb, side = limb_of(segment)
    angle = np.radians(side * _USUAL_AXIS_DEG.get(limb, 0.0))
    return np.array([np.sin(angle), 0.0, np.cos(angle)])


def walking_up(level: Array, moving: BoolArray) -> Array:
    """(S, 3) unit vectors: the mean of up in each sensor's axes while walking; NaN where nothing was read."""
    up = level[moving, :, 1]
    there = np.isfinite(up)
    total = np.where(there, up, 0.0).sum(axis=0)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return np.asarray(total / np.where(length > 0, length, np.nan))


def flat_foot_up(imu: Imu, moving: BoolArray) -> Array:
    """(S, 3) unit vectors: up in a foot's sensor while the sole is flat on the floor; NaN for other segments.

    That is in mid-stance, when the foot hardly turns and feels little more than gravity; NaN for a foot that
    does so in less than a twentieth of the time, as in running.
    """
    found = np.full((len(imu.segments), 3), np.nan)
    for s, segment in enumerate(imu.segments):
        if limb_of(segment)[0] != "foot":
            continue
        with np.errstate(invalid="ignore"):
            calm = moving & (np.linalg.norm(imu.gyr_radps[:, s], axis=1) < _FLAT_RADPS)
            calm &= np.abs(np.linalg.norm(imu.acc_mps2[:, s], axis=1) - GRAVITY_MPS2) < _FLAT_MPS2
        if calm.sum() >= _LEAST_FLAT * max(1, moving.sum()):
            middle = np.median(imu.acc_mps2[calm, s], axis=0)
            found[s] = middle / np.linalg.norm(middle)
    return found


def usual_up(imu: Imu, moving: BoolArray) -> tuple[Array, float]:
    """Where that mean lies in the segments' axes, (S, 3), in usual gait, and how sure that is, deg."""
    runs = _runs(imu, moving)
    table = _RUNNING_UP_DEG if runs else _WALKING_UP_DEG
    found = np.empty((len(imu.segments), 3))
    for s, segment in enumerate(imu.segments):
        limb, side = limb_of(segment)
        forward, aside = np.radians(table.get(limb, (0.0, 0.0)))
        found[s] = np.tan(forward), 1.0, side * np.tan(aside)
    length = np.linalg.norm(found, axis=1, keepdims=True)
    return np.asarray(found / length), RUNNING_SD_DEG if runs else WALKING_SD_DEG


def _runs(imu: Imu, moving: BoolArray) -> bool:
    shanks = [s for s, name in enumerate(imu.segments) if limb_of(name)[0] == "shank"]
    spin = np.linalg.norm(imu.gyr_radps[moving][:, shanks], axis=2)
    spin = spin[np.isfinite(spin)]
    return bool(spin.size and np.sqrt((spin**2).mean()) > _RUNNING_RADPS)


def _level_turning(imu: Imu, level: Array) -> Array:
    """Angular velocity (T, S, 3) in the sensors' axes below 6 Hz, without what is about the vertical."""
    up = level[:, :, 1]
    gyr = imu.gyr_radps - (imu.gyr_radps * up).sum(axis=2, keepdims=True) * up
    filled = fill_gaps(imu.time.time_s, gyr, _BRIDGED_S).values
    if imu.time.rate_hz <= 2 * _BAND_HZ:
        return filled
    return low_pass(filled, imu.time.rate_hz, _BAND_HZ).values


def _signs(imu: Imu, about: dict[int, Array]) -> dict[int, float]:
    """+1 or -1 for each limb, so that turning about its axis swings the leg forward."""
    signs: dict[int, float] = {}
    rate_hz = imu.time.rate_hz
    for side in (1, -1, 0):
        mine = {limb_of(imu.segments[s])[0]: s for s in about if limb_of(imu.segments[s])[1] == side}
        lead = next((mine[limb] for limb in ("shank", "thigh", "foot") if limb in mine), None)
        if lead is None:
            continue
        for limb, s in mine.items():
            latest = round(_LATEST_S * rate_hz) if limb == "thigh" else 0
            signs[s] = 1.0 if s == lead or _strongest(about[s], about[lead], latest) >= 0 else -1.0
        if "thigh" in mine and "shank" in mine:
            bending = about[mine["thigh"]] * signs[mine["thigh"]] - about[lead]
            forward = _skew(_strides(np.cumsum(bending), rate_hz))
        else:
            # a foot rolls off the floor toes down; else swing is faster than stance
            rolling = _beside_rest(about[lead], rate_hz) if mine.get("foot") == lead else 0.0
            forward = -rolling if rolling else _skew(about[lead])
        for s in mine.values():
            signs[s] *= 1.0 if forward >= 0 else -1.0
    return signs


def _strides(angle: Array, rate_hz: float) -> Array:
    """An integrated angle (T,) without what is slower than strides."""
    corner = butter(2, _STRIDE_HZ, "highpass", fs=rate_hz, output="sos")
    return np.asarray(sosfiltfilt(corner, angle))


def _beside_rest(turning: Array, rate_hz: float) -> float:
    """Mean of a foot's turning just before and after it rests on the floor; 0 where it never rests."""
    size = np.abs(turning)
    rests = true_runs(size < _RESTING * np.percentile(size, 95))
    beside = max(1, round(_BESIDE_S * rate_hz))
    parts = [
        part
        for start, stop in rests
        if stop - start >= _REST_S * rate_hz
        for part in (turning[max(start - beside, 0) : start], turning[stop : stop + beside])
    ]
    return float(np.concatenate(parts).mean()) if parts else 0.0


def _skew(values: Array) -> float:
    centred = values - values.mean()
    return float((centred**3).mean())


def _strongest(first: Array, second: Array, latest: int) -> float:
    """The largest product of `first` with `second` up to `latest` samples later, by size, with its sign."""
    products = [float(first[: first.size - lag] @ second[lag:]) for lag in range(latest + 1)]
    return max(products, key=abs)
