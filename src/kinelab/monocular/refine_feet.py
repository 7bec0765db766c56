"""When feet stand, and on which floor: from a motion in the camera's axes."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import median_filter
from scipy.spatial.transform import Rotation

from kinelab.body.forward import forward
from kinelab.core.checks import Array, BoolArray, IntArray
from kinelab.monocular.head import Head
from kinelab.monocular.refine_equations import Shape
from kinelab.monocular.refine_motion import Contact, Floor
from kinelab.signals.runs import true_runs

FEET = tuple(f"{side}_{part}" for side in ("left", "right") for part in ("heel", "big_toe", "small_toe"))
_SLOW_M_S = 0.35  # across the line of sight: along it one camera cannot tell
_NEAR_M = 0.06
_LEAST_S = 0.10
# A camera that somebody holds or puts up looks up or down by some 10 degrees, and is level to some 3.
_PITCH_SD, _ROLL_SD = np.tan(np.radians(10.0)), np.tan(np.radians(3.0))
_POINT_SD_M, _ROUNDS = 0.02, 12


def feet_of(head: Head) -> IntArray:
    """Rows of the model's markers that are landmarks of the feet."""
    names = head.model.marker_names
    return np.array([names.index(name) for name in FEET if name in names], np.int64)


def sole_heights_m(head: Head, shape: Shape, feet: IntArray) -> Array:
    """(P,) m of the feet's landmarks over the lowest of them, standing."""
    placed = forward(head.model, head.model.default_coordinates, shape.scale(head))
    height_m = placed.marker_m[feet, 1]
    return np.asarray(height_m - height_m.min())


def slow(point_m: Array, rate_hz: float) -> BoolArray:
    """(T, P) where points (T, P, 3) in the camera's axes hardly move across the line of sight."""
    velocity = np.gradient(point_m, axis=0) * rate_hz
    ray = point_m / np.linalg.norm(point_m, axis=-1, keepdims=True)
    across = velocity - (velocity * ray).sum(axis=-1, keepdims=True) * ray
    speed = median_filter(np.linalg.norm(across, axis=-1), size=(3, 1), mode="nearest")
    return np.asarray(speed < _SLOW_M_S)


def find_floor(point_m: Array, still: BoolArray, sole_m: Array, up: Array | None) -> Floor | None:
    """The plane below the points that hardly move, those that are raised losing their say.

    up (3,): what is up in the camera's axes, where known; None: the camera is taken as level within some
    degrees, which the feet's places correct where they are apart. None where nothing stands.
    """
    points, soles = point_m[still], np.broadcast_to(sole_m, still.shape)[still]
    if len(points) < 3:
        return None
    level = np.array([0.0, -1.0, 0.0]) if up is None else up
    rows = np.stack([points[:, 2], points[:, 0], -np.ones(len(points))], axis=1)
    if up is not None:
        rows[:, :2] = 0.0
    right = -(points @ level - soles)
    # Frames in a row stand on one spot: ten of them tell as much as one.
    prior = np.diag([_PITCH_SD**-2, _ROLL_SD**-2, 1e-6])
    found = np.array([0.0, 0.0, np.percentile(-right, 20)])
    for _ in range(_ROUNDS):
        off = (rows @ found - right) / _POINT_SD_M
        weight = np.where(off > 0, 1 / (1 + off**2) ** 2, 1 / (1 + off**2)) / _POINT_SD_M**2 / 10
        found = np.linalg.solve(prior + rows.T @ (weight[:, None] * rows), rows.T @ (weight * right))
    tilted = level + np.array([found[1], 0.0, found[0]])
    length = float(np.linalg.norm(tilted))
    return Floor(tilted / length, sole_m + found[2] / length)


def find_contact(point_m: Array, feet: IntArray, floor: Floor | None, rate_hz: float) -> Contact:
    """The landmarks that stand: slow, near the floor, and so for a tenth of a second."""
    stands = slow(point_m, rate_hz)
    if floor is not None:
        stands &= np.abs(point_m @ floor.up - floor.height_m) < _NEAR_M
    least = max(round(_LEAST_S * rate_hz), 2)
    for column in stands.T:
        for start, stop in true_runs(column):
            if stop - start < least:
                column[start:stop] = False
    return Contact(feet, stands)


def ground_rotation(up: Array, pelvis_m: Array, pelvis_rotation: Array) -> Array:
    """(3, 3) from the camera's axes to ground: Y up, X along the way, or where the pelvis looks.

    The way counts where it is longer than a metre; its sense is where the pelvis looks at first.
    """
    facing = pelvis_rotation[:, :, 0]
    first = facing[: max(len(facing) // 4, 1)].mean(axis=0)
    level = np.eye(3) - np.outer(up, up)
    way = (pelvis_m - pelvis_m.mean(axis=0)) @ level
    _, size, axes = np.linalg.svd(way, full_matrices=False)
    along = way @ axes[0]
    forward_axis = axes[0] if size[0] > 0 and np.ptp(along) > 1.0 else level @ facing.mean(axis=0)
    if forward_axis @ first < 0:
        forward_axis = -forward_axis
    x = level @ forward_axis
    if np.linalg.norm(x) < 1e-6:  # the person lies along the line of gravity
        x = level @ Rotation.from_rotvec([0.0, 0.1, 0.0]).apply([1.0, 0.0, 0.0])
    x /= np.linalg.norm(x)
    return np.stack([x, up, np.cross(x, up)])
