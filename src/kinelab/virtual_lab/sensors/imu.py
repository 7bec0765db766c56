"""What worn sensors would feel if they were perfect: their motion through space and its exact derivatives.

    specific force    f = R^T (p'' - g)      p the path of the sensor's own point, lever arm included
    angular velocity  w = vee(R^T R')

with R sensor to ground, differentiated on a grid of 1 kHz or finer (`body_paths`). A sensor at rest reads
f = +9.80665 m/s2 upwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.recording import Imu
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.virtual_lab.gravity import UPWARDS_MPS2
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.sensors.body_paths import (
    REACH,
    BodyPaths,
    body_paths,
    fine_grid,
    first_derivative,
    second_derivative,
    steps_to,
)
from kinelab.virtual_lab.sensors.placement import Mounting
from kinelab.virtual_lab.sensors.soft_tissue import SoftTissue, known_patches, patch_shift_m, sway

FINE_HZ = 1000.0
RATES_HZ = (25.0, 1000.0)


@dataclass(frozen=True, eq=False)
class SensorMotion:
    """S perfect sensors at T times: position_m (T, S, 3) in ground, rotation (T, S, 3, 3) sensor to ground,
    gyr_radps and acc_mps2 (T, S, 3) in the sensor's axes, gravity included."""

    mountings: tuple[Mounting, ...]
    time: Timebase
    position_m: Array
    rotation: Array
    gyr_radps: Array
    acc_mps2: Array

    @property
    def segments(self) -> tuple[str, ...]:
        """Names of the segments that the sensors are worn on, (S,)."""
        return tuple(mounting.segment for mounting in self.mountings)

    def every(self, n: int) -> SensorMotion:
        """Each n-th sample."""
        arrays = [
            array[::n].copy() for array in (self.position_m, self.rotation, self.gyr_radps, self.acc_mps2)
        ]
        time = Timebase(self.time.rate_hz / n, len(arrays[0]), self.time.start_s)
        return SensorMotion(self.mountings, time, *arrays)

    def imu(self) -> Imu:
        """What the perfect sensors record."""
        return Imu(self.segments, self.time, self.acc_mps2, self.gyr_radps)


def fine_steps(rate_hz: float) -> int:
    """How many samples of the fine grid make one at `rate_hz`.

    Raises:
        InputError: a rate that no such sensor has.
    """
    low, high = RATES_HZ
    if not low <= rate_hz <= high:
        raise InputError(f"a sensor's rate_hz is {rate_hz:g}, expected {low:g} to {high:g}")
    return steps_to(FINE_HZ, rate_hz)


def sensor_motion(
    movement: Movement, mountings: Sequence[Mounting], rate_hz: float, tissue: SoftTissue | None = None
) -> SensorMotion:
    """The exact motion of sensors, on a grid of the smallest multiple of `rate_hz` that is 1 kHz or more.

    It spans the movement; `.every(fine_steps(rate_hz))` is the truth at `rate_hz` itself. With `tissue` the
    sensors move on the bone as the skin under them does (their positions and rotations too).

    Raises:
        InputError: no sensors, a rate outside 25 to 1,000 Hz, a movement of fewer than 6 samples or one whose
            angles jump, skin that `tissue` does not know.
    """
    if not mountings:
        raise InputError("sensor_motion: no sensors; `mount` gives some")
    if tissue is not None:
        known_patches([mounting.segment for mounting in mountings], tissue)
    time = fine_grid(movement, rate_hz, fine_steps(rate_hz))
    bodies = tuple(dict.fromkeys(mounting.body for mounting in mountings))
    paths = body_paths(movement, bodies, time)
    shape = (time.n, len(mountings), 3)
    motion = SensorMotion(
        tuple(mountings), time, np.empty(shape), np.empty((*shape, 3)), np.empty(shape), np.empty(shape)
    )
    for s, mounting in enumerate(mountings):
        position, rotation = _sensor_path(movement, mounting, paths, tissue)
        own = rotation[REACH:-REACH]
        acceleration = second_derivative(position, time.rate_hz) + UPWARDS_MPS2
        spin = np.swapaxes(own, 1, 2) @ first_derivative(rotation, time.rate_hz)
        motion.position_m[:, s], motion.rotation[:, s] = position[REACH:-REACH], own
        motion.acc_mps2[:, s] = np.einsum("tji,tj->ti", own, acceleration)
        motion.gyr_radps[:, s] = 0.5 * (spin[:, [2, 0, 1], [1, 2, 0]] - spin[:, [1, 2, 0], [2, 0, 1]])
    return motion


def _sensor_path(
    movement: Movement, mounting: Mounting, paths: BodyPaths, tissue: SoftTissue | None
) -> tuple[Array, Array]:
    """Position (T + 2 REACH, 3) m and rotation (T + 2 REACH, 3, 3) of a sensor in ground."""
    rotation, position_m = paths.of(mounting.body)
    if tissue is None:
        return position_m + rotation @ mounting.position_m, rotation @ mounting.rotation
    moving = sway(tissue, paths, movement.mover.model, mounting.body)
    shift = patch_shift_m(tissue, moving, mounting.segment, mounting.position_m)
    point = position_m + np.einsum("tij,tj->ti", rotation, mounting.position_m + shift)
    return point, rotation @ moving.turned.as_matrix() @ mounting.rotation
