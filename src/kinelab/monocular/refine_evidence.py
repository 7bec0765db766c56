"""What is told of one person over time before it is weighed together: landmarks, angles, rotation, size."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kinelab.body.model import BodyModel
from kinelab.body.own_body import keypoint_markers
from kinelab.core.checks import Array, BoolArray, IntArray, Problems
from kinelab.errors import InputError
from kinelab.monocular.camera_sight import MonocularCamera, view_from_camera
from kinelab.monocular.head import Head
from kinelab.monocular.poses import Poses

LEAST_SD_PX = 0.3  # of a crop of 128 px: no landmark is surer
_FEWEST = 6  # landmarks on the model: two numbers each, of which six go into where it is
_ANGLE_FLOOR_RAD, _ROTATION_FLOOR_RAD = np.radians(0.5), np.radians(0.5)


@dataclass(frozen=True, eq=False)
class Evidence:
    """Evidence of T frames about `head.model`; NaN is not told.

    marker (K,) rows of the model's markers, xy (T, K, 2) where each is seen (x / z, y / z of the camera's
    axes), xy_sd (T, K). angle (T, J) of the told coordinates, rad, with angle_sd. rotation (T, 3, 3) of the
    pelvis to the camera's axes with rotation_sd (T,), rad. log_factor (F, 3) with log_factor_sd (F, 3).
    focal_log_sd: doubt about the scale of all xy.
    """

    head: Head
    marker: IntArray
    xy: Array
    xy_sd: Array
    angle: Array
    angle_sd: Array
    rotation: Array
    rotation_sd: Array
    log_factor: Array
    log_factor_sd: Array
    focal_log_sd: float = 0.0

    def __post_init__(self) -> None:
        T, K, J = *self.xy.shape[:2], len(self.head.columns)
        with Problems("Evidence") as problems:
            problems.shape("marker", self.marker, (K,))
            problems.shape("xy", self.xy, (T, K, 2))
            problems.shape("xy_sd", self.xy_sd, (T, K))
            problems.shape("angle", self.angle, (T, J))
            problems.shape("angle_sd", self.angle_sd, (T, J))
            problems.shape("rotation", self.rotation, (T, 3, 3))
            problems.shape("rotation_sd", self.rotation_sd, (T,))
            problems.shape("log_factor", self.log_factor, (self.head.factors, 3))
            problems.shape("log_factor_sd", self.log_factor_sd, (self.head.factors, 3))

    @property
    def n(self) -> int:
        """Number of frames."""
        return len(self.xy)

    @property
    def told(self) -> BoolArray:
        """(T,) frames of which anything is told."""
        return np.asarray(np.isfinite(self.rotation_sd))

    def frames(self, rows: slice | IntArray) -> Evidence:
        """The evidence of these frames."""
        names = ("xy", "xy_sd", "angle", "angle_sd", "rotation", "rotation_sd")
        return replace(self, **{name: getattr(self, name)[rows] for name in names})


def model_with_landmarks(model: BodyModel, landmarks: tuple[str, ...]) -> BodyModel:
    """The model with a marker for each landmark that it has a place for: its own markers of these names, or
    where it has none of them the own body's on bodies of the same name.

    A model without arms has no place for a wrist, and that landmark says nothing of it.

    Raises:
        InputError: places for fewer than six of the landmarks.
    """
    own = {marker.name: marker for marker in model.markers}
    if not set(landmarks) & set(own):
        own = {marker.name: marker for marker in keypoint_markers() if marker.body in model.body_names}
    placed = [own[name] for name in landmarks if name in own]
    if len(placed) < _FEWEST:
        lacking = ", ".join(name for name in landmarks if name not in own)
        raise InputError(
            f"model {model.name} has a place for {len(placed)} landmarks, {_FEWEST} are needed; it wants "
            f"markers called {lacking} (kinelab monocular relabel makes them)"
        )
    return model.with_markers(placed)


def evidence_of(
    poses: Poses, camera: MonocularCamera, landmark_px: Array, px_per_crop_px: Array, middle_px: Array
) -> Evidence:
    """What a network's poses (T) say in the camera's axes.

    landmark_px (T, K, 2) are the poses' landmarks in the picture, px_per_crop_px (T,) picture px a crop's px,
    middle_px (T, 2) the crops' middles. Frames with NaN in middle_px were not looked at.
    """
    head = Head(model_with_landmarks(poses.model, poses.landmarks))
    placed = [i for i, name in enumerate(poses.landmarks) if name in head.model.marker_names]
    looked: BoolArray = np.logical_and.reduce(np.isfinite(middle_px), axis=1)
    turn = view_from_camera(np.where(looked[:, None], camera.sight(middle_px), 0.0))
    sd_px = np.maximum(poses.landmark_sd_px, LEAST_SD_PX * poses.size_px[0] / 128) * px_per_crop_px[:, None]
    first = [int(np.flatnonzero(head.factor_rows == row)[0]) for row in range(head.factors)]
    log_factor, spread = _factors(np.log(poses.scale[looked][:, first]))
    blank = np.where(looked, 1.0, np.nan)
    return Evidence(
        head=head,
        marker=np.array([head.model.marker_index(poses.landmarks[i]) for i in placed], np.int64),
        xy=camera.sight(landmark_px)[:, placed] * blank[:, None, None],
        xy_sd=sd_px[:, placed] / camera.focal_px * blank[:, None],
        angle=poses.coordinates[:, head.columns] * blank[:, None],
        angle_sd=np.maximum(poses.sd_rad[:, head.columns], _ANGLE_FLOOR_RAD) * blank[:, None],
        rotation=np.swapaxes(turn, 1, 2) @ poses.view_rotation,
        rotation_sd=np.maximum(poses.view_sd_rad, _ROTATION_FLOOR_RAD) * blank,
        log_factor=log_factor,
        log_factor_sd=spread,
        focal_log_sd=camera.focal_log_sd,
    )


def _factors(logs: Array) -> tuple[Array, Array]:
    """Median and doubt (F, 3) of the logs (N, F, 3) that single frames told.

    Frames of one person err alike, so their number lowers no doubt.
    """
    middle = np.median(logs, axis=0)
    return middle, np.maximum(0.05, 1.48 * np.median(np.abs(logs - middle), axis=0))


def with_landmarks(evidence: Evidence, names: tuple[str, ...], xy: Array, xy_sd: Array) -> Evidence:
    """The evidence with landmarks of another network beside: xy (T, K, 2), xy_sd (T, K) of `names`.

    Those that the model has no marker for are left out.
    """
    known = [i for i, name in enumerate(names) if name in evidence.head.model.marker_names]
    rows = np.array([evidence.head.model.marker_index(names[i]) for i in known], np.int64)
    return replace(
        evidence,
        marker=np.concatenate([evidence.marker, rows]),
        xy=np.concatenate([evidence.xy, xy[:, known]], axis=1),
        xy_sd=np.concatenate([evidence.xy_sd, xy_sd[:, known]], axis=1),
    )
