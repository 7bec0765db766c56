"""The networks of all joints at work on a recording: those of a file, or those that ship with kinelab."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np

from kinelab.body.joint_axes import Side, joint_angles
from kinelab.core.checks import Array, BoolArray
from kinelab.core.recording import Imu
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.inertial.joint_estimate import JointEstimate
from kinelab.inertial.joint_trial import mirror_readings
from kinelab.inertial.networks.channels import Floats
from kinelab.inertial.networks.joint_network import UNKNOWN, JointNetwork
from kinelab.inertial.networks.network_file import load_joint_networks
from kinelab.inertial.networks.predicting import JointPredictor
from kinelab.inertial.networks.recipe import RATE_HZ
from kinelab.inertial.segment_motion import LEG_JOINTS, SIDES, joint_segments
from kinelab.learning.weights import ModelCard
from kinelab.signals.filters import low_pass
from kinelab.signals.resampling import resample

SAME_RATE = 1e-3
_BAND = 0.4  # of the networks' rate: what readings may still hold when they are thinned out
_JOINED = 1.5  # intervals between two samples that still belong together
MIRROR = np.outer([1.0, 1.0, -1.0], [1.0, 1.0, -1.0])


def shipped_path() -> Path:
    """Where the weights that ship with kinelab are."""
    return Path(str(files("kinelab") / "weights" / "inertial.safetensors"))


def load_networks(path: str | Path | None = None, threads: int | None = None) -> JointNetworks:
    """The networks of a file for whole recordings (those for one sample at a time only where there are no
    others). threads: of onnxruntime, None = all cores.

    Raises:
        ModelError: no such file, or not one of networks of joints.
    """
    networks, card = load_joint_networks(shipped_path() if path is None else path)
    whole = {network.joint for network in networks if not network.recipe.causal}
    chosen = [n for n in networks if not n.recipe.causal or n.joint not in whole]
    return JointNetworks(chosen, card, threads)


class JointNetworks:
    """Opened networks: of each joint one that tells both angles and orientations, or one for each."""

    def __init__(self, networks: Sequence[JointNetwork], card: ModelCard, threads: int | None = None) -> None:
        self.card = card
        self._of = {
            joint: [JointPredictor(network, threads) for network in networks if network.joint == joint]
            for joint in LEG_JOINTS
            if any(network.joint == joint for network in networks)
        }

    @property
    def joints(self) -> tuple[str, ...]:
        """Joints that there is a network for."""
        return tuple(self._of)

    def estimate(self, imu: Imu) -> dict[tuple[str, Side], JointEstimate]:
        """Every joint of either leg that has sensors on both its segments.

        imu: in the segments' axes, at any rate: it is brought to 100 Hz and the result back. NaN exactly
        where either sensor lost a reading.

        Raises:
            InputError: readings in the sensors' own axes.
        """
        if imu.frame != "segment":
            raise InputError(
                "the readings are in the sensors' own axes, and networks take them in the segments'; "
                "calibrate first (kinelab.inertial.calibration)"
            )
        readings, time = _at_network_rate(imu)
        found: dict[tuple[str, Side], JointEstimate] = {}
        for joint, predictors in self._of.items():
            sides = [s for s in SIDES if set(joint_segments(joint, s)) <= set(imu.segments)]
            if not sides:
                continue
            rows = [[imu.segments.index(name) for name in joint_segments(joint, s)] for s in sides]
            told = [_told(p, readings, rows, sides) for p in predictors]
            for k, side in enumerate(sides):
                seen = np.logical_and.reduce(imu.seen[:, rows[k]], axis=1)
                values = [_at(imu.time, time, of_network[k], seen) for of_network in told]
                found[joint, side] = _estimate(joint, side, imu.time, predictors, values)
        return found


def _at_network_rate(imu: Imu) -> tuple[Array, Timebase]:
    """Readings (T, S, 6) at 100 Hz, and their times."""
    readings = np.concatenate([imu.acc_mps2, imu.gyr_radps], axis=-1)
    rate = imu.time.rate_hz
    if abs(rate / RATE_HZ - 1) < SAME_RATE:
        return readings, imu.time
    readings[~imu.seen] = np.nan
    if rate > RATE_HZ:
        readings = low_pass(readings, rate, _BAND * RATE_HZ).values
    n = int(np.floor((imu.time.n - 1) / rate * RATE_HZ + 1e-6)) + 1
    time = Timebase(RATE_HZ, n, imu.time.start_s)
    return resample(imu.time.time_s, readings, time, _JOINED / rate), time


def _told(
    predictor: JointPredictor, readings: Array, rows: Sequence[Sequence[int]], sides: Sequence[Side]
) -> list[Floats]:
    """Values (V, T) of each side, all sides at once."""
    mirror = predictor.network.recipe.mirror_left
    pairs = []
    for row, side in zip(rows, sides, strict=True):
        own = readings[:, row]
        pairs.append(mirror_readings(own[..., :3], own[..., 3:], mirror and side == "left"))
    return predictor.values(pairs)


def _at(wanted: Timebase, time: Timebase, values: Floats, seen: BoolArray) -> Array:
    """Values (V, T) at the recording's own times, NaN where not `seen`."""
    result = np.asarray(values, np.float64)
    if time is not wanted:
        result = resample(time.time_s, result.T, wanted, _JOINED / time.rate_hz).T
    open_ends = seen & ~np.isfinite(result[0])
    if open_ends.any() and np.isfinite(result[0]).any():  # between the last sample at 100 Hz and the end
        known = np.flatnonzero(np.isfinite(result[0]))
        at = known[np.abs(known[:, None] - np.flatnonzero(open_ends)).argmin(axis=0)]
        result[:, open_ends] = result[:, at]
    result[:, ~seen] = np.nan
    return result


def _estimate(
    joint: str, side: Side, time: Timebase, predictors: Sequence[JointPredictor], values: Sequence[Array]
) -> JointEstimate:
    angle, rotation = None, np.full((time.n, 2, 3, 3), np.nan)
    of_angle = of_rotation = UNKNOWN
    for predictor, value in zip(predictors, values, strict=True):
        told, network = predictor.told(value), predictor.network
        if told.rotation is not None:
            mirrored = side == "left" and network.recipe.mirror_left
            rotation, of_rotation = told.rotation * (MIRROR if mirrored else 1.0), network.spread
        if told.angle_deg is not None:
            angle, of_angle = told.angle_deg, network.spread
    if angle is None:
        angle = np.degrees(joint_angles(rotation[:, 0], rotation[:, 1], joint, side))
    return JointEstimate(
        joint, side, time, angle, rotation,
        np.array(of_angle.angle_offset_sd_deg), np.array(of_angle.angle_sd_deg),
        np.array(of_rotation.rotation_offset_sd_deg), np.array(of_rotation.rotation_sd_deg),
    )  # fmt: skip
