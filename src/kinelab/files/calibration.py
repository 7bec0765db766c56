"""Calibrated cameras in TOML, as Pose2Sim and its kin read and write them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from kinelab.core.checks import Array, Problems, read_only
from kinelab.errors import FileFormatError, InputError
from kinelab.files.atomic import write_text
from kinelab.files.text_rows import check_is_file, read_text
from kinelab.geometry.lens import Lens
from kinelab.geometry.projection import CameraView

WORLD_FROM_GROUND = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
"""Turns points of the ground frame (X forward, Y up, Z right) into the world of calibration files, Z up.

Pose2Sim turns its results to Y up by X -> Y, Y -> Z, Z -> X: a turn, no mirror."""

_FIELDS = ("name", "size", "matrix", "distortions", "rotation", "translation")
_LARGEST_BYTES = 4_000_000


@dataclass(frozen=True, eq=False)
class CameraCalibration:
    """One camera in OpenCV's terms: x_camera = R(rotation_rad) x_world + translation_m; x right, y down.

    size_px (width, height); matrix (3, 3) px; distortions (k1, k2, p1, p2[, k3]), fisheye (k1, k2, k3, k4);
    rotation_rad (3,) Rodrigues vector. The world is the file's own: Pose2Sim's has Z up.
    """

    name: str
    size_px: tuple[int, int]
    matrix: Array
    distortions: Array
    rotation_rad: Array
    translation_m: Array
    fisheye: bool = False

    def __post_init__(self) -> None:
        for name in ("matrix", "distortions", "rotation_rad", "translation_m"):
            object.__setattr__(self, name, read_only(getattr(self, name)))
        with Problems(f"camera {self.name!r}") as problems:
            problems.add_if(not self.name.strip(), "name is empty")
            problems.add_if(
                min(self.size_px) < 1, f"size is {self.size_px}, expected (width, height) in pixels"
            )
            problems.shape("matrix", self.matrix, (3, 3))
            problems.shape("rotation", self.rotation_rad, (3,))
            problems.shape("translation", self.translation_m, (3,))
            allowed = (4,) if self.fisheye else (4, 5)
            n = self.distortions.size
            problems.add_if(
                self.distortions.ndim != 1 or n not in allowed,
                f"distortions are {n} numbers, expected {' or '.join(map(str, allowed))}",
            )
            for name in ("matrix", "distortions", "rotation_rad", "translation_m"):
                finite = np.isfinite(getattr(self, name)).all()
                problems.add_if(not finite, f"{name.split('_')[0]} holds NaN or infinity")
            if self.matrix.shape == (3, 3):
                self._check_matrix(problems)

    @property
    def view(self) -> CameraView:
        """The camera for `geometry.projection`, in the world of the file."""
        given = [float(value) for value in self.distortions]
        lens = Lens(tuple(given if self.fisheye else [*given, 0.0][:5]), self.fisheye)
        rotation = Rotation.from_rotvec(np.array(self.rotation_rad)).as_matrix()
        return CameraView(self.matrix, lens, rotation, self.translation_m)

    def _check_matrix(self, problems: Problems) -> None:
        m = self.matrix
        fits = m[0, 0] > 0 and m[1, 1] > 0 and m[1, 0] == 0 and np.array_equal(m[2], [0, 0, 1])
        problems.add_if(
            not fits, f"matrix is {m.tolist()}, expected [[fx, skew, cx], [0, fy, cy], [0, 0, 1]]"
        )
        centred = -self.size_px[0] < m[0, 2] < 2 * self.size_px[0]
        centred = centred and -self.size_px[1] < m[1, 2] < 2 * self.size_px[1]
        problems.add_if(
            not centred,
            f"the matrix has its centre at ({m[0, 2]:g}, {m[1, 2]:g}), far outside the image of "
            f"{self.size_px[0]} x {self.size_px[1]} px; are width and height swapped?",
        )


def read_calibration(path: str | Path) -> tuple[CameraCalibration, ...]:
    """The cameras of a calibration file of Pose2Sim, anipose or caliscope, in the file's order.

    A camera without a name has its table's; a rotation may be a matrix; tables that are no cameras (metadata,
    the board) are not looked at. Metres are taken for granted: anipose writes the unit of its board.

    Raises:
        FileFormatError: no TOML, no camera, a field that lacks or does not fit, one name twice.
    """
    path = Path(path)
    cameras: list[CameraCalibration] = []
    for key, table in _tables(path).items():
        if not isinstance(table, Mapping) or not set(_FIELDS[1:]) & set(table):
            continue
        table = {"name": key, **table}
        missing = [field for field in _FIELDS if field not in table]
        if missing:
            raise FileFormatError(
                path, f"[{key}] lacks {', '.join(missing)}; a camera has {', '.join(_FIELDS)}"
            )
        try:
            cameras.append(_camera(table))
        except (InputError, TypeError, ValueError) as error:
            raise FileFormatError(path, f"[{key}]: {error}") from error
    if not cameras:
        raise FileFormatError(
            path, "no camera in it; expected tables such as [cam_01] with " + ", ".join(_FIELDS)
        )
    names = [camera.name for camera in cameras]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise FileFormatError(path, f"two cameras are called {', '.join(twice)}; give each its own name")
    return tuple(cameras)


@dataclass(frozen=True)
class Worth:
    """What a calibration is worth, as a file's `[metadata]` says it.

    error_px: the mean reprojection error; adjusted: by a bundle adjustment; rests_on: a sentence on what the
    numbers come from.
    """

    error_px: float = 0.0
    adjusted: bool = False
    rests_on: str = ""


def read_worth(path: str | Path) -> Worth:
    """What a calibration file says of itself; nothing where it says nothing, or in another tool's words.

    Raises:
        FileFormatError: no TOML.
    """
    said = _tables(Path(path)).get("metadata")
    if not isinstance(said, Mapping):
        return Worth()
    error, adjusted, rests_on = (said.get(key) for key in ("error", "adjusted", "rests_on"))
    return Worth(
        float(error) if isinstance(error, int | float) else 0.0,
        adjusted is True,
        rests_on if isinstance(rests_on, str) else "",
    )


def write_calibration(
    path: str | Path, cameras: Sequence[CameraCalibration], worth: Worth | None = None
) -> None:
    """Write cameras so that Pose2Sim, anipose and `read_calibration` read them, every number exactly.

    Raises:
        InputError: no camera, or one name twice.
        OutputError: the folder cannot be written or the disk is full.
    """
    with Problems("write_calibration") as problems:
        problems.add_if(not cameras, "there are no cameras to write")
        problems.unique("cameras", [camera.name for camera in cameras])
    # Tables count on: a name may hold what a bare key must not.
    tables = [_table(f"cam_{n:02d}", camera) for n, camera in enumerate(cameras, 1)]
    write_text(path, "\n".join([*tables, _metadata(worth or Worth())]))


def _metadata(worth: Worth) -> str:
    adjusted = "true" if worth.adjusted else "false"
    lines = ["[metadata]", f"adjusted = {adjusted}", f"error = {float(worth.error_px)!r}"]
    if worth.rests_on:
        lines.append(f"rests_on = {_quoted(worth.rests_on)}")
    return "\n".join(lines) + "\n"


def _tables(path: Path) -> dict[str, Any]:
    check_is_file(path)
    if path.stat().st_size > _LARGEST_BYTES:
        raise FileFormatError(path, f"{path.stat().st_size} bytes are no camera calibration")
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise FileFormatError(path, f"not a TOML file ({error})") from error


def _camera(table: Mapping[str, Any]) -> CameraCalibration:
    width, height = (float(side) for side in table["size"])
    if not (width.is_integer() and height.is_integer()):
        raise InputError(f"size is {table['size']}, expected whole pixels")
    turn = np.array(table["rotation"], dtype=float)
    return CameraCalibration(
        name=str(table["name"]),
        size_px=(int(width), int(height)),
        matrix=np.array(table["matrix"], dtype=float),
        distortions=np.array(table["distortions"], dtype=float),
        rotation_rad=Rotation.from_matrix(turn).as_rotvec() if turn.shape == (3, 3) else turn,
        translation_m=np.array(table["translation"], dtype=float),
        fisheye=bool(table.get("fisheye", False)),
    )


def _table(key: str, camera: CameraCalibration) -> str:
    width, height = camera.size_px
    lines = [
        f"[{key}]",
        f"name = {_quoted(camera.name)}",
        f"size = [ {float(width)}, {float(height)}]",
        f"matrix = [ {', '.join(_numbers(row) for row in camera.matrix)}]",
        f"distortions = {_numbers(camera.distortions)}",
        f"rotation = {_numbers(camera.rotation_rad)}",
        f"translation = {_numbers(camera.translation_m)}",
        f"fisheye = {'true' if camera.fisheye else 'false'}",
    ]
    return "\n".join(lines) + "\n"


def _numbers(values: Array) -> str:
    return f"[ {', '.join(repr(float(value)) for value in values)}]"


def _quoted(name: str) -> str:
    """A TOML basic string."""
    safe = name.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in safe) + '"'
