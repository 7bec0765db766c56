"""A person's landmarks in the plane of the walk: what gait events and lengths are found in."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.skeletons import GAIT_20, Skeleton
from kinelab.errors import InputError

_TURN_S, _SPEED_S = 0.5, 0.25  # a stride's sway is no turn of the way


def walking_plane(landmarks: Keypoints, kinematics: Kinematics) -> Keypoints:
    """Landmarks (T, K, 2) m: X along the way of the pelvis as it faces, Y up; from (T, K, 3) m in ground.

    The way is unrolled: who walks round a corner, or to and fro, walks straight on here. On the spot, as on
    a treadmill, X stays where it is.

    Raises:
        InputError: kinematics without the pelvis in space.
    """
    if kinematics.pelvis_rotation is None or kinematics.pelvis_position_m is None:
        raise InputError("these kinematics do not tell where the pelvis is; a plane of the walk needs it")
    rate_hz, pelvis_m = kinematics.time.rate_hz, kinematics.pelvis_position_m
    facing = _steady(kinematics.pelvis_rotation[:, :, 0] * [1.0, 0.0, 1.0], _TURN_S * rate_hz)
    facing /= np.maximum(np.linalg.norm(facing, axis=1, keepdims=True), 1e-9)
    speed = (np.gradient(_steady(pelvis_m, _SPEED_S * rate_hz), axis=0) * facing).sum(axis=1)
    way = np.concatenate([[0.0], np.cumsum((speed[1:] + speed[:-1]) / 2)])
    steady = _steady(pelvis_m, _SPEED_S * rate_hz)
    names = tuple(name for name in GAIT_20.landmarks if landmarks.skeleton.has(name))
    rows = [landmarks.skeleton.index(name) for name in names]
    points = landmarks.position[:, rows]
    along = ((points - steady[:, None]) * facing[:, None]).sum(axis=-1) + way[:, None]
    links = tuple(link for link in GAIT_20.links if set(link) <= set(names))
    return Keypoints(
        Skeleton(GAIT_20.name, names, links),
        landmarks.time_s,
        np.stack([along, points[..., 1]], axis=-1),
        landmarks.confidence[:, rows],
        "m",
    )


def _steady(values: Array, frames: float) -> Array:
    return np.asarray(gaussian_filter1d(values, frames, axis=0, mode="nearest"))
