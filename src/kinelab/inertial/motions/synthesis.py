"""What sensors on moving segments read: physically right, and as Rapp et al. 2021 made their readings.

    specific force    f = R^T (p'' - g)      at rest +9.80665 m/s2 upwards
    angular velocity  w = vee(R^T R')

R sensor to ground, p the sensor's position, along the curves of `paths`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.spatial.transform import Rotation

from kinelab.core.checks import Array, Problems
from kinelab.core.recording import Imu, SensorFrame
from kinelab.errors import InputError
from kinelab.inertial.motions.paths import RotationCurve, position_curve, runs_of
from kinelab.inertial.segment_motion import SegmentMotion
from kinelab.virtual_lab.gravity import UPWARDS_MPS2


@dataclass(frozen=True)
class Synthesis:
    """How readings are made of motion.

    sampling: "instants" reads what is felt at the sample. "increments" is what happened since the sample
    before, over the interval, as sensors with strap-down integration send it
    (`virtual_lab.sensors.strapdown`): the exponentials of gyr / rate multiply to the orientation exactly.
    "differences" is numerical: forces from second differences (`numpy.gradient` twice), turning from the
    rotation since the sample before.

    force: "physical" f = R^T (p'' - g). "published" f = -R (p'' - g): the program published with Rapp et al.
    2021 turns by R where the sensor's axes need its transpose, and has the opposite sign (a real
    accelerometer at rest reads +g upwards).

    noise_of_signal: white noise as a share of the standard deviation of each channel (theirs: 0.15).
    """

    sampling: Literal["instants", "increments", "differences"] = "instants"
    force: Literal["physical", "published"] = "physical"
    noise_of_signal: float = 0.0

    def __post_init__(self) -> None:
        with Problems("Synthesis") as problems:
            problems.one_of("sampling", self.sampling, ("instants", "increments", "differences"))
            problems.one_of("force", self.force, ("physical", "published"))
            share = self.noise_of_signal
            problems.add_if(not 0 <= share < np.inf, f"noise_of_signal is {share}, expected 0 or more")


PHYSICAL = Synthesis()
AS_RAPP_2021 = Synthesis("differences", "published", 0.15)


def readings(
    motion: SegmentMotion,
    synthesis: Synthesis = PHYSICAL,
    rng: np.random.Generator | None = None,
    frame: SensorFrame = "segment",
) -> Imu:
    """What the motion's sensors read at its times, in their own axes.

    NaN where the motion is (and where fewer than six samples stand between two gaps). `rng` is needed for
    noise only. frame: what the readings are said to be in; "segment", as networks take them, although a
    sensor may sit askew or on moving skin: what it reads is then of its own axes all the same.

    Raises:
        InputError: noise without `rng`.
    """
    if synthesis.noise_of_signal > 0 and rng is None:
        raise InputError("readings with noise are drawn at random: give rng")
    time_s = motion.time.time_s
    force = np.full(motion.sensor_position_m.shape, np.nan)
    turning = np.full(motion.sensor_position_m.shape, np.nan)
    for s in range(len(motion.segments)):
        for start, stop in runs_of(motion, s):
            run = slice(start, stop)
            force[run, s], turning[run, s] = _felt(
                time_s[run], motion.sensor_position_m[run, s], motion.sensor_rotation[run, s], synthesis
            )
    if synthesis.noise_of_signal > 0 and rng is not None:
        force, turning = (_noisy(signal, synthesis.noise_of_signal, rng) for signal in (force, turning))
    return Imu(motion.segments, motion.time, force, turning, frame=frame)


def _felt(time_s: Array, position_m: Array, rotation: Array, synthesis: Synthesis) -> tuple[Array, Array]:
    """Force m/s2 and turning rad/s of one sensor, (T, 3) each, over one run."""
    step_s = time_s[1] - time_s[0]
    if synthesis.sampling == "differences":
        velocity = np.gradient(position_m, step_s, axis=0)
        pull = np.gradient(velocity, step_s, axis=0) + UPWARDS_MPS2
        return _in_sensor(rotation, pull, synthesis), _since_before(rotation) / step_s
    curve, turned = position_curve(time_s, position_m), RotationCurve(time_s, rotation)
    force = _in_sensor(rotation, curve(time_s, 2) + UPWARDS_MPS2, synthesis)
    turning = turned.angular_velocity(time_s)
    if synthesis.sampling == "increments":
        # the first sample has no interval before it and keeps its instant
        gained = np.diff(curve(time_s, 1), axis=0) / step_s + UPWARDS_MPS2
        force[1:] = _in_sensor(rotation[:-1], gained, synthesis)
        turning[1:] = _since_before(rotation)[1:] / step_s
    return force, turning


def _since_before(rotation: Array) -> Array:
    """Rotation vectors (T, 3) from the sample before, in its axes; the first is the second's."""
    step = Rotation.from_matrix(rotation[:-1]).inv() * Rotation.from_matrix(rotation[1:])
    vector: Array = step.as_rotvec()
    return np.concatenate([vector[:1], vector])


def _in_sensor(rotation: Array, ground: Array, synthesis: Synthesis) -> Array:
    if synthesis.force == "published":
        return np.asarray(-np.einsum("tij,tj->ti", rotation, ground))
    return np.asarray(np.einsum("tji,tj->ti", rotation, ground))


def _noisy(signal: Array, share: float, rng: np.random.Generator) -> Array:
    seen = np.isfinite(signal)
    n = np.maximum(seen.sum(axis=0), 1)
    mean = np.where(seen, signal, 0.0).sum(axis=0) / n
    spread = np.sqrt((np.where(seen, signal - mean, 0.0) ** 2).sum(axis=0) / n)
    return np.asarray(signal + share * spread * rng.standard_normal(signal.shape))
