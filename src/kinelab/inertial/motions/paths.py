"""Positions and rotations as smooth curves through their samples: derivatives, and other rates.

Positions by quintic splines. Rotations by quintic splines through their quaternions (signs made continuous),
which are then normalised: every sample is met exactly, every value between is a rotation, and the angular
velocity 2 vec(q* q') / |q|^2 is the exact derivative of the curve.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.interpolate import BSpline, make_interp_spline
from scipy.spatial.transform import Rotation

from kinelab.core.checks import Array, BoolArray
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.inertial.segment_motion import SegmentMotion
from kinelab.signals.runs import check_rate, true_runs

SHORTEST = 6
"""Samples that a quintic spline needs; a shorter run between gaps is taken as lost."""
_SLACK = 1e-6  # of an interval: a time on a sample, however it was rounded


def position_curve(time_s: Array, position_m: Array) -> BSpline:
    """The curve (T, 3) -> (n, 3) m through positions at times (T,), six or more; `(t, 2)` accelerates."""
    return make_interp_spline(time_s, position_m, k=5)


class RotationCurve:
    """The curve through rotations (T, 3, 3), six or more, at times (T,) s."""

    def __init__(self, time_s: Array, rotation: Array) -> None:
        self._spline = make_interp_spline(time_s, continuous_quaternions(rotation), k=5)
        self._slope = self._spline.derivative()

    def rotation(self, time_s: Array) -> Array:
        """Rotations (n, 3, 3) at times within those given."""
        return np.asarray(Rotation.from_quat(self._spline(time_s)).as_matrix())

    def angular_velocity(self, time_s: Array) -> Array:
        """Angular velocity (n, 3) rad/s in the turning body's own axes."""
        q, slope = self._spline(time_s), self._slope(time_s)
        vector = q[:, 3:] * slope[:, :3] - slope[:, 3:] * q[:, :3] - np.cross(q[:, :3], slope[:, :3])
        return np.asarray(2 * vector / (q**2).sum(axis=1, keepdims=True))


def continuous_quaternions(rotation: Array) -> Array:
    """Quaternions (T, 4), scalar last, of rotations (T, 3, 3), with signs that do not jump."""
    q = Rotation.from_matrix(rotation).as_quat()
    turned = (q[1:] * q[:-1]).sum(axis=1) < 0
    q[1:][np.cumsum(turned) % 2 == 1] *= -1
    return np.asarray(q)


def runs_of(motion: SegmentMotion, segment: int) -> list[tuple[int, int]]:
    """Runs [start, stop) of samples in which a segment's sensor is known, long enough for the curves."""
    return [(start, stop) for start, stop in true_runs(known(motion)[:, segment]) if stop - start >= SHORTEST]


def known(motion: SegmentMotion) -> BoolArray:
    """(T, S) True where rotations and position of a segment are finite."""
    finite = np.isfinite(motion.sensor_position_m).all(axis=-1)
    for rotation in (motion.segment_rotation, motion.sensor_rotation):
        finite = finite & np.isfinite(rotation).all(axis=(-2, -1))
    return np.asarray(finite)


def resampled(motion: SegmentMotion, rate_hz: float) -> SegmentMotion:
    """The motion at another rate, along the curves; what is slower than before was low-passed by its maker.

    Times between two samples that are apart by a gap are NaN, as are runs of fewer than six samples.

    Raises:
        InputError: a rate that is not positive, or above four times the motion's own.
    """
    check_rate(rate_hz)
    old = motion.time
    if rate_hz > 4 * old.rate_hz:
        raise InputError(f"resampling {old.rate_hz:g} Hz to {rate_hz:g} Hz would invent movement")
    n = int(np.floor((old.n - 1) / old.rate_hz * rate_hz + _SLACK)) + 1 if old.n else 0
    time = Timebase(rate_hz, n, old.start_s)
    shape = (n, len(motion.segments), 3)
    segment, sensor = np.full((*shape, 3), np.nan), np.full((*shape, 3), np.nan)
    position = np.full(shape, np.nan)
    old_s, new_s, slack = old.time_s, time.time_s, _SLACK / old.rate_hz
    for s in range(len(motion.segments)):
        for start, stop in runs_of(motion, s):
            inside = (new_s >= old_s[start] - slack) & (new_s <= old_s[stop - 1] + slack)
            given, wanted = old_s[start:stop], np.clip(new_s[inside], old_s[start], old_s[stop - 1])
            segment[inside, s] = RotationCurve(given, motion.segment_rotation[start:stop, s]).rotation(wanted)
            sensor[inside, s] = RotationCurve(given, motion.sensor_rotation[start:stop, s]).rotation(wanted)
            position[inside, s] = position_curve(given, motion.sensor_position_m[start:stop, s])(wanted)
    return replace(
        motion, time=time, segment_rotation=segment, sensor_rotation=sensor, sensor_position_m=position
    )
