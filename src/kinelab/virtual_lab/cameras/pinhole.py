"""A pinhole camera in the ground frame."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from kinelab.core.checks import Array, BoolArray, Problems, read_only
from kinelab.errors import InputError

_EYE = np.eye(3)


@dataclass(frozen=True, eq=False)
class PinholeCamera:
    """Square pixels, no lens distortion.

    focal_px; centre_px (x, y) where the optical axis meets the image, (0, 0) being the middle of the top
    left pixel; size_px (width, height). rotation (3, 3) turns ground into camera axes (x right, y DOWN,
    z forward); position_m (3,) of the eye in the ground frame (X forward, Y up, Z right).
    """

    focal_px: float
    centre_px: tuple[float, float]
    size_px: tuple[int, int]
    rotation: Array
    position_m: Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "rotation", read_only(self.rotation))
        object.__setattr__(self, "position_m", read_only(self.position_m))
        with Problems("PinholeCamera") as problems:
            problems.add_if(not self.focal_px > 0, f"focal_px is {self.focal_px}, expected positive")
            problems.add_if(min(self.size_px) < 1, f"size_px is {self.size_px}, expected positive")
            problems.shape("rotation", self.rotation, (3, 3))
            problems.shape("position_m", self.position_m, (3,))
            if self.rotation.shape == (3, 3):
                off = np.abs(self.rotation @ self.rotation.T - _EYE).max()
                turned = off < 1e-9 and np.linalg.det(self.rotation) > 0
                problems.add_if(not turned, "rotation is not a rotation matrix (orthonormal, determinant +1)")


def look_at(
    position_m: ArrayLike,
    target_m: ArrayLike,
    focal_px: float,
    size_px: tuple[int, int],
    roll_deg: float = 0.0,
) -> PinholeCamera:
    """A camera whose axis passes through `target_m`, upright in the image but for `roll_deg` (clockwise).

    Raises:
        InputError: the target is the eye, or straight above or below it.
    """
    position, target = np.asarray(position_m, float), np.asarray(target_m, float)
    axis = target - position
    across = np.array([-axis[2], 0.0, axis[0]])  # square to the axis and to the vertical
    if np.linalg.norm(across) < 1e-9:
        raise InputError(
            f"look_at: target_m {target.tolist()} is at or straight above or below position_m "
            f"{position.tolist()}; no upright view exists, move one of them sideways"
        )
    z = axis / np.linalg.norm(axis)
    x = across / np.linalg.norm(across)
    y = np.array([z[1] * x[2], z[2] * x[0] - z[0] * x[2], -z[1] * x[0]])
    angle = np.radians(roll_deg)
    rotation = np.stack([np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x, z])
    width, height = size_px
    return PinholeCamera(focal_px, ((width - 1) / 2, (height - 1) / 2), size_px, rotation, position)


def project(camera: PinholeCamera, points_m: Array) -> tuple[Array, Array]:
    """Image position (..., 2) px and depth along the optical axis (...,) m of points (..., 3) m.

    A point at or behind the eye has no image: NaN.
    """
    local = (points_m - camera.position_m) @ camera.rotation.T
    depth = local[..., 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        px = local[..., :2] / depth[..., None] * camera.focal_px + np.array(camera.centre_px)
    return np.where(depth[..., None] > 1e-6, px, np.nan), depth


def inside_image(camera: PinholeCamera, px: Array) -> BoolArray:
    """Whether image positions (..., 2) px lie on a pixel of the image, (...,); NaN does not."""
    u, v = px[..., 0], px[..., 1]
    width, height = camera.size_px
    inside: BoolArray = (u >= -0.5) & (u < width - 0.5) & (v >= -0.5) & (v < height - 0.5)
    return inside


def crop_camera(
    camera: PinholeCamera, box_px: tuple[float, float, float, float], size_px: tuple[int, int]
) -> PinholeCamera:
    """The camera that sees the box (x0, y0, x1, y1; pixel edges) of another, as `size_px` (width, height).

    Rendering with it gives the crop itself, sharp at any scale. The box must have the shape of `size_px`,
    since pixels stay square.

    Raises:
        InputError: the box is empty or of another shape than `size_px`.
    """
    x0, y0, x1, y1 = box_px
    width, height = size_px
    scale = width / (x1 - x0) if x1 > x0 else np.nan
    if not (y1 > y0 and abs(scale * (y1 - y0) - height) < 0.51):
        raise InputError(
            f"crop_camera: box {box_px} of {x1 - x0:g} x {y1 - y0:g} px does not have the shape of "
            f"{width} x {height}; widen one of its sides"
        )
    # Edges map to edges: pixel i covers [i - 0.5, i + 0.5).
    centre = (
        (camera.centre_px[0] - x0) * scale - 0.5,
        (camera.centre_px[1] - y0) * scale - 0.5,
    )
    return replace(camera, focal_px=camera.focal_px * scale, centre_px=centre, size_px=size_px)
