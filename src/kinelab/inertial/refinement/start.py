"""Where the orientations start from: gravity for the tilt, and all segments facing the same way."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from kinelab.core.checks import Array
from kinelab.core.compiled import compiled, compiled_inside
from kinelab.inertial.refinement.integration import integrate
from kinelab.inertial.refinement.knots import Knots
from kinelab.inertial.refinement.small_rotations import product
from kinelab.inertial.refinement.windows import mean_forces


def first_orientations(rate_hz: float, increments: bool, knots: Knots, bias_radps: Array) -> Array:
    """Orientations at the knots (K, S, 4), quaternions segment to ground, w first: from knot to knot by the
    gyroscopes, then levelled by the mean force around it; each segment's axis to the right keeps to that of
    the first one.

    bias_radps (S, 3).
    """
    sensors = knots.variance.shape[1]
    still = np.zeros((knots.n, sensors, 4))
    still[:, :, 0] = 1.0
    bias = np.broadcast_to(bias_radps, (knots.n, sensors, 3)).copy()
    rotation = np.empty((*knots.acc_mps2.shape, 3))
    # the share 0 leaves every interval as the gyroscope alone has it, from the identity at its knot
    alone = np.zeros_like(knots.share)
    _, defect = integrate(knots.gyr_radps, alone, rate_hz, increments, knots.sample, still, bias, rotation)
    onward = Rotation.from_rotvec(-defect.reshape(-1, 3)).as_matrix().reshape(-1, sensors, 3, 3)
    # with it every sample counts for the knot before
    ahead, _ = mean_forces(rotation, knots.acc_mps2, knots.felt, alone, knots.sample)
    found = np.empty((knots.n, sensors, 3, 3))
    _along(onward, ahead, found)
    return np.asarray(
        Rotation.from_matrix(found.reshape(-1, 3, 3)).as_quat(scalar_first=True).reshape(-1, sensors, 4)
    )


@compiled
def _along(onward: Array, ahead: Array, found: Array) -> None:
    """Fill found (K, S, 3, 3) from the turns between knots (K - 1, S, 3, 3) and the force in each interval
    (K, S, 3), both in the axes at the knot before."""
    now, turn = np.empty((3, 3)), np.empty((3, 3))
    force = np.empty(3)
    count, sensors = found.shape[0], found.shape[1]
    for k in range(count):
        before = min(k, count - 2)
        for s in range(sensors):
            now[:] = np.eye(3)
            if k > 0:
                product(found[k - 1, s], onward[k - 1, s], now)
            for i in range(3):
                force[i] = 0.0
                for j in range(3):
                    own = found[k - 1, s, i, j] if k == count - 1 else now[i, j]
                    force[i] += own * ahead[before, s, j]
            _levelling(force, turn)
            product(turn, now, found[k, s])
            wanted = 0.0
            if k > 0 or s > 0:
                wanted = np.arctan2(found[k, 0, 0, 2], found[k, 0, 2, 2])
            if k == 0 or s > 0:
                _about_up(wanted - np.arctan2(found[k, s, 0, 2], found[k, s, 2, 2]), turn)
                now[:] = found[k, s]
                product(turn, now, found[k, s])


@compiled_inside
def _levelling(force: Array, out: Array) -> None:
    """The shortest turn that brings a force in ground up; none for no force."""
    length = np.sqrt(force[0] ** 2 + force[1] ** 2 + force[2] ** 2)
    if length <= 0.0:
        out[:] = np.eye(3)
        return
    x, y, z = force[0] / length, force[1] / length, force[2] / length
    if y < -1.0 + 1e-9:  # upside down: about the axis forward
        out[:] = np.diag(np.array([1.0, -1.0, -1.0]))
        return
    scale = 1.0 / (1.0 + y)
    out[0, 0], out[0, 1], out[0, 2] = 1.0 - scale * x * x, -x, -scale * x * z
    out[1, 0], out[1, 1], out[1, 2] = x, y, z
    out[2, 0], out[2, 1], out[2, 2] = -scale * x * z, -z, 1.0 - scale * z * z


@compiled_inside
def _about_up(angle: float, out: Array) -> None:
    """The turn about up by which an axis to the right of heading h = atan2(x, z) comes to h + angle."""
    cosine, sine = np.cos(angle), np.sin(angle)
    out[:] = 0.0
    out[1, 1] = 1.0
    out[0, 0], out[0, 2], out[2, 0], out[2, 2] = cosine, sine, -sine, cosine
