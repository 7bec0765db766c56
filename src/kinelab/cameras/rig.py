"""The cameras of a rig as arrays, for solving, and as calibrations, for files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.spatial.transform import Rotation

from kinelab.core.checks import Array, BoolArray, Problems, read_only
from kinelab.files.calibration import CameraCalibration
from kinelab.geometry.projection_derivatives import LENS, N_INTRINSICS


@dataclass(frozen=True, eq=False)
class Rig:
    """C cameras: x_camera = rotation (C, 3, 3) @ x_world + translation_m (C, 3).

    intrinsics (C, 9) as `geometry.projection_derivatives` numbers them; size_px (width, height) of each.
    """

    names: tuple[str, ...]
    size_px: tuple[tuple[int, int], ...]
    intrinsics: Array
    rotation: Array
    translation_m: Array
    fisheye: BoolArray

    def __post_init__(self) -> None:
        for name in ("intrinsics", "rotation", "translation_m"):
            object.__setattr__(self, name, read_only(getattr(self, name)))
        object.__setattr__(self, "fisheye", read_only(self.fisheye, np.bool_))
        n = len(self.names)
        with Problems("Rig") as problems:
            problems.unique("names", self.names)
            problems.add_if(len(self.size_px) != n, f"size_px has {len(self.size_px)} rows, expected {n}")
            problems.shape("intrinsics", self.intrinsics, (n, N_INTRINSICS))
            problems.shape("rotation", self.rotation, (n, 3, 3))
            problems.shape("translation_m", self.translation_m, (n, 3))
            problems.shape("fisheye", self.fisheye, (n,))

    @property
    def eye_m(self) -> Array:
        """(C, 3) m, where the cameras are."""
        eye: Array = -np.einsum("cji,cj->ci", self.rotation, self.translation_m)
        return eye


def rig_of(cameras: Sequence[CameraCalibration]) -> Rig:
    """Calibrations as arrays; a skew of the pixels is not kept."""
    intrinsics = np.zeros((len(cameras), N_INTRINSICS))
    for row, camera in zip(intrinsics, cameras, strict=True):
        fx, fy = camera.matrix[0, 0], camera.matrix[1, 1]
        row[:4] = fy, fx / fy, camera.matrix[0, 2], camera.matrix[1, 2]
        row[4 : 4 + camera.distortions.size] = camera.distortions
    return Rig(
        tuple(camera.name for camera in cameras),
        tuple(camera.size_px for camera in cameras),
        intrinsics,
        np.stack([camera.view.rotation for camera in cameras]),
        np.stack([camera.translation_m for camera in cameras]),
        np.array([camera.fisheye for camera in cameras]),
    )


def calibrations_of(rig: Rig) -> tuple[CameraCalibration, ...]:
    """The rig as a calibration file holds it."""
    turns = Rotation.from_matrix(np.array(rig.rotation)).as_rotvec()
    return tuple(
        CameraCalibration(
            name,
            rig.size_px[i],
            matrix_of(rig.intrinsics[i]),
            rig.intrinsics[i, LENS][: 4 if rig.fisheye[i] else 5],
            turns[i],
            rig.translation_m[i],
            bool(rig.fisheye[i]),
        )
        for i, name in enumerate(rig.names)
    )


def distances_of(cameras: Sequence[CameraCalibration]) -> dict[str, float]:
    """ "left - right" -> m, of every two cameras."""
    return {
        f"{a.name} - {b.name}": float(np.linalg.norm(a.view.eye_m - b.view.eye_m))
        for a, b in combinations(cameras, 2)
    }


def matrix_of(intrinsics: Array) -> Array:
    """(3, 3) px of one camera's 9 intrinsics."""
    focal, aspect, cx, cy = intrinsics[:4]
    return np.array([[focal * aspect, 0, cx], [0, focal, cy], [0, 0, 1.0]])


def moved(rig: Rig, rotation: Array, origin_m: Array, scale: float = 1.0) -> Rig:
    """The rig in another world: x_new = scale * rotation @ (x_old - origin_m)."""
    turned = rig.rotation @ rotation.T
    shift = rig.translation_m + rig.rotation @ origin_m
    return Rig(rig.names, rig.size_px, rig.intrinsics, turned, scale * shift, rig.fisheye)
