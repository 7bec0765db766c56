"""Poses close to given ones whose soles are where they should be: weighted least squares, frame by frame.

No time in it: a frame's answer depends on that frame alone, so what is smooth going in is smooth coming out,
and a single frame costs a single frame. For points that stand while the rest of a movement should stay as it
is (`grounding`); where the whole pose of a planned foot is known, `leg_solver` meets it exactly.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.special import expit

from kinelab.body.forward import forward
from kinelab.body.jacobian import marker_jacobian
from kinelab.body.model import BodyModel, Marker
from kinelab.core.checks import Array, BoolArray, IntArray, Problems
from kinelab.virtual_lab.motion.mover import SOLE_NAMES, Mover
from kinelab.virtual_lab.motion.tracks import MARGIN_RAD

# The soles' bearing points, and the joint of the toes over the ball of each foot: a foot that rises on its
# ball rolls about it, so that the joint stands while the ball's bearing points, fixed to the heel, leave.
FOOT_POINTS: tuple[str, ...] = (*SOLE_NAMES, "mtp_r", "mtp_l")

# How far each coordinate may give way (one standard deviation): the pelvis least, then hip and knee, then
# the foot. Only their ratios to one another and to `sd_m` matter.
_GIVES_DEG = {
    "pelvis_tilt": 1.0, "pelvis_list": 1.0, "pelvis_rotation": 1.0,
    "hip_flexion": 2.0, "hip_adduction": 2.0, "hip_rotation": 2.0,
    "knee_angle": 3.0, "ankle_angle": 3.0, "subtalar_angle": 3.0, "mtp_angle": 8.0,
}  # fmt: skip
_GIVES_M = {"pelvis_tx": 0.008, "pelvis_ty": 0.008, "pelvis_tz": 0.008}
_FLOOR_SOFT_M, _FLOOR_SD_M = 1.5e-3, 6e-4
_LARGEST_STEP = 0.25  # rad or m a round, so that a straight knee does not throw the leg about
_DONE = 5e-6  # rad or m
_MOST_ROUNDS = 20


def reach(mover: Mover, nominal: Array, target_m: Array, sd_m: Array, *, hold_pelvis: bool = False) -> Array:
    """Coordinates (T, C) near `nominal` (T, C) with the `FOOT_POINTS` near `target_m` (T, 10, 3) m.

    sd_m (T, 10) or (T, 10, 3): how far a point may stay from its target, one standard deviation: 1e-4 is
    "there", 0.01 "about there". No point goes under the floor (y = 0), whatever its target says. The
    coordinates stay a degree within their ranges. Only pelvis and legs move; with `hold_pelvis` only the
    legs. Where the legs are too short the points stay away: look at the result.

    Gauss-Newton on the sum of squares over sd, from the nominal pose (Nocedal & Wright 2006, ch. 10), each
    step kept within the ranges by solving again without the coordinates that would leave theirs.

    Raises:
        InputError: arrays whose shapes do not fit.
    """
    frames, points = nominal.shape[0], len(FOOT_POINTS)
    with Problems("reach") as problems:
        problems.shape("nominal", nominal, (frames, len(mover.model.coordinates)))
        problems.shape("target_m", target_m, (frames, points, 3))
        problems.add_if(
            sd_m.shape not in ((frames, points), (frames, points, 3)),
            f"sd_m has shape {sd_m.shape}, expected {(frames, points)} or {(frames, points, 3)}",
        )
    if sd_m.ndim == 2:
        sd_m = np.repeat(sd_m[..., None], 3, axis=-1)
    columns, gives = _free(mover, hold_pelvis)
    low, high = np.array([mover.model.coordinates[c].range for c in columns]).T
    # The ranges of ways (50 m) are for files; who walks for a minute goes further.
    far = np.array([mover.model.coordinates[c].motion == "translational" for c in columns])
    low, high = np.where(far, -np.inf, low + MARGIN_RAD), np.where(far, np.inf, high - MARGIN_RAD)
    pose = nominal.copy()
    pose[:, columns] = np.clip(pose[:, columns], low, high)
    open_ = np.arange(frames)
    for _ in range(_MOST_ROUNDS):
        if not open_.size:
            break
        matrix, side = _equations(mover, pose[open_], target_m[open_], sd_m[open_], columns)
        matrix += np.diag(gives**-2)
        now = pose[np.ix_(open_, columns)]
        side -= (now - nominal[np.ix_(open_, columns)]) / gives**2
        step = _bounded_step(matrix, side, low - now, high - now)
        pose[np.ix_(open_, columns)] = now + step
        open_ = open_[np.abs(step).max(axis=1) > _DONE]
    return pose


def sole_points(mover: Mover, coordinates: Array) -> Array:
    """Where the `FOOT_POINTS` are, (T, 10, 3) m in the ground frame."""
    return forward(_foot_model(mover), coordinates).marker_m


@lru_cache(maxsize=16)
def _foot_model(mover: Mover) -> BodyModel:
    """The person's model, its markers the `FOOT_POINTS`."""
    joints = tuple(Marker(f"mtp_{s}", f"toes_{s}", np.zeros((3, 3))) for s in "rl")
    return mover.model.with_markers((*mover.model.markers, *joints))


def sole_slopes(mover: Mover, coordinates: Array) -> Array:
    """How the `FOOT_POINTS` move with the coordinates, (T, 10, 3, C) m per rad or m."""
    return marker_jacobian(_foot_model(mover), coordinates)


def _free(mover: Mover, hold_pelvis: bool) -> tuple[IntArray, Array]:
    """Columns that may change and how far each gives way, rad or m."""
    gives = {} if hold_pelvis else dict(_GIVES_M)
    for name, degrees in _GIVES_DEG.items():
        if name.startswith("pelvis"):
            if not hold_pelvis:
                gives[name] = np.radians(degrees)
        else:
            gives |= {f"{name}_{s}": np.radians(degrees) for s in "rl"}
    return np.array([mover.column(name) for name in gives]), np.array(list(gives.values()))


def _equations(
    mover: Mover, pose: Array, target_m: Array, sd_m: Array, columns: IntArray
) -> tuple[Array, Array]:
    """Normal equations (T, n, n), (T, n) of the points and the floor, without the nominal pose."""
    frames, placed = pose.shape[0], sole_points(mover, pose)
    slopes = sole_slopes(mover, pose)[..., columns]
    rows = (slopes / sd_m[..., None]).reshape(frames, -1, columns.size)
    miss = ((target_m - placed) / sd_m).reshape(frames, -1)
    # The floor pushes softly, so that a point that comes near it does not jump from free to held.
    near = -placed[:, : len(SOLE_NAMES), 1] / _FLOOR_SOFT_M
    push = np.logaddexp(0.0, near) * _FLOOR_SOFT_M / _FLOOR_SD_M
    slope = expit(near)[..., None] * slopes[:, : len(SOLE_NAMES), 1] / _FLOOR_SD_M
    rows, miss = np.concatenate([rows, slope], axis=1), np.concatenate([miss, push], axis=1)
    turned = np.swapaxes(rows, 1, 2)
    return turned @ rows, (turned @ miss[..., None])[..., 0]


def _bounded_step(matrix: Array, side: Array, low: Array, high: Array) -> Array:
    """Solve for a step (T, n) within low..high: coordinates that would leave are put on their bound."""
    step = np.linalg.solve(matrix, side[..., None])[..., 0]
    held: BoolArray = np.zeros(step.shape, dtype=bool)
    for _ in range(3):
        out = (step < low) | (step > high)
        if not out.any():
            break
        held |= out
        at = np.where(held, np.clip(step, low, high), 0.0)
        rest = side - (matrix @ at[..., None])[..., 0]
        both_free = ~held[:, :, None] & ~held[:, None, :]
        kept = np.where(both_free, matrix, 0.0) + np.eye(step.shape[1]) * held[:, :, None]
        step = np.linalg.solve(kept, np.where(held, at, rest)[..., None])[..., 0]
    step = np.clip(step, low, high)
    longest = np.abs(step).max(axis=1, keepdims=True)
    shortened: Array = step * np.minimum(1.0, _LARGEST_STEP / np.maximum(longest, 1e-12))
    return shortened
