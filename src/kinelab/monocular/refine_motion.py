"""All frames of a window together: the evidence against smooth motion and feet that stand still.

Added to each frame's own least squares (`refine_equations`) is that nothing accelerates more than people do,
as in `body.inverse_smooth`, and that what stands on the floor stays where it is:

    sum over t of (x_{t-1} - 2 x_t + x_{t+1})^2 rate^4 / s_a^2   +   rho(|p_{t+1} - p_t|^2 rate^2 / s_v^2)
    +  rho((n . p_t - d)^2 / s_f^2)

with x the unknowns, p the feet's landmarks while they stand, n, d the floor. Solved by Gauss-Newton with
Levenberg's damping; the matrix is a band of two frames.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solveh_banded
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from kinelab.core.checks import Array, BoolArray, IntArray
from kinelab.monocular.refine_equations import Motion, Shape, Weigher, offsets, rho, slopes, weight_of
from kinelab.monocular.refine_kernel import ROOT

# Standard deviations of acceleration.
TURN_RAD_S2, PLACE_M_S2 = np.radians(1500.0), 8.0
JOINT_RAD_S2 = np.radians([800.0, 40000.0])  # of a joint that is held, of one in a sprint
# Accelerations are looked for in angles smoothed over _LOOK_S, which takes most of them away.
_LOOK_S, _MORE = 0.04, 3.0
STILL_M_S, FLOOR_SD_M = 0.06, 0.015
_HOLD_ANGLE_RAD, _HOLD_TURN_RAD, _HOLD_PLACE_M = np.radians(20.0), np.radians(30.0), 0.5
_STEPS, _ENOUGH = 8, 2e-4


@dataclass(frozen=True, eq=False)
class Contact:
    """Landmarks of the feet (P,) as rows of the model's markers, and when they stand: (T, P)."""

    marker: IntArray
    stands: BoolArray

    def frames(self, rows: slice) -> Contact:
        """These frames of it."""
        return Contact(self.marker, self.stands[rows])


@dataclass(frozen=True, eq=False)
class Floor:
    """A plane in the camera's axes: up (3,) and how high up the standing landmarks are along it, m (P,)."""

    up: Array
    height_m: Array


@dataclass(frozen=True, eq=False)
class Surroundings:
    """Beside the evidence: the rate, and where the feet stand, on which floor (None: not known)."""

    rate_hz: float
    contact: Contact | None = None
    floor: Floor | None = None


def smooth_motion(weigher: Weigher, start: Motion, shape: Shape, around: Surroundings) -> Motion:
    """The motion of T frames that fits best, from `start`."""
    problem = _Window(weigher, start, shape, around)
    motion, damping = start, 1e-6
    value = problem.value(motion)
    for _ in range(_STEPS):
        band, gradient = problem.equations(motion)
        before = value
        while damping < 1e6:
            damped = band.copy()
            damped[0] *= 1 + damping
            step: Array = solveh_banded(damped, -gradient.ravel(), lower=True, overwrite_ab=True)
            trial = motion.moved(step.reshape(gradient.shape))
            value = problem.value(trial)
            if value <= before:
                motion, damping = trial, max(damping / 10, 1e-6)
                break
            damping = max(100 * damping, 1e-4)
        else:
            break
        if before - value <= _ENOUGH * before:
            break
    return motion


class _Window:
    def __init__(self, weigher: Weigher, start: Motion, shape: Shape, around: Surroundings) -> None:
        self._weigher, self._start, self._shape, self._around = weigher, start, shape, around
        self._head = weigher.evidence.head
        joints = start.angle.shape[1]
        sd = np.concatenate(
            [[TURN_RAD_S2] * 3, [PLACE_M_S2] * 3, _liveliness(weigher, start, around.rate_hz)]
        )
        self._stiffness = (around.rate_hz**2 / sd) ** 2
        hold = np.repeat([_HOLD_TURN_RAD, _HOLD_PLACE_M, _HOLD_ANGLE_RAD], [3, 3, joints]) ** -2.0
        self._hold = np.where(weigher.evidence.told[:, None], 0.0, hold)

    def value(self, motion: Motion) -> float:
        """The objective."""
        bent = _bent(motion)
        total = float(
            self._weigher.value(motion, self._shape).sum() + 0.5 * (bent**2 * self._stiffness).sum()
        )
        total += float(0.5 * (self._hold * _difference(motion, self._start) ** 2).sum())
        if self._around.contact is not None:
            point_m = self._feet(motion, offsets(self._head, motion, self._shape))
            still, floor = self._standing(point_m)
            total += float(0.5 * (rho((still**2).sum(axis=-1)).sum() + rho(floor**2).sum()))
        return total

    def equations(self, motion: Motion) -> tuple[Array, Array]:
        """Lower band of the matrix (2 n + 1, T n) and the gradient (T, n) of the objective."""
        own = self._weigher.equations(motion, self._shape)
        matrix, gradient = own.matrix, own.gradient
        T, n = gradient.shape
        gradient += _unbent(_bent(motion) * self._stiffness, T)
        gradient += self._hold * _difference(motion, self._start)
        matrix[:, range(n), range(n)] += self._hold
        beside = np.zeros((max(T - 1, 0), n, n))
        if self._around.contact is not None:
            self._add_contact(motion, matrix, gradient, beside)
        return _band(matrix, beside, self._stiffness), gradient

    def _feet_slopes(self, motion: Motion, offset_m: Array, contact: Contact) -> Array:
        """(T, P, 3, n) of the feet's landmarks in the camera's axes."""
        by_angle, turn = slopes(self._head, motion, self._shape)
        x, y, z = np.moveaxis(offset_m, -1, 0)
        slope = np.zeros((*offset_m.shape, ROOT + len(self._head.columns)))
        slope[..., 0, 1], slope[..., 0, 2] = z, -y
        slope[..., 1, 0], slope[..., 1, 2] = -z, x
        slope[..., 2, 0], slope[..., 2, 1] = y, -x
        slope[..., range(3), range(3, ROOT)] = 1.0
        feet = by_angle[:, contact.marker][..., self._head.columns]
        slope[..., ROOT:] = turn[:, None] @ feet
        return slope

    def _feet(self, motion: Motion, offset_m: Array) -> Array:
        contact = self._around.contact
        assert contact is not None
        return np.asarray(offset_m[:, contact.marker] + motion.position_m[:, None])

    def _standing(self, point_m: Array) -> tuple[Array, Array]:
        """Errors in sd of standing still (T - 1, P, 3) and on the floor (T, P)."""
        contact, floor = self._around.contact, self._around.floor
        assert contact is not None
        both = contact.stands[1:] & contact.stands[:-1]
        still = np.diff(point_m, axis=0) * self._around.rate_hz / STILL_M_S * both[..., None]
        if floor is None:
            return still, np.zeros(contact.stands.shape)
        return still, (point_m @ floor.up - floor.height_m) / FLOOR_SD_M * contact.stands

    def _add_contact(self, motion: Motion, matrix: Array, gradient: Array, beside: Array) -> None:
        contact, floor = self._around.contact, self._around.floor
        assert contact is not None
        offset_m = offsets(self._head, motion, self._shape)
        still, off = self._standing(self._feet(motion, offset_m))
        slope = self._feet_slopes(motion, offset_m[:, contact.marker], contact)
        each = self._around.rate_hz / STILL_M_S
        both = contact.stands[1:] & contact.stands[:-1]
        weight = weight_of((still**2).sum(axis=-1)) * both
        before, after = (part.reshape(len(still), -1, slope.shape[-1]) for part in (slope[:-1], slope[1:]))
        weight = np.repeat(weight, 3, axis=1)[..., None]
        error = still.reshape(len(still), -1)
        wafter, wbefore = weight * each * after, weight * each * before
        matrix[1:] += each * np.swapaxes(wafter, 1, 2) @ after
        matrix[:-1] += each * np.swapaxes(wbefore, 1, 2) @ before
        beside -= each * np.swapaxes(wafter, 1, 2) @ before
        gradient[1:] += np.einsum("tkn,tk->tn", wafter, error)
        gradient[:-1] -= np.einsum("tkn,tk->tn", wbefore, error)
        if floor is not None:
            rise = np.einsum("i,tpin->tpn", floor.up, slope) / FLOOR_SD_M
            weight = (weight_of(off**2) * contact.stands)[..., None]
            matrix += np.swapaxes(weight * rise, 1, 2) @ rise
            gradient += np.einsum("tpn,tp->tn", weight * rise, off)


def _liveliness(weigher: Weigher, start: Motion, rate_hz: float) -> Array:
    """(J,) rad/s^2: how much each joint accelerates, by the angles that were told."""
    told = weigher.evidence.told[:, None]
    angle = np.where(told, np.nan_to_num(weigher.evidence.angle), start.angle)
    smooth = gaussian_filter1d(angle, _LOOK_S * rate_hz, axis=0, mode="nearest")
    bent = np.diff(smooth, n=2, axis=0) * rate_hz**2
    return np.asarray(np.clip(_MORE * np.sqrt((bent**2).mean(axis=0)), *JOINT_RAD_S2))


def _bent(motion: Motion) -> Array:
    """Second differences (T - 2, n); of the turns, differences of the turns from frame to frame."""
    turn = Rotation.from_matrix(motion.rotation[1:] @ np.swapaxes(motion.rotation[:-1], 1, 2)).as_rotvec()
    parts = (
        np.diff(turn, axis=0),
        np.diff(motion.position_m, n=2, axis=0),
        np.diff(motion.angle, n=2, axis=0),
    )
    return np.concatenate(parts, axis=1)


def _unbent(bent: Array, T: int) -> Array:
    """The gradient (T, n) by the unknowns of half the sum of squares whose weighed roots are given."""
    out = np.zeros((T, bent.shape[1]))
    out[:-2] += bent
    out[1:-1] -= 2 * bent
    out[2:] += bent
    return out


def _difference(motion: Motion, start: Motion) -> Array:
    turn = Rotation.from_matrix(motion.rotation @ np.swapaxes(start.rotation, 1, 2)).as_rotvec()
    return np.concatenate([turn, motion.position_m - start.position_m, motion.angle - start.angle], axis=1)


def _band(matrix: Array, beside: Array, stiffness: Array) -> Array:
    """Lower band (2 n + 1, T n) from the frames' blocks (T, n, n), those below them (T - 1, n, n) and the
    second differences' stiffness (n,)."""
    T, n = matrix.shape[:2]
    band = np.zeros((2 * n + 1, T, n))
    for i in range(n):
        band[: n - i, :, i] = matrix[:, i:, i].T
        band[n - i : 2 * n - i, : T - 1, i] = beside[:, :, i].T
    for near, shares in ((0, (1.0, 4.0, 1.0)), (1, (-2.0, -2.0)), (2, (1.0,))):
        for k, share in enumerate(shares):
            band[near * n, k : T - 2 + k] += stiffness * share
    return band.reshape(2 * n + 1, T * n)
