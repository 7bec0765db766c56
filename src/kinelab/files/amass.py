"""Motions of the SMPL family of body models in an .npz, as the AMASS archive stores them.

Mahmood et al. 2019, "AMASS: Archive of motion capture as surface shapes", ICCV: poses as rotation vectors of
each joint against its parent, the body's place, the frame rate. The body models are not needed to read one.
The file may come from anywhere, so nothing in it is trusted: no pickles, and no more memory than it says.
"""

from __future__ import annotations

import math
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy

from kinelab.core.checks import Array
from kinelab.errors import FileFormatError
from kinelab.files.text_rows import check_is_file

BODY_JOINTS = (
    "pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2", "left_ankle",
    "right_ankle", "spine3", "left_foot", "right_foot", "neck", "left_collar", "right_collar", "head",
    "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
)  # fmt: skip
"""The joints that SMPL, SMPL-H and SMPL-X begin with; fingers and face follow and are not read."""

MODELS = {66: "SMPL-H or SMPL-X without hands", 72: "SMPL", 156: "SMPL-H", 165: "SMPL-X"}
_RATES = ("mocap_framerate", "mocap_frame_rate", "framerate", "fps")
_MOST_NUMBERS = 2**27  # of one array, 1 GiB in double precision: four hours of SMPL-H at 60 Hz
# What zip and npy readers raise on damaged, encrypted or unknown contents.
_DAMAGED = (ValueError, EOFError, OSError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError)


@dataclass(frozen=True, eq=False)
class AmassMotion:
    """rotation_vector (T, 22, 3) rad of `BODY_JOINTS`, each against its parent; the pelvis against the room.

    position_m (T, 3) of the body (the pelvis but for a constant), in the room's axes. model: of `MODELS`.
    """

    rotation_vector: Array
    position_m: Array
    rate_hz: float
    model: str


def read_amass(path: str | Path) -> AmassMotion:
    """Read an .npz of poses, trans and mocap_framerate.

    Raises:
        FileFormatError: no npz, poses or trans or the rate missing, shapes that fit none of `MODELS`, NaN
            (with the frame), an array of Python objects, or one larger than it says.
    """
    path = Path(path)
    check_is_file(path)
    try:
        with zipfile.ZipFile(path) as archive:
            return _motion(archive, path)
    except zipfile.BadZipFile as error:
        raise FileFormatError(path, f"is no npz file, or cut off ({error})") from error


def _motion(archive: zipfile.ZipFile, path: Path) -> AmassMotion:
    there = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
    rate_key = next((key for key in _RATES if key in there), None)
    missing = [key for key in ("poses", "trans") if key not in there]
    if missing or rate_key is None:
        problem = f"holds no {', '.join(missing) or 'frame rate'}; it holds {', '.join(sorted(there)[:12])}"
        raise FileFormatError(path, f"{problem}. Motions of AMASS hold poses, trans and mocap_framerate")
    poses = _array(archive, there["poses"], path)
    poses = poses.reshape(len(poses), -1) if poses.ndim == 3 else poses
    if poses.ndim != 2 or poses.shape[1] not in MODELS:
        allowed = ", ".join(f"{width} ({model})" for width, model in MODELS.items())
        raise FileFormatError(path, f"poses have shape {poses.shape}, expected (T, n) with n of {allowed}")
    position = _array(archive, there["trans"], path)
    if position.shape != (len(poses), 3):
        raise FileFormatError(
            path, f"trans has shape {position.shape}, expected ({len(poses)}, 3) as poses say"
        )
    if len(poses) < 2:
        raise FileFormatError(path, f"holds {len(poses)} frames; a motion has 2 or more")
    rate = _array(archive, there[rate_key], path).ravel()
    if rate.size != 1 or not 1 <= rate[0] <= 10_000:
        raise FileFormatError(path, f"{rate_key} is {rate.tolist()}, expected one rate of 1 to 10000 Hz")
    wide = np.hstack([poses[:, : 3 * len(BODY_JOINTS)], position])
    if not np.isfinite(wide).all():
        frame = int(np.argwhere(~np.isfinite(wide))[0, 0])
        raise FileFormatError(path, f"frame {frame} (from 0) holds NaN or infinity")
    vectors = poses[:, : 3 * len(BODY_JOINTS)].reshape(len(poses), -1, 3)
    return AmassMotion(vectors, position, float(rate[0]), MODELS[poses.shape[1]])


def _array(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> Array:
    """One array of numbers, after its header has been held against the size that the archive tells."""
    name = info.filename
    try:
        with archive.open(info) as stream:
            shape, dtype = _header(stream)
            numbers = math.prod(shape)
            if dtype.hasobject:
                problem = (
                    f"{name} holds Python objects, which could run a program when read; it was not opened"
                )
                raise FileFormatError(path, problem)
            if dtype.kind not in "fiu":
                raise FileFormatError(path, f"{name} holds {dtype}, expected numbers")
            if numbers > _MOST_NUMBERS or numbers * dtype.itemsize > info.file_size:
                problem = f"{name} says it has shape {shape}; there are {info.file_size} bytes"
                raise FileFormatError(
                    path, f"{problem} ({_MOST_NUMBERS} numbers are allowed); it is damaged or cut off"
                )
        with archive.open(info) as stream:
            values = npy.read_array(stream, allow_pickle=False)
    except _DAMAGED as error:
        if isinstance(error, FileFormatError):
            raise
        raise FileFormatError(path, f"{name} cannot be read ({error}); it is damaged or cut off") from error
    return np.asarray(values, dtype=np.float64)


def _header(stream: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[np.generic]]:
    version = npy.read_magic(stream)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = read(stream)
    return shape, dtype
