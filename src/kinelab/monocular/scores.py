"""How far estimates of clips are from the truth, by the measures of Bittner et al. 2022 (D3KE).

The truth is that of stored examples, in the frame of each crop's view: z from the camera through the crop's
middle, x right, y down. Everything is of frames; means over people, movements, joints or views follow.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np

from kinelab.body.forward import forward
from kinelab.body.model import BodyModel
from kinelab.core.checks import Array, BoolArray, IntArray
from kinelab.errors import InputError
from kinelab.monocular.camera_sight import view_from_camera
from kinelab.monocular.examples import Arrays
from kinelab.monocular.head import Head
from kinelab.monocular.poses import Poses

LEGS = ("hip_", "knee_", "ankle_", "subtalar_", "mtp_")
"""How names of coordinates of the lower body begin."""


@dataclass(frozen=True, eq=False)
class Pose:
    """N poses of `model`: coordinates (N, C) rad, scale (N, S, 3), view_rotation (N, 3, 3) of the root's
    body; NaN where there is none.

    marker_m (N, M, 3): its markers in the view's frame, from the root's origin. Where a method does not say,
    they are the model's own (`pose_of`).
    """

    model: BodyModel
    coordinates: Array
    scale: Array
    view_rotation: Array
    marker_m: Array

    @cached_property
    def angle_deg(self) -> Array:
        """(N, J) the coordinates that a direct network is asked for (`Head.columns`)."""
        return np.asarray(np.degrees(self.coordinates[:, Head(self.model).columns]))

    @property
    def bony_m(self) -> Array:
        """(N, B, 3) those of the markers that lie on bone: the model's fixed ones."""
        fixed = [i for i, marker in enumerate(self.model.markers) if marker.fixed]
        return self.marker_m[:, fixed]


def pose_of(
    model: BodyModel, coordinates: Array, scale: Array, view_rotation: Array, marker_m: Array | None = None
) -> Pose:
    """A pose with the model's own markers, or with `marker_m` (N, M, 3) where a method tells them itself."""
    if marker_m is None:
        marker_m = _markers_m(model, coordinates, scale, view_rotation)
    return Pose(model, coordinates, scale, view_rotation, marker_m)


def told_pose(poses: Poses, marker_m: Array | None = None) -> Pose:
    """What a method says of crops, to be compared with `truth_of` them."""
    return pose_of(poses.model, poses.coordinates, poses.scale, poses.view_rotation, marker_m)


def truth_of(labels: Arrays, size_px: tuple[int, int], model: BodyModel) -> Pose:
    """What is true of examples with these labels, in crops of size_px; of a person's markers, the model's.

    Angles that a label `valid` calls doubtful are NaN.

    As in the paper the truth is a pose of the skeletal model, markers included: where they sit on this one
    person's skin is in `skin_markers_m`.

    Raises:
        InputError: the examples are of another model.
    """
    coordinates = labels["coordinates"].astype(np.float64)
    if coordinates.shape[1] != len(model.coordinates):
        raise InputError(
            f"the examples have {coordinates.shape[1]} coordinates, model {model.name} has "
            f"{len(model.coordinates)}; were they made for another model?"
        )
    rotation = _views(labels, size_px) @ labels["pelvis_rotation"].astype(np.float64)
    pose = pose_of(model, coordinates, labels["scale"].astype(np.float64), rotation)
    if "valid" not in labels:
        return pose
    return replace(pose, coordinates=np.where(labels["valid"], coordinates, np.nan))


def skin_markers_m(labels: Arrays, size_px: tuple[int, int]) -> Array:
    """The markers on the person's own skin (N, M, 3) m in the view's frame, from the pelvis' origin."""
    local = labels["marker_m"].astype(np.float64) - labels["pelvis_m"].astype(np.float64)[:, None]
    return np.asarray(np.einsum("nij,nmj->nmi", _views(labels, size_px), local))


def _views(labels: Arrays, size_px: tuple[int, int]) -> Array:
    """(N, 3, 3) from the camera's frame to that of the crops' views."""
    lens = labels["lens"].astype(np.float64)
    middle = (np.array(size_px) - 1) / 2
    return view_from_camera((middle - lens[:, 1:]) / lens[:, :1])


def _markers_m(model: BodyModel, coordinates: Array, scale: Array, view_rotation: Array) -> Array:
    root = model.body_index(next(joint.child for joint in model.joints if joint.parent == "ground"))
    placed = forward(model, coordinates, scale)
    local = np.einsum(
        "nji,nmj->nmi", placed.rotation[:, root], placed.marker_m - placed.position_m[:, None, root]
    )
    return np.asarray(np.einsum("nij,nmj->nmi", view_rotation, local))


def told_names(model: BodyModel) -> tuple[str, ...]:
    """Names of the columns of `Pose.angle_deg`."""
    return tuple(model.coordinate_names[i] for i in Head(model).columns)


def of_legs(names: tuple[str, ...]) -> BoolArray:
    """(J,) which of the coordinates are of the lower body."""
    return np.array([name.startswith(LEGS) for name in names])


def angle_off_deg(told: Pose, truth: Pose) -> Array:
    """(N, J) told minus true angles, a whole turn off being none: inverse kinematics may end there."""
    off: Array = (told.angle_deg - truth.angle_deg + 180) % 360 - 180
    return off


def landmark_mm(told: Pose, truth: Pose) -> Array:
    """(N,) MPBLPE of each frame: mean distance of the bony landmarks, roots laid on each other."""
    apart = np.linalg.norm(told.bony_m - truth.bony_m, axis=2)
    return np.asarray(1000 * apart.mean(axis=1))


def body_mm(told: Pose, truth: Pose) -> Array:
    """(N, S) error of the length of each body along its longest axis, signed."""
    size_m = body_sizes_m(truth.model)
    longest = size_m.argmax(axis=1)
    off = (told.scale - truth.scale)[:, np.arange(len(longest)), longest]
    return np.asarray(1000 * off * size_m.max(axis=1))


def body_sizes_m(model: BodyModel) -> Array:
    """(S, 3) how far what a body carries extends along its axes: its joints and its markers.

    The paper does not say what the length of a body's axis is; this is our choice.
    """
    return _sizes_m(model)


@cache
def _sizes_m(model: BodyModel) -> Array:
    held: dict[str, list[Array]] = {name: [np.zeros(3)] for name in model.body_names}
    for joint in model.joints:
        held[joint.child].append(joint.child_frame.translation_m)
        held.get(joint.parent, []).append(joint.parent_frame.translation_m)
    for marker in model.markers:
        held.get(marker.body, []).append(marker.offset_m)
    return np.array([np.ptp(np.array(points), axis=0) for points in held.values()])


def turning(angle_deg: Array, time_s: Array, parts: list[slice]) -> Array:
    """MV_angle: mean of |angle(t + 1) - angle(t)| / dt of angles (N, J), (J,) deg/s, over all steps within
    the parts; a whole turn is no step, and one with NaN is left out.

    Equation 13 of the paper prints a sum; its numbers are of a mean.
    """
    steps = [
        np.abs((np.diff(angle_deg[p], axis=0) + 180) % 360 - 180) / np.diff(time_s[p])[:, None] for p in parts
    ]
    return np.asarray(np.nanmean(np.concatenate(steps), axis=0))


def travel(point_m: Array, time_s: Array, parts: list[slice]) -> float:
    """MV_BL: mean speed of points (N, B, 3), mm/s, over all steps within the parts."""
    steps = [
        1000 * np.linalg.norm(np.diff(point_m[p], axis=0), axis=2) / np.diff(time_s[p])[:, None]
        for p in parts
    ]
    return float(np.nanmean(np.concatenate(steps)))


@dataclass(frozen=True, eq=False)
class Series:
    """Time series of one coordinate in one clip, all of them: part (L,) and column (L,) say which.

    mae_deg, rmse_deg and rho (L,); rho is Pearson's, NaN where either of both stands still.
    """

    part: IntArray
    column: IntArray
    mae_deg: Array
    rmse_deg: Array
    rho: Array


_STILL_DEG = 1e-3


def series(told: Pose, truth: Pose, parts: list[slice]) -> Series:
    """MAE, RMSE and correlation of each time series, (part, coordinate)."""
    found: list[tuple[Array, Array, Array]] = []
    for part in parts:
        a, b = told.angle_deg[part], truth.angle_deg[part]
        good = np.isfinite(a) & np.isfinite(b)
        count = np.where(good.sum(axis=0) > 1, good.sum(axis=0), np.nan)
        off = np.where(good, (a - b + 180) % 360 - 180, 0.0)
        a, b = (np.where(good, one - np.where(good, one, 0.0).sum(axis=0) / count, 0.0) for one in (a, b))
        spread = [np.sqrt((one**2).sum(axis=0) / count) for one in (a, b)]
        moves = (spread[0] > _STILL_DEG) & (spread[1] > _STILL_DEG)
        rho = np.full(a.shape[1], np.nan)
        rho[moves] = ((a * b).sum(axis=0) / count)[moves] / (spread[0] * spread[1])[moves]
        found.append((np.abs(off).sum(axis=0) / count, np.sqrt((off**2).sum(axis=0) / count), rho))
    columns = truth.angle_deg.shape[1]
    mae, rmse, rho = (np.concatenate(one) for one in zip(*found, strict=True))
    return Series(
        np.repeat(np.arange(len(parts)), columns), np.tile(np.arange(columns), len(parts)), mae, rmse, rho
    )
