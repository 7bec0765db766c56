"""Where a movement's bodies are on a finer grid of time, and the derivatives of what moves with them.

A quintic spline through the movement's coordinates says where the skeletal model is between its samples, so
that a second derivative is continuous and the movement's own samples are met exactly.

Central differences of eighth order leave (w h)^8 of a derivative: on a grid of 1 kHz and for a motion of
30 Hz, 1e-8. The grid reaches `REACH` samples beyond both ends for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import make_interp_spline
from scipy.ndimage import correlate1d

from kinelab.body.forward import forward
from kinelab.core.checks import Array
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.virtual_lab.motion.movement import Movement

REACH = 4
_FIRST = np.array([1 / 280, -4 / 105, 1 / 5, -4 / 5, 0, 4 / 5, -1 / 5, 4 / 105, -1 / 280])
_SECOND = np.array([-1 / 560, 8 / 315, -1 / 5, 8 / 5, -205 / 72, 8 / 5, -1 / 5, 8 / 315, -1 / 560])
_AT_ONCE = 8192  # poses a block: a long movement needs no more memory than the bodies that are asked for
_JUMP_RAD = np.pi / 2


@dataclass(frozen=True, eq=False)
class BodyPaths:
    """Bodies (B,) on a grid: rotation (T + 2 REACH, B, 3, 3) body to ground, position_m (T + 2 REACH, B, 3)
    and the model's coordinates (T + 2 REACH, C). `time` is the grid without the reach, (T,)."""

    bodies: tuple[str, ...]
    time: Timebase
    rotation: Array
    position_m: Array
    coordinates: Array

    def of(self, body: str) -> tuple[Array, Array]:
        """Rotation (T + 2 REACH, 3, 3) and position_m (T + 2 REACH, 3) of one body."""
        at = self.bodies.index(body)
        return self.rotation[:, at], self.position_m[:, at]


def steps_to(fine_hz: float, rate_hz: float) -> int:
    """How many samples at the smallest multiple of rate_hz that is fine_hz or more make one at rate_hz."""
    return max(1, int(np.ceil(fine_hz / rate_hz - 1e-9)))


def fine_grid(movement: Movement, rate_hz: float, steps: int) -> Timebase:
    """The grid at steps * rate_hz over a movement; it ends with a sample at rate_hz."""
    span_s = (movement.time.n - 1) / movement.time.rate_hz
    n = int(np.floor(span_s * rate_hz + 1e-9)) * steps + 1
    return Timebase(rate_hz * steps, n, movement.time.start_s)


def body_paths(movement: Movement, bodies: Sequence[str], time: Timebase) -> BodyPaths:
    """The paths of bodies at the times of a grid within the movement.

    Raises:
        InputError: a movement of fewer than 6 samples, or one whose angles jump.
    """
    _check(movement)
    spline = make_interp_spline(movement.time.time_s, movement.coordinates, k=5)
    n = time.n + 2 * REACH
    at_s = time.start_s + (np.arange(n) - REACH) / time.rate_hz
    model = movement.mover.model.with_markers(())
    rows = [model.body_index(body) for body in bodies]
    coordinates = np.empty((n, len(model.coordinates)))
    rotation, position_m = np.empty((n, len(rows), 3, 3)), np.empty((n, len(rows), 3))
    for first in range(0, n, _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        coordinates[part] = spline(at_s[part])
        placed = forward(model, coordinates[part], threads=2)
        rotation[part], position_m[part] = placed.rotation[:, rows], placed.position_m[:, rows]
    return BodyPaths(tuple(bodies), time, rotation, position_m, coordinates)


def first_derivative(values: Array, rate_hz: float) -> Array:
    """Per second, of values on a grid with its reach, (T + 2 REACH, ...) -> (T, ...)."""
    return _differenced(values, _FIRST) * rate_hz


def second_derivative(values: Array, rate_hz: float) -> Array:
    """Per second squared, (T + 2 REACH, ...) -> (T, ...)."""
    return _differenced(values, _SECOND) * rate_hz**2


def _differenced(values: Array, weights: Array) -> Array:
    # A constant is taken off first: positions far from the origin would cost digits.
    return np.asarray(correlate1d(values - values[:1], weights, axis=0)[REACH:-REACH])


def _check(movement: Movement) -> None:
    if movement.time.n < 6:
        raise InputError(
            f"movement {movement.name} has {movement.time.n} samples; a quintic spline needs 6 or more"
        )
    model = movement.mover.model
    turning = np.array([coordinate.unit == "rad" for coordinate in model.coordinates])
    jump = np.where(turning, np.abs(np.diff(movement.coordinates, axis=0)), 0.0)
    if jump.max() > _JUMP_RAD:
        t, c = np.unravel_index(int(np.argmax(jump)), jump.shape)
        raise InputError(
            f"movement {movement.name}: {model.coordinate_names[c]} jumps by "
            f"{np.degrees(jump[t, c]):.0f} deg from sample {t} to {t + 1}; unwrap the angles, or give a "
            "higher rate"
        )
