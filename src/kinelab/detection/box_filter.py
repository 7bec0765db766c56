"""A Kalman filter of one person's box: the middle moves at constant velocity, the size changes slowly."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array

# Noise in units of the person's height, so that near and far persons are treated alike.
_ACCELERATION = 3.0  # heights / s^2: a walking person's trunk, and sudden starts
_RESIZE = 0.5  # heights / sqrt(s): limbs open and close the box, the person comes nearer
_MIDDLE_SD = 0.03
_SIZE_SD = 0.05
_START_SPEED = 1.0  # heights / s


class BoxFilter:
    """State: middle (2,) px, velocity (2,) px/s, size (2,) px, and their variances.

    The two axes of the middle share one 2 x 2 covariance of position and velocity because their noise is
    the same.
    """

    def __init__(self, box: Array, time_s: float) -> None:
        self.time_s = time_s
        self._middle, self._size = _split(box)
        self._velocity = np.zeros(2)
        height = self._size[1]
        self._cov = np.diag([(_MIDDLE_SD * height) ** 2, (_START_SPEED * height) ** 2])
        self._size_var = (_SIZE_SD * height) ** 2

    @property
    def box(self) -> Array:
        """The box as it is believed now, (4,) px."""
        return np.concatenate([self._middle - self._size / 2, self._middle + self._size / 2])

    @property
    def height_px(self) -> float:
        """Height of the box, px."""
        return float(self._size[1])

    @property
    def velocity_px_s(self) -> Array:
        """Velocity of the middle, (2,) px/s."""
        return self._velocity

    def predict(self, time_s: float) -> None:
        """Go on to a later time; times before the present one change nothing."""
        dt = time_s - self.time_s
        if dt <= 0:
            return
        self.time_s = time_s
        self._middle = self._middle + self._velocity * dt
        step = np.array([[1.0, dt], [0.0, 1.0]])
        push = np.array([dt**2 / 2, dt]) * _ACCELERATION * self.height_px
        self._cov = step @ self._cov @ step.T + np.outer(push, push)
        self._size_var += (_RESIZE * self.height_px) ** 2 * dt

    def update(self, box: Array, doubt: float = 1.0) -> None:
        """Take in a box seen now; `doubt` multiplies the deviation of the measurement."""
        middle, size = _split(box)
        height = self.height_px
        gain = self._cov[:, 0] / (self._cov[0, 0] + (doubt * _MIDDLE_SD * height) ** 2)
        residual = middle - self._middle
        self._middle = self._middle + gain[0] * residual
        self._velocity = self._velocity + gain[1] * residual
        self._cov = self._cov - np.outer(gain, self._cov[0])
        gain_size = self._size_var / (self._size_var + (doubt * _SIZE_SD * height) ** 2)
        self._size = self._size + gain_size * (size - self._size)
        self._size_var *= 1 - gain_size


def _split(box: Array) -> tuple[Array, Array]:
    return (box[:2] + box[2:]) / 2, np.maximum(box[2:] - box[:2], 1.0)
