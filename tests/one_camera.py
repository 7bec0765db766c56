"""Clips of a virtual person before one camera, and what a network that errs by known amounts tells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from kinelab.body.forward import forward
from kinelab.body.own_body import keypoint_markers, own_body
from kinelab.core.checks import Array
from kinelab.core.timebase import Timebase
from kinelab.learning.weights import ModelCard
from kinelab.monocular.camera_sight import MonocularCamera, assumed_camera, view_from_camera
from kinelab.monocular.estimate import Looks
from kinelab.monocular.head import Head
from kinelab.monocular.poses import POSE_ARRAYS, Poses
from kinelab.virtual_lab.motion.catalogue import MOVEMENTS
from kinelab.virtual_lab.motion.mover import Mover, default_mover

SIZE_PX = (640, 360)
ANGLE_SD_DEG, TURN_SD_DEG, SPOT_SD_PX = 6.0, 5.0, 1.5
CROP_PX = 128


@dataclass(frozen=True, eq=False)
class Told:
    """looks at T frames; the truth: angle (T, J) rad, rotation (T, 3, 3) pelvis to camera, pelvis_m (T, 3),
    up (3,) in the camera's axes, landmark_px (T, K, 2)."""

    looks: Looks
    camera: MonocularCamera
    timebase: Timebase
    angle: Array
    rotation: Array
    pelvis_m: Array
    up: Array
    landmark_px: Array
    height_m: float
    names: tuple[str, ...]


def errors(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Noise of sd 1 along time, two thirds of its variance slow: networks err alike in frames in a row."""
    frames = 8.0
    slow = gaussian_filter1d(rng.normal(size=shape), frames, axis=0) * np.sqrt(2 * frames * np.sqrt(np.pi))
    return np.asarray(np.sqrt(2 / 3) * slow + np.sqrt(1 / 3) * rng.normal(size=shape))


def tell(
    movement: str = "walk", view_deg: float = 60.0, seconds: float = 3.0, seed: int = 0, error: float = 1.0
) -> Told:
    """A clip at 30 Hz, 4.5 m away, told with errors of the sd above times `error`."""
    rng = np.random.default_rng(seed)
    model = own_body().with_markers(keypoint_markers())
    head = Head(model)
    sizes = rng.uniform(0.96, 1.04, (head.factors, 1))[head.factor_rows]  # left as right, as heads have it
    mover = Mover(default_mover(1.72).scale * sizes, 1.72, 70.0)
    duration = seconds if movement in ("walk", "run") else None
    moved = MOVEMENTS[movement](mover, 30.0, duration, rng, rng)
    time = moved.time
    placed = forward(model, moved.coordinates, mover.scale)
    eye, turn = _camera_at(placed.marker_m, view_deg)
    camera = assumed_camera(SIZE_PX)
    local = (placed.marker_m - eye) @ turn.T
    px = local[..., :2] / local[..., 2:] * camera.focal_px + (np.array(SIZE_PX) - 1) / 2
    low, high = px.min(axis=1), px.max(axis=1)
    middle, side = (low + high) / 2, (high - low).max(axis=1) / 0.78
    square = np.concatenate([middle - side[:, None] / 2, middle + side[:, None] / 2], axis=1)
    rotation = turn @ placed.rotation[:, 0]
    poses = _told(rng, head, moved.coordinates, mover.scale, error, time.n)
    off = Rotation.from_rotvec(np.radians(TURN_SD_DEG) * error * errors(rng, (time.n, 3))).as_matrix()
    crop = (px - square[:, None, :2]) / (side[:, None, None] / CROP_PX) - 0.5
    poses["view_rotation"] = view_from_camera(camera.sight(middle)) @ off @ rotation
    poses["landmark_px"] = crop + SPOT_SD_PX * error * errors(rng, crop.shape)
    looks = Looks(
        np.arange(time.n), time.time_s, Poses(own_body(), landmarks=model.marker_names,
        size_px=(CROP_PX, CROP_PX), **poses), square, np.full(time.n, 40.0), SIZE_PX,
    )  # fmt: skip
    height_m = float(np.ptp(forward(model, model.default_coordinates, mover.scale).marker_m[:, 1])) + 0.012
    return Told(
        looks, camera, time, moved.coordinates[:, head.columns], rotation,
        (placed.position_m[:, 0] - eye) @ turn.T, turn @ np.array([0.0, 1.0, 0.0]), px, height_m,
        tuple(model.coordinate_names[i] for i in head.columns),
    )  # fmt: skip


def _camera_at(points_m: Array, view_deg: float) -> tuple[Array, Array]:
    middle = (points_m.min(axis=(0, 1)) + points_m.max(axis=(0, 1))) / 2
    way = np.array([np.cos(np.radians(view_deg)), 0.0, np.sin(np.radians(view_deg))])
    eye = middle * (1.0, 0.0, 1.0) + 4.5 * way + (0.0, 1.2, 0.0)
    ahead = (middle - eye) * (1.0, 0.3, 1.0)
    ahead /= np.linalg.norm(ahead)
    right = np.cross(ahead, [0.0, 1.0, 0.0])
    right /= np.linalg.norm(right)
    return eye, np.stack([right, np.cross(ahead, right), ahead])


def _told(
    rng: np.random.Generator, head: Head, truth: Array, scale: Array, error: float, n: int
) -> dict[str, Array]:
    q, sd = np.tile(head.model.default_coordinates, (n, 1)), np.full(truth.shape, np.nan)
    q[:, head.columns] = truth[:, head.columns]
    q[:, head.columns] += np.radians(ANGLE_SD_DEG) * error * errors(rng, (n, len(head.columns)))
    sd[:, head.columns] = np.radians(ANGLE_SD_DEG)
    sizes = np.exp(rng.normal(0, 0.03 * error, (head.factors, 3)))[head.factor_rows] * scale
    return {
        "coordinates": q,
        "sd_rad": sd,
        "scale": np.broadcast_to(sizes, (n, *sizes.shape)),
        "view_sd_rad": np.full(n, np.radians(TURN_SD_DEG)),
        "landmark_sd_px": np.full((n, len(head.model.markers)), SPOT_SD_PX),
    }


class Teller:
    """A network that tells a clip's poses one after the other, whatever the pictures show; then again."""

    card = ModelCard(name="teller", licence="none", data="none", synthetic=True)
    size_px, fill, sha256 = CROP_PX, (0.65, 0.92), "0" * 64

    def __init__(self, told: Told) -> None:
        self._poses, self._next = told.looks.poses, 0
        self.model, self.landmarks = self._poses.model, self._poses.landmarks

    def estimate(self, images: np.ndarray, *, mirror: bool = False) -> Poses:
        rows = np.arange(self._next, self._next + len(images)) % self._poses.n
        self._next += len(images)
        part = {name: getattr(self._poses, name)[rows] for name in POSE_ARRAYS}
        return Poses(self.model, landmarks=self.landmarks, size_px=self._poses.size_px, **part)
