"""Two witnesses of one person: what a direct network told of the pictures, and what landmarks lift to.

Both err, and partly alike: what no picture shows, both guess. Of two estimates a and b that are off by s and
t with the correlation r, the best linear mean (Aitken 1936, doi:10.1017/S0370164600014346) is

    (1 - w) a + w b,     w = (s^2 - r s t) / (s^2 + t^2 - 2 r s t), kept within 0 to 1,

with the variance (1 - w)^2 s^2 + w^2 t^2 + 2 w (1 - w) r s t. All angles have one weight, from what both were
off on people held out. Weights from the sd that are stated of each frame are worse (docs/monocular.md): a
network that takes left for right is sure of it. Where the two are farther apart than two sd of their
difference, one of them is wrong and nobody knows which: the stated sd grows as the distance.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from kinelab.core.checks import Array, BoolArray
from kinelab.core.keypoints import Keypoints
from kinelab.learning.weights import ModelCard
from kinelab.monocular.camera_sight import MonocularCamera, view_from_camera
from kinelab.monocular.estimate import Looks
from kinelab.monocular.lifting import NEEDED, LiftingNetwork, middle_px
from kinelab.monocular.poses import POSE_ARRAYS, Poses

CORRELATION = 0.7
"""Of the errors of both, on drawn pictures of people held out."""
ROTATION_FACTOR = 2.0
"""So much more than stated is the pelvis' rotation taken to be off that is lifted from found landmarks."""
_APART = 2.0
_LEAST_CONFIDENCE = 0.3
_LOST_RAD = np.pi  # sd of a lifted pose that is none
_LEAST_VARIANCE = 1e-18
_FIGURE = "angle_mae_deg"


def weight_by_cards(direct: ModelCard, lifting: ModelCard) -> float:
    """Weight of lifted angles beside a direct network's, by the mean absolute errors on people held out that
    the cards name; a direct network without is taken to be as good as lifting."""
    t = lifting.figures.get(_FIGURE, np.nan)
    return float(best_weight(np.array(direct.figures.get(_FIGURE, t)), np.array(t)))


def fused(
    looks: Looks, keypoints: Keypoints, camera: MonocularCamera, lifting: LiftingNetwork, weight: float
) -> Looks:
    """The looks at one person with what landmarks of the same video lift to, px, in frames that have both.

    weight: of the lifted angles, see `weight_by_cards`; the pelvis' rotation goes by the stated sd. Looks
    stay as they are where the landmarks lack one of `NEEDED`, or the looks' model is another one.

    Raises:
        InputError: the landmarks are not in px, or their times do not increase.
    """
    poses = looks.poses
    same = poses.model.coordinate_names == lifting.vector.head.model.coordinate_names
    if not (same and all(keypoints.skeleton.has(name) for name in NEEDED)):
        return looks
    lifted = lifting.estimate(_sure(keypoints))
    row, near = _nearest(looks.time_s, np.asarray(keypoints.time_s))
    other = replace(lifted, **{name: getattr(lifted, name)[row] for name in POSE_ARRAYS})
    told = np.flatnonzero(poses.told)
    s, t = poses.sd_rad[:, told], other.sd_rad[:, told]
    near &= t[:, 0] < _LOST_RAD
    near &= best_weight(_size(s), _size(t)) > 0  # where the landmarks are so poor that lifting says so
    share = np.where(near, weight, 0.0)[:, None]
    apart = other.coordinates[:, told] - poses.coordinates[:, told]
    coordinates, spread = np.array(poses.coordinates), np.array(poses.sd_rad)
    coordinates[:, told] += share * apart
    spread[:, told] = np.where(near[:, None], joint_sd(s, t, share, apart), s)
    rotation, rotation_sd = _rotations(looks, other, near, camera)
    both = replace(
        poses, coordinates=coordinates, sd_rad=spread, view_rotation=rotation, view_sd_rad=rotation_sd
    )
    return replace(looks, poses=both)


def _size(sd: Array) -> Array:
    """(F,) root mean square of sd (F, J)."""
    return np.asarray(np.sqrt((sd**2).mean(axis=1)))


def best_weight(s: Array, t: Array) -> Array:
    """(...) of the second of two estimates of these sd."""
    shared = CORRELATION * s * t
    return np.asarray(np.clip((s**2 - shared) / np.maximum(_difference(s, t), _LEAST_VARIANCE), 0.0, 1.0))


def joint_sd(s: Array, t: Array, weight: Array, apart: Array) -> Array:
    """(...) of the mean of two estimates of these sd that are so far apart."""
    usual = _APART * np.sqrt(np.maximum(_difference(s, t), _LEAST_VARIANCE))
    return np.asarray(np.sqrt(_variance(s, t, weight)) * np.maximum(np.abs(apart) / usual, 1.0))


def _difference(s: Array, t: Array) -> Array:
    """Variance of the difference."""
    return np.asarray(s**2 + t**2 - 2 * CORRELATION * s * t)


def _variance(s: Array, t: Array, weight: Array) -> Array:
    shared = CORRELATION * s * t
    return np.asarray((1 - weight) ** 2 * s**2 + weight**2 * t**2 + 2 * weight * (1 - weight) * shared)


def _rotations(looks: Looks, lifted: Poses, near: BoolArray, camera: MonocularCamera) -> tuple[Array, Array]:
    """Pelvis to the looks' views (F, 3, 3), and sd (F,): of both, where near."""
    poses = looks.poses
    middle = np.nan_to_num(camera.sight(middle_px(np.asarray(lifted.landmark_px))))
    onto = view_from_camera(camera.sight(looks.middle_px))
    there = onto @ np.swapaxes(view_from_camera(middle), 1, 2) @ lifted.view_rotation
    turn = Rotation.from_matrix(there @ np.swapaxes(poses.view_rotation, 1, 2)).as_rotvec()
    s, t = poses.view_sd_rad, ROTATION_FACTOR * lifted.view_sd_rad
    weight = near * best_weight(s, t)
    rotation = Rotation.from_rotvec(weight[:, None] * turn).as_matrix() @ poses.view_rotation
    # sd are about any one axis, the turn is of all three
    apart = np.linalg.norm(turn, axis=1) / np.sqrt(3)
    return np.asarray(rotation), np.where(near, joint_sd(s, t, weight, apart), s)


def _sure(keypoints: Keypoints) -> Keypoints:
    sure = keypoints.seen & (keypoints.confidence >= _LEAST_CONFIDENCE)
    return replace(keypoints, position=np.where(sure[..., None], keypoints.position, np.nan))


def _nearest(time_s: Array, others_s: Array) -> tuple[Array, BoolArray]:
    """(F,) row of the nearest of other times, and whether it is within half a frame of the looks."""
    after = np.clip(np.searchsorted(others_s, time_s), 0, len(others_s) - 1)
    before = np.maximum(after - 1, 0)
    row = np.where(np.abs(others_s[before] - time_s) < np.abs(others_s[after] - time_s), before, after)
    step = float(np.median(np.diff(time_s))) if len(time_s) > 1 else np.inf
    return row, np.asarray(np.abs(others_s[row] - time_s) < step / 2)
