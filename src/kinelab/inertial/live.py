"""Real time: one sample of worn sensors in, angles of the legs out, at a cost that does not grow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from kinelab.body.joint_axes import Side
from kinelab.core.checks import Array
from kinelab.errors import InputError, ModelError
from kinelab.files.sensors.opensense import z_up_to_ground
from kinelab.inertial.calibration.calibration import Calibration
from kinelab.inertial.networks.streaming import LiveJoints, load_live
from kinelab.inertial.orientations import LIMBS, inclination_deg
from kinelab.inertial.segment_motion import SIDES, angle_names, joint_segments

_LIVE_RATE_HZ = 100.0
# What a network adds to its own errors on a leg and a sensor that it never saw.
_UNSEEN_SD_DEG = 6.0


@dataclass(frozen=True)
class LiveAngles:
    """Angles and their sd by name, as `Kinematics` has them; NaN = not told by this sample."""

    angle_deg: Mapping[str, float]
    sd_deg: Mapping[str, float]


class LiveLegs:
    """The angles of the legs, sample by sample.

    Every segment's tilt comes from VQF (Laidig and Seel 2023) in its causal form, and with it the segment's
    angle in its own sagittal plane; of the pelvis it is called pelvis_tilt. Flexion of hip, knee and ankle is
    the difference of two such angles, which needs no heading. Adduction and rotation, which do, are what a
    recurrent network says. (On the walk of OpenSense the network's flexion differs from OpenSense's by 5 to
    10 deg, that of the tilts by 2 to 4.) `estimate` looks both ways in time and is better.
    """

    def __init__(
        self, calibration: Calibration, rate_hz: float = _LIVE_RATE_HZ, network: str | Path | None = None
    ) -> None:
        """calibration: of the sensors, found on a recording before (`calibrate`).

        Raises:
            ModelError: no such network file, or none in it that looks back only.
        """
        from vqf import VQF

        self.segments = calibration.segments
        self._turn, self._bias = calibration.sensor_to_segment, calibration.gyr_bias_radps
        self._tilt_sd = dict(zip(self.segments, calibration.sd_deg[:, 2], strict=True))
        self._filters: list[Any] = [VQF(1 / rate_hz) for _ in self.segments]
        self._rotation = np.full((len(self.segments), 3, 3), np.nan)
        self._network = _network(self.segments, network, rate_hz)

    def step(self, acc_mps2: ArrayLike, gyr_radps: ArrayLike) -> LiveAngles:
        """Readings (S, 3) of one sample in the sensors' own axes, NaN = lost.

        What rests on a lost sample is NaN; the filters go on as if the sensor had not turned.

        Raises:
            InputError: readings of another shape.
        """
        acc, gyr = (np.asarray(values, dtype=np.float64) for values in (acc_mps2, gyr_radps))
        if acc.shape != (len(self.segments), 3) or gyr.shape != acc.shape:
            raise InputError(
                f"readings of shape {acc.shape} and {gyr.shape}; expected ({len(self.segments)}, 3), a row "
                f"for each of {', '.join(self.segments)}"
            )
        acc = np.einsum("sij,sj->si", self._turn, acc)
        gyr = np.einsum("sij,sj->si", self._turn, gyr - self._bias)
        angle, sd = self._inclinations(acc, gyr)
        told = {} if self._network is None else self._network.step(acc, gyr)
        for side in SIDES:
            for joint in ("hip", "knee", "ankle"):
                self._joint(joint, side, angle, sd, told)
        return LiveAngles(angle, sd)

    def _inclinations(self, acc: Array, gyr: Array) -> tuple[dict[str, float], dict[str, float]]:
        """Angle of each segment in its own sagittal plane, by its column's name."""
        angle: dict[str, float] = {}
        sd: dict[str, float] = {}
        for s, (segment, one) in enumerate(zip(self.segments, self._filters, strict=True)):
            if not np.isfinite([acc[s], gyr[s]]).all():
                self._rotation[s] = np.nan
            else:
                one.update(np.ascontiguousarray(gyr[s]), np.ascontiguousarray(acc[s]))
                self._rotation[s] = z_up_to_ground(_matrix(one.getQuat6D()))
            name, limb = _column(segment), segment.partition("_")[0]
            angle[name] = float(inclination_deg(self._rotation[s : s + 1], limb)[0])
            sd[name] = float(self._tilt_sd[segment])
        return angle, sd

    def _joint(
        self, joint: str, side: Side, angle: dict[str, float], sd: dict[str, float], told: Mapping[Any, Any]
    ) -> None:
        """Add the angles of a joint that has its sensors."""
        proximal, distal = joint_segments(joint, side)
        if not {proximal, distal} <= set(self.segments):
            return
        columns = [_column(proximal), _column(distal)]
        names = angle_names(joint, side)
        sign = -1.0 if joint == "knee" else 1.0
        angle[names[0]] = sign * (angle[columns[1]] - angle[columns[0]])
        sd[names[0]] = float(np.hypot(sd[columns[0]], sd[columns[1]]))
        found = told.get((joint, side))
        if self._network is None or found is None or found.angle_deg is None:
            return
        spread = self._network.spread(joint)
        for k in (1, 2):
            angle[names[k]] = float(found.angle_deg[k])
            parts = (spread.angle_offset_sd_deg[k], spread.angle_sd_deg[k], _UNSEEN_SD_DEG)
            sd[names[k]] = float(np.linalg.norm(parts))


def _column(segment: str) -> str:
    limb, _, side = segment.partition("_")
    return f"{limb}_angle_{side}" if limb in LIMBS else "pelvis_tilt"


def _network(segments: tuple[str, ...], path: str | Path | None, rate_hz: float) -> LiveJoints | None:
    """The live networks; None where no two neighbours are worn, or at another rate than theirs."""
    pairs = (joint_segments(joint, side) for joint in ("hip", "knee", "ankle") for side in SIDES)
    if not any(set(pair) <= set(segments) for pair in pairs):
        return None
    try:
        return load_live(segments, path, rate_hz)
    except ModelError:
        if path is not None:
            raise
        return None


def _matrix(quaternion: Array) -> Array:
    """Rotation (3, 3) of a unit quaternion, scalar first."""
    w, x, y, z = quaternion
    return np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip
