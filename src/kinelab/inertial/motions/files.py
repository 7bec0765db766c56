"""A set of segment motions in one compact file: an npz without Python objects, written whole or not at all.

Rotations are quaternions (scalar last) in float32, good to 1e-7 rad; positions whole tenths of a micrometre,
so that a second derivative at 100 Hz is good to 1 mm/s2 out to 200 m.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from kinelab.core.checks import Array
from kinelab.core.timebase import Timebase
from kinelab.errors import FileFormatError, InputError
from kinelab.files.atomic import atomic_path
from kinelab.files.sensors.npz_arrays import read_arrays
from kinelab.inertial.segment_motion import SegmentMotion

_SCHEMA = 1
_UNIT_M = 1e-7
_LOST = np.iinfo(np.int32).min
_TEXT = ("person", "trial", "activity", "segments")
_NUMBERS = ("rate_hz", "start_s", "synthetic")


def write_motions(path: str | Path, motions: Sequence[SegmentMotion]) -> None:
    """Write motions, one or more; name ends in .npz.

    Raises:
        InputError: another ending, nothing to write, or a position beyond 200 m.
        OutputError: the file cannot be written.
    """
    path = Path(path)
    if path.suffix != ".npz" or not motions:
        what = "there are none" if not motions else f"{path} does not end in .npz"
        raise InputError(f"motions are written to a file such as motions.npz; {what}")
    arrays: dict[str, NDArray[np.generic]] = {"schema": np.array(_SCHEMA)}
    for name in ("person", "trial", "activity"):
        arrays[name] = np.array([getattr(one, name) for one in motions])
    arrays["segments"] = np.array([" ".join(one.segments) for one in motions])
    arrays["rate_hz"] = np.array([one.time.rate_hz for one in motions])
    arrays["start_s"] = np.array([one.time.start_s for one in motions])
    arrays["synthetic"] = np.array([one.synthetic for one in motions])
    for i, one in enumerate(motions):
        arrays[f"segment_{i}"] = _packed(one.segment_rotation)
        if not np.array_equal(one.segment_rotation, one.sensor_rotation, equal_nan=True):
            arrays[f"sensor_{i}"] = _packed(one.sensor_rotation)
        arrays[f"position_{i}"] = _whole(one)
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def read_motions(path: str | Path, persons: Container[str] | None = None) -> list[SegmentMotion]:
    """The motions of a file in their order, of all or of certain persons.

    Raises:
        FileFormatError: no such file, cut off, or not made by `write_motions`.
    """
    path = Path(path)
    arrays = read_arrays(path)
    missing = [name for name in ("schema", *_TEXT, *_NUMBERS) if name not in arrays]
    if missing:
        raise FileFormatError(path, f"is no file of motions: it has no array {', '.join(missing)}")
    if int(arrays["schema"]) > _SCHEMA:
        raise FileFormatError(path, "was written by a newer kinelab")
    try:
        chosen = [i for i, name in enumerate(arrays["person"]) if persons is None or str(name) in persons]
        return [_motion(arrays, i) for i in chosen]
    except (KeyError, IndexError, ValueError) as error:
        raise FileFormatError(path, f"its arrays do not fit each other ({error})") from error


def _motion(arrays: dict[str, NDArray[np.generic]], i: int) -> SegmentMotion:
    person, trial, activity, segments = (str(arrays[name][i]) for name in _TEXT)
    rate_hz, start_s, synthetic = (arrays[name][i] for name in _NUMBERS)
    whole = arrays[f"position_{i}"]
    position = np.where(whole == _LOST, np.nan, whole.astype(np.float64) * _UNIT_M)
    segment = _matrices(arrays[f"segment_{i}"].astype(np.float64))
    sensor = segment
    if f"sensor_{i}" in arrays:
        sensor = _matrices(arrays[f"sensor_{i}"].astype(np.float64))
    if activity not in ("walking", "running"):
        raise ValueError(f"activity {activity!r}")
    return SegmentMotion(
        person, trial, "walking" if activity == "walking" else "running", tuple(segments.split()),
        Timebase(float(rate_hz), len(position), float(start_s)), segment, sensor, position, bool(synthetic),
    )  # fmt: skip


def _packed(rotation: Array) -> NDArray[np.float32]:
    """(T, S, 3, 3) -> quaternions (T, S, 4), NaN where not known."""
    known = np.isfinite(rotation).all(axis=(-2, -1))
    packed = np.full((*rotation.shape[:2], 4), np.nan, np.float32)
    if known.any():
        packed[known] = Rotation.from_matrix(rotation[known]).as_quat()
    return packed


def _matrices(quaternion: Array) -> Array:
    known = np.isfinite(quaternion).all(axis=-1)
    rotation = np.full((*quaternion.shape[:2], 3, 3), np.nan)
    if known.any():
        rotation[known] = Rotation.from_quat(quaternion[known]).as_matrix()
    return rotation


def _whole(motion: SegmentMotion) -> NDArray[np.int32]:
    units = np.round(motion.sensor_position_m / _UNIT_M)
    far = np.nanmax(np.abs(units), initial=0.0)
    if far >= -_LOST:
        raise InputError(
            f"{motion.person} {motion.trial}: a sensor is {far * _UNIT_M:.0f} m off; under 200 m"
        )
    return np.where(np.isfinite(units), units, _LOST).astype(np.int32)
