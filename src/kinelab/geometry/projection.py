"""From points in space to pixels of a real camera, and from pixels to straight lines of sight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array, Problems, read_only
from kinelab.geometry.lens import Lens, distort, try_undistort


@dataclass(frozen=True, eq=False)
class CameraView:
    """A calibrated camera: x_camera = rotation @ x_world + translation_m, x right, y DOWN, z forward.

    matrix (3, 3) px is [[fx, skew, cx], [0, fy, cy], [0, 0, 1]]; pixels as everywhere, (0, 0) the middle of
    the top left one. The world is any right-handed frame, the same for all cameras of a rig.
    """

    matrix: Array
    lens: Lens
    rotation: Array
    translation_m: Array

    def __post_init__(self) -> None:
        for name in ("matrix", "rotation", "translation_m"):
            object.__setattr__(self, name, read_only(getattr(self, name)))
        with Problems("CameraView") as problems:
            problems.shape("matrix", self.matrix, (3, 3))
            problems.shape("rotation", self.rotation, (3, 3))
            problems.shape("translation_m", self.translation_m, (3,))

    @property
    def eye_m(self) -> Array:
        """Where the camera is, (3,) m in the world."""
        eye: Array = -self.rotation.T @ self.translation_m
        return eye

    @property
    def focal_px(self) -> Array:
        """(2,) focal length across and down."""
        return np.array([self.matrix[0, 0], self.matrix[1, 1]])


def project_view(view: CameraView, points_m: Array) -> Array:
    """Pixels (..., 2) of points (..., 3) m in the world; NaN behind the camera and beyond the lens' fold."""
    local = points_m @ view.rotation.T + view.translation_m
    depth = local[..., 2:]
    with np.errstate(divide="ignore", invalid="ignore"):
        xy = np.where(depth > 1e-6, local[..., :2] / depth, np.nan)
    return to_pixels(view, distort(view.lens, xy) if view.lens.bends else xy)


def sight(view: CameraView, px: Array) -> Array:
    """Where pixels (..., 2) look, (x/z, y/z) in the camera's axes, lens taken out; NaN = at nothing."""
    m = view.matrix
    y = (px[..., 1] - m[1, 2]) / m[1, 1]
    x = (px[..., 0] - m[0, 2] - m[0, 1] * y) / m[0, 0]
    straight, _ = try_undistort(view.lens, np.stack([x, y], axis=-1))
    return straight


def straighten_px(view: CameraView, px: Array) -> Array:
    """Pixels (..., 2) as the camera would give them without its lens' distortion."""
    return to_pixels(view, sight(view, px))


def to_pixels(view: CameraView, xy: Array) -> Array:
    """Pixels (..., 2) of normalised points (x/z, y/z) that went through the lens already."""
    m = view.matrix
    u = m[0, 0] * xy[..., 0] + m[0, 1] * xy[..., 1] + m[0, 2]
    return np.stack([u, m[1, 1] * xy[..., 1] + m[1, 2]], axis=-1)
