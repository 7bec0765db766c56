"""Files of BML-MoVi: cameras, where each motion lies in a subject's video, fits of SMPL-H from AMASS.

Ghorbani et al. 2021, PLoS ONE 16:e0253157, who ask for a licence; nothing of it is part of kinelab. What is
known of the formats comes from the authors' MoVi-Toolbox and from others' readers of it, not from the data:

- F_PG1_Subject_N_L.avi, F_PG2_...: one video of all motions at 30 frames/s, and F_v3d_Subject_N.mat, whose
  move.flags30 (M, 2) are each motion's first and last frame, counted from 1, move.motions_list their names;
- Subject_N_F_K_poses.npz (AMASS): motion K at 120 Hz, in axes that are turned about the vertical against
  those of the cameras: x = -y_amass, y = x_amass, and mm there;
- cameraParams_PG1.npz and Extrinsics_PG1.npz in MATLAB's way: row vectors, pixels counted from 1, mm.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.io import loadmat
from scipy.io.matlab import MatReadError
from scipy.spatial.transform import Rotation

from kinelab.core.checks import Array
from kinelab.errors import FileFormatError, InputError
from kinelab.files.calibration import WORLD_FROM_GROUND, CameraCalibration
from kinelab.files.sensors.npz_arrays import read_arrays
from kinelab.files.text_rows import check_is_file

CAMERAS = ("PG1", "PG2")
"""Frontal and sagittal, as the paper has them."""
SIZE_PX = (800, 600)
AMASS_TO_WORLD = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
AMASS_TO_GROUND = WORLD_FROM_GROUND.T @ AMASS_TO_WORLD
"""Turns points of AMASS' room to ground, in which the cameras are then read."""
_MM = 1e-3


@dataclass(frozen=True)
class Motion:
    """One motion of a subject: number from 1, name, and frames [start, stop) of the videos, from 0."""

    number: int
    name: str
    start: int
    stop: int


def read_camera(
    intrinsics: Path, extrinsics: Path, name: str, size_px: tuple[int, int] = SIZE_PX
) -> CameraCalibration:
    """One camera in OpenCV's terms, its world being the ground turned to Z up, m.

    Raises:
        FileFormatError: no npz, or without IntrinsicMatrix, rotationMatrix or translationVector.
    """
    inner, outer = read_arrays(intrinsics), read_arrays(extrinsics)
    matrix = _array(inner, "IntrinsicMatrix", (3, 3), intrinsics).T.copy()
    rotation = _array(outer, "rotationMatrix", (3, 3), extrinsics).T
    shift = _array(outer, "translationVector", (3,), extrinsics) * _MM
    if matrix[2, 2] != 1.0 or abs(np.linalg.det(rotation) - 1) > 1e-3:
        raise FileFormatError(
            extrinsics, "holds no camera in MATLAB's way: is it transposed, or of another tool?"
        )
    matrix[:2, 2] -= 1.0  # MATLAB's first pixel is 1
    radial = np.ravel(inner.get("RadialDistortion", np.zeros(2))).astype(np.float64)
    tangential = np.ravel(inner.get("TangentialDistortion", np.zeros(2))).astype(np.float64)
    bend = np.concatenate([radial[:2], tangential[:2], radial[2:3]])
    return CameraCalibration(name, size_px, matrix, bend, Rotation.from_matrix(rotation).as_rotvec(), shift)


def _array(arrays: dict[str, Any], name: str, shape: tuple[int, ...], path: Path) -> Array:
    if name not in arrays:
        raise FileFormatError(path, f"lacks {name}; it holds {', '.join(sorted(arrays))}")
    values = np.asarray(arrays[name], np.float64)
    if values.size != int(np.prod(shape)):
        raise FileFormatError(path, f"{name} has shape {values.shape}, expected {shape}")
    return values.reshape(shape)


def read_motions(path: Path) -> list[Motion]:
    """The motions of a subject, from F_v3d_Subject_N.mat.

    Raises:
        FileFormatError: no such MATLAB file, or flags30 and motions_list are not in it.
    """
    check_is_file(path)
    try:
        held = loadmat(path, struct_as_record=False, squeeze_me=True)
        subject = next(held[name] for name in held if name.startswith("Subject"))
        move = np.ravel(subject.move)[0]
        flags = np.atleast_2d(np.asarray(move.flags30, np.int64))
        names = [str(name) for name in np.ravel(move.motions_list)]
    except (
        MatReadError,
        ValueError,
        StopIteration,
        AttributeError,
        TypeError,
        NotImplementedError,
        OSError,
    ) as error:
        raise FileFormatError(
            path, f"holds no motions of BML-MoVi ({error}); expected Subject_N_F.move"
        ) from error
    if flags.shape != (len(names), 2) or (flags[:, 1] < flags[:, 0]).any() or (flags < 1).any():
        raise FileFormatError(
            path, f"flags30 has shape {flags.shape} for {len(names)} motions, or is not in order"
        )
    return [
        Motion(i, name, int(a) - 1, int(b))
        for i, (name, (a, b)) in enumerate(zip(names, flags, strict=True), 1)
    ]


@dataclass(frozen=True)
class Subject:
    """Files of one subject: videos by camera, fits by the motion's number."""

    number: int
    videos: dict[str, Path]
    flags: Path
    fits: dict[int, Path]


def find_subjects(folder: Path) -> list[Subject]:
    """Subjects of round F that have a video of each camera, their flags and at least one fit, in order.

    Raises:
        InputError: there is none, with what was looked for.
    """
    files = {
        path.name: path
        for path in folder.rglob("*")
        if path.suffix.lower() in (".avi", ".mp4", ".mat", ".npz")
    }
    found = []
    for number in range(1, 100):
        videos = {
            camera: files[name]
            for camera in CAMERAS
            for ending in ("avi", "mp4")
            if (name := f"F_{camera}_Subject_{number}_L.{ending}") in files
        }
        flags = files.get(f"F_v3d_Subject_{number}.mat")
        fits = {
            k: files[name] for k in range(1, 100) if (name := f"Subject_{number}_F_{k}_poses.npz") in files
        }
        if len(videos) == len(CAMERAS) and flags is not None and fits:
            found.append(Subject(number, videos, flags, fits))
    if not found:
        raise InputError(
            f"{folder} holds no subject of BML-MoVi: videos F_PG1_Subject_N_L.avi and F_PG2_..., "
            "F_v3d_Subject_N.mat and Subject_N_F_K_poses.npz of the same N, in any folder below"
        )
    return found


def find_cameras(folder: Path) -> dict[str, CameraCalibration]:
    """Both cameras from cameraParams_PG1.npz, Extrinsics_PG1.npz and those of PG2, anywhere in the folder.

    Raises:
        InputError: one is missing. FileFormatError: see `read_camera`.
    """
    cameras = {}
    for name in CAMERAS:
        files = [next(folder.rglob(f"{kind}_{name}.npz"), None) for kind in ("cameraParams", "Extrinsics")]
        if files[0] is None or files[1] is None:
            raise InputError(
                f"{folder} lacks cameraParams_{name}.npz or Extrinsics_{name}.npz of the MoVi-Toolbox"
            )
        cameras[name] = read_camera(files[0], files[1], name)
    return cameras
