"""A virtual camera with a real lens: what it sees of points in the ground frame."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from kinelab.core.checks import Array, Problems
from kinelab.geometry.lens import NO_LENS, Lens, distort, try_undistort, undistort
from kinelab.virtual_lab.cameras.pinhole import PinholeCamera, project

__all__ = ["NO_LENS", "Camera", "Lens", "distort", "see", "straighten", "try_undistort", "undistort"]


@dataclass(frozen=True, eq=False)
class Camera:
    """A camera with a name and a real lens. `pinhole` has its place, focal length and image size.

    A crop of its image is `replace(camera, pinhole=crop_camera(camera.pinhole, box_px, size_px))`.
    """

    name: str
    pinhole: PinholeCamera
    lens: Lens = field(default=NO_LENS)

    def __post_init__(self) -> None:
        with Problems("Camera") as problems:
            problems.add_if(not self.name.strip(), "name is empty")


def see(camera: Camera, points_m: Array) -> tuple[Array, Array]:
    """Image position (..., 2) px through the lens and depth (...,) m of points (..., 3) m (ground frame).

    NaN at or behind the eye and beyond the lens' fold.
    """
    px, depth = project(camera.pinhole, points_m)
    if not camera.lens.bends:
        return px, depth
    centre, focal = np.array(camera.pinhole.centre_px), camera.pinhole.focal_px
    bent: Array = distort(camera.lens, (px - centre) / focal) * focal + centre
    return bent, depth


def straighten(camera: Camera, px: Array) -> Array:
    """Image positions (..., 2) px as the pinhole alone would give them: `see` without the lens.

    Raises:
        InputError: see `undistort`.
    """
    centre, focal = np.array(camera.pinhole.centre_px), camera.pinhole.focal_px
    straight: Array = undistort(camera.lens, (px - centre) / focal) * focal + centre
    return straight
