"""The six angles of a leg that give its foot a place and a direction, exactly.

For planned feet: a whole pose of the foot is known and pelvis and trunk are given (`perform`). Where single
points of the sole have places, or the pelvis is to give way too (`grounding`), see `sole_reach`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from kinelab.body.forward import forward
from kinelab.body.jacobian import body_jacobian
from kinelab.body.model import BodyModel
from kinelab.core.checks import Array, BoolArray, IntArray
from kinelab.virtual_lab.motion.foot_pose import FootShape, turns
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.motion.tracks import MARGIN_RAD, softly_over

LEG_ANGLES = ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle", "subtalar_angle")
_ANKLE = LEG_ANGLES.index("ankle_angle")
_ROUNDS = 25
_DONE = 1e-9
_STILL_RAD = 1e-7
_DAMPING = 1e-7
_LONGEST_STEP_RAD = 0.4
_ROTATION_M = 0.2  # one radian of the foot counts as so many metres
_STRAIGHTEST_KNEE_RAD = 0.01  # beyond it two solutions meet
_HEEL_SOFT_RAD = 0.08  # the heel begins to rise so much before the end of the ankle's range, softly
_HEEL_MORE = 1.3  # a rising heel lifts the ankle too, which bends it: it rises by about so much more
_HEEL_ROUNDS, _HEEL_STEPS = 4, 8  # of the search for the heel's rise, and of the solver in each
_OVER_RAD = 0.6  # how far beyond its range the ankle may be asked for, before the heel answers


@dataclass(frozen=True, eq=False)
class Leg:
    """The pelvis and one leg as a model of its own, and its foot.

    columns: those of its coordinates in the whole body; solved: those of them (in the leg's own order) that
    place the foot, with their ranges; foot: row of the calcaneus; toes_m (3,): the toes' joint in its frame.
    """

    model: BodyModel
    columns: IntArray
    solved: IntArray
    low: Array
    high: Array
    foot: int
    toes_m: Array
    toe_axis: Array


@dataclass(frozen=True, eq=False)
class FootPut:
    """coordinates (T, C); miss_m (T,) what is left to the pose, 0.2 m counted for a radian; heel_rad (T,)
    by how much the heel rises because the ankle bends no further."""

    coordinates: Array
    miss_m: Array
    heel_rad: Array


@lru_cache(maxsize=16)
def leg_of(mover: Mover, side: str, shape: FootShape) -> Leg:
    """The leg of one side ("r" or "l")."""
    whole = mover.model
    bodies = {"pelvis", *(f"{name}_{side}" for name in ("femur", "tibia", "talus", "calcn"))}
    joints = tuple(joint for joint in whole.joints if joint.child in bodies)
    names = {term.coordinate for joint in joints for axis in joint.axes for term in axis.terms}
    model = replace(
        whole,
        bodies=tuple(body for body in whole.bodies if body.name in bodies),
        joints=joints,
        coordinates=tuple(one for one in whole.coordinates if one.name in names),
        markers=(),
    )
    columns = np.array([whole.coordinate_index(one.name) for one in model.coordinates])
    solved = np.array([model.coordinate_index(f"{name}_{side}") for name in LEG_ANGLES])
    low, high = np.array([model.coordinates[i].range for i in solved]).T + np.array(
        [[MARGIN_RAD], [-MARGIN_RAD]]
    )
    low[LEG_ANGLES.index("knee_angle")] = _STRAIGHTEST_KNEE_RAD
    foot = model.body_index(f"calcn_{side}")
    return Leg(model, columns, solved, low, high, foot, shape.toes_m - shape.calcn_m, shape.toe_axis)


def put_foot(
    leg: Leg, coordinates: Array, rotation: Array, position_m: Array, rounds: int = _ROUNDS
) -> FootPut:
    """The leg turned so that its calcaneus has a pose in ground; the pelvis stays.

    coordinates (T, C) to start from; rotation (T, 3, 3), position_m (T, 3) of the calcaneus' frame. Six
    angles meet six conditions by damped Gauss-Newton steps within the joints' ranges (the knee short of
    straight). Where the ankle would bend further than it can, the heel leaves its place, softly: the foot
    turns about the toes' axis. A miss is left where the pose is out of reach, or where `rounds` steps were
    too few.
    """
    result = np.array(coordinates)
    q = result[:, leg.columns]
    target, axis = position_m + rotation @ leg.toes_m, rotation @ leg.toe_axis
    beyond = leg.high.copy()
    beyond[_ANKLE] += _OVER_RAD
    error = _solve(leg, q, rotation, target, beyond, rounds)
    heel = np.zeros(len(q))
    rows = np.flatnonzero(q[:, leg.solved[_ANKLE]] > leg.high[_ANKLE] - _HEEL_SOFT_RAD)
    if rows.size:
        near = q[rows]
        heel[rows], error[rows] = _raise_heel(leg, near, rotation[rows], target[rows], axis[rows], beyond)
        q[rows] = near
    result[:, leg.columns] = q
    return FootPut(result, np.linalg.norm(error, axis=1), heel)


def _raise_heel(
    leg: Leg, q: Array, rotation: Array, target_m: Array, axis: Array, high: Array
) -> tuple[Array, Array]:
    """How far the heel rises (T,) rad for the ankle to keep its range, softly, by secants; and what is then
    missing to the pose (T, 6) m. The leg's angles q (T, n) are changed in place."""
    ankle = q[:, leg.solved[_ANKLE]]
    wanted = ankle - softly_over(ankle - leg.high[_ANKLE], _HEEL_SOFT_RAD)
    heel, more = np.zeros(len(q)), np.full(len(q), _HEEL_MORE)
    error = np.zeros((len(q), 6))
    for _ in range(_HEEL_ROUNDS):
        rise = more * (ankle - wanted)
        heel += rise
        error = _solve(leg, q, turns(axis, -heel) @ rotation, target_m, high, _HEEL_STEPS)
        now = q[:, leg.solved[_ANKLE]]
        bent = ankle - now
        more = np.where(
            np.abs(bent) > _STILL_RAD, np.clip(rise / np.where(bent == 0, 1, bent), 0.7, 3.0), more
        )
        ankle = now
    return heel, error


def _solve(leg: Leg, q: Array, rotation: Array, target_m: Array, high: Array, rounds: int) -> Array:
    """Turn the leg's angles q (T, n), in place, until the foot has its pose; what is missing (T, 6) m."""
    q[:, leg.solved] = np.clip(q[:, leg.solved], leg.low, high)
    error = _error(leg, q, rotation, target_m)
    going: BoolArray = np.abs(error).max(axis=1, initial=0.0) > _DONE
    for _ in range(rounds):
        rows = np.flatnonzero(going)
        if not rows.size:
            break
        before = q[np.ix_(rows, leg.solved)]
        after = np.clip(before + _step(leg, q[rows], error[rows], high), leg.low, high)
        q[np.ix_(rows, leg.solved)] = after
        error[rows] = _error(leg, q[rows], rotation[rows], target_m[rows])
        still = np.abs(after - before).max(axis=1) < _STILL_RAD
        going[rows] = (np.abs(error[rows]).max(axis=1) > _DONE) & ~still
    return error


def _step(leg: Leg, q: Array, error: Array, high: Array) -> Array:
    """One damped step (T, 6) rad; an angle at the end of its range that would leave it is left out."""
    slopes = body_jacobian(leg.model, q)
    arm = forward(leg.model, q).rotation[:, leg.foot] @ leg.toes_m
    angular = slopes.angular[:, leg.foot][:, :, leg.solved]
    linear = slopes.linear[:, leg.foot][:, :, leg.solved] + np.cross(angular, arm[:, :, None], axis=1)
    jacobian = np.concatenate([linear, _ROTATION_M * angular], axis=1)
    downhill = np.einsum("tij,ti->tj", jacobian, error)
    angle = q[:, leg.solved]
    blocked = ((angle <= leg.low) & (downhill < 0)) | ((angle >= high) & (downhill > 0))
    jacobian = np.where(blocked[:, None, :], 0.0, jacobian)
    downhill = np.where(blocked, 0.0, downhill)
    normal = np.einsum("tij,tik->tjk", jacobian, jacobian) + _DAMPING * np.eye(len(LEG_ANGLES))
    step = np.linalg.solve(normal, downhill[..., None])[..., 0]
    longest = np.abs(step).max(axis=1, keepdims=True)
    step *= np.minimum(1.0, _LONGEST_STEP_RAD / np.maximum(longest, 1e-12))
    return np.asarray(step)


def _error(leg: Leg, q: Array, rotation: Array, target_m: Array) -> Array:
    """What is missing to the pose, (T, 6) m."""
    placed = forward(leg.model, q)
    turned = placed.rotation[:, leg.foot]
    turn = rotation @ np.swapaxes(turned, 1, 2)
    skew = 0.5 * (turn - np.swapaxes(turn, 1, 2))
    vector = np.stack([skew[:, 2, 1], skew[:, 0, 2], skew[:, 1, 0]], axis=1)
    away = target_m - placed.position_m[:, leg.foot] - turned @ leg.toes_m
    return np.concatenate([away, _ROTATION_M * vector], axis=1)
