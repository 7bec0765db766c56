"""Legs whose feet stand where they are to stand, else as near to given angles as they can."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.body.forward import forward
from kinelab.body.jacobian import marker_jacobian
from kinelab.body.model import BodyModel
from kinelab.core.checks import Array, IntArray
from kinelab.core.events import Side
from kinelab.twin.feet import LEG_BODIES, sole_rows

# How near a point of the sole keeps to its place, one standard deviation: one that bears; all of a foot that
# stands, which so rolls as the person's own did; all of a foot in swing. Own choice.
_BEARS_SD_M, _ROLLS_SD_M, _SWINGS_SD_M = 3e-4, 1.5e-3, 1.5e-2
_FLOOR_SD_M = 5e-4  # below the ground
# How far each angle may give way, one standard deviation; only their ratios matter. Own choice: the toes and
# the foot adapt to the ground more easily than the hip.
_GIVES_DEG = {"hip": 2.0, "knee": 3.0, "ankle": 3.0, "subtalar": 3.0, "mtp": 8.0}
_OTHER_DEG = 3.0
_LONGEST_STEP_RAD = 0.25
_DONE_RAD = 1e-7
_ROUNDS = 30


@dataclass(frozen=True, eq=False)
class LegJoints:
    """The free angles of one leg: columns (n,) in the model, gives_rad (n,), low and high (n,) rad."""

    side: Side
    names: tuple[str, ...]
    columns: IntArray
    gives_rad: Array
    low: Array
    high: Array


def leg_joints(model: BodyModel, side: Side) -> LegJoints:
    """The angles that move one foot against the pelvis, without locked and coupled ones."""
    bodies = {f"{body}_{side[0]}" for body in LEG_BODIES}
    moving = {
        term.coordinate
        for joint in model.joints
        if joint.child in bodies
        for axis in joint.rotations
        for term in axis.terms
    }
    free = [
        (i, one)
        for i, one in enumerate(model.coordinates)
        if one.name in moving and not one.locked and one.name not in model.dependent
    ]
    gives = [np.radians(_GIVES_DEG.get(one.name.split("_")[0], _OTHER_DEG)) for _, one in free]
    low, high = np.array([one.range for _, one in free]).reshape(-1, 2).T
    columns = np.array([i for i, _ in free], np.int64)
    return LegJoints(side, tuple(one.name for _, one in free), columns, np.array(gives), low, high)


def held(bears: Array, stands: Array) -> Array:
    """(T, P) weights 1/m^2 of the points of a sole: bears (T, P) and stands (T,), 0 to 1."""
    rolls = stands[:, None] / _ROLLS_SD_M**2
    return np.asarray(bears / _BEARS_SD_M**2 + rolls + 1 / _SWINGS_SD_M**2)


def fit_leg(
    model: BodyModel, leg: LegJoints, nominal: Array, target_m: Array, weight: Array, floor_m: Array,
    most_rad: Array | None = None,
) -> Array:  # fmt: skip
    """Coordinates (T, C) with one leg turned so that its sole stands; everything else as in `nominal`.

    target_m (T, P, 3) places of the points of the sole, weight (T, P) of each in 1/m^2 (`held`), floor_m
    (T, P) below which none goes. Angles stay in their ranges, or as far outside as `nominal` is, and no knee
    becomes straighter than it ever is there; most_rad (n,): upper ends in any case. Frame by frame
    Gauss-Newton on

        sum_p weight_p |point_p - target_p|^2 + sum_j ((q_j - nominal_j) / gives_j)^2

    with the floor as one more term; an angle at an end of its range that would leave it is held there.
    """
    rows = sole_rows(model, leg.side)
    pose = nominal.copy()
    start = nominal[:, leg.columns]
    knee = np.array([name.startswith("knee_angle") for name in leg.names])
    low = np.minimum(np.where(knee, np.inf, leg.low), start.min(axis=0))
    high = np.maximum(leg.high, start.max(axis=0))
    if most_rad is not None:
        high = np.minimum(high, most_rad)
    pose[:, leg.columns] = np.clip(start, low, high)
    going = np.arange(len(pose))
    for _ in range(_ROUNDS):
        if not going.size:
            break
        now = pose[np.ix_(going, leg.columns)]
        matrix, side = _equations(
            model, pose[going], leg, rows, target_m[going], weight[going], floor_m[going]
        )
        matrix += np.diag(leg.gives_rad**-2)
        side -= (now - start[going]) / leg.gives_rad**2
        step = _step_inside(matrix, side, low - now, high - now)
        pose[np.ix_(going, leg.columns)] = now + step
        going = going[np.abs(step).max(axis=1) > _DONE_RAD]
    return pose


def _equations(
    model: BodyModel, pose: Array, leg: LegJoints, rows: list[int], target_m: Array, weight: Array,
    floor_m: Array,
) -> tuple[Array, Array]:  # fmt: skip
    """Normal equations (T, n, n), (T, n) of the sole's points and the floor."""
    points = forward(model, pose).marker_m[:, rows]
    slopes = marker_jacobian(model, pose)[:, rows][..., leg.columns]
    miss = target_m - points
    under = np.maximum(floor_m - points[..., 1], 0.0)
    firm = np.repeat(weight[..., None], 3, axis=2)
    miss = miss * firm
    miss[..., 1] += under / _FLOOR_SD_M**2
    firm[..., 1] += (under > 0) / _FLOOR_SD_M**2
    flat = slopes.reshape(len(pose), -1, leg.columns.size)
    turned = np.swapaxes(flat, 1, 2)
    matrix = turned @ (flat * firm.reshape(len(pose), -1, 1))
    return matrix, (turned @ miss.reshape(len(pose), -1, 1))[..., 0]


def _step_inside(matrix: Array, side: Array, low: Array, high: Array) -> Array:
    """The step (T, n) of the normal equations that stays in low..high (T, n)."""
    fixed = np.zeros(side.shape, bool)
    step = np.zeros(side.shape)
    for _ in range(3):
        free = np.where(fixed, 0.0, 1.0)
        kept = matrix * free[:, :, None] * free[:, None, :] + np.eye(side.shape[1]) * (1 - free)[:, :, None]
        at_end = np.where(fixed, step, 0.0)
        rest = (side - np.einsum("tnm,tm->tn", matrix, at_end)) * free + at_end * (1 - free)
        step = np.clip(np.linalg.solve(kept, rest[..., None])[..., 0], low, high)
        outside = ~fixed & ((step <= low) | (step >= high))
        if not outside.any():
            break
        fixed |= outside
    longest = np.abs(step).max(axis=1, keepdims=True)
    return np.asarray(step * np.minimum(1.0, _LONGEST_STEP_RAD / np.maximum(longest, 1e-12)))
