"""Frame numbers in other tools' files, and the times that they stand for."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.errors import FileFormatError, InputError


def times(frames: ArrayLike, rate_hz: float | None, path: str | Path) -> Array:
    """Time of each frame number, (T,) s: frame 0 is at 0 s.

    Raises:
        InputError: `rate_hz` is None or not positive.
    """
    if rate_hz is None:
        raise InputError(
            f"{path}: holds frame numbers and no times; give the video's frame rate with rate_hz"
        )
    if not (np.isfinite(rate_hz) and rate_hz > 0):
        raise InputError(f"rate_hz is {rate_hz}, expected frames a second such as 30")
    return np.asarray(frames, dtype=np.float64) / rate_hz


def number_in(name: str, path: str | Path) -> int:
    """Frame number in a file's name: the last digits before the suffix (cam01.0038.json, img0042.png)."""
    found = re.findall(r"\d+", name.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0])
    if not found:
        raise FileFormatError(path, f"{name!r} has no frame number in its name")
    return int(found[-1])


def image_plane_only(keypoints: Keypoints, tool: str) -> None:
    """Raise `InputError` unless these are pixels in an image, the only thing that `tool`'s files hold."""
    if keypoints.unit != "px" or keypoints.position.shape[-1] != 2:
        what = f"{keypoints.position.shape[-1]}D positions in {keypoints.unit}"
        raise InputError(f"{tool} files hold 2D pixels, these are {what}; write .nc, CSV or .trc instead")
