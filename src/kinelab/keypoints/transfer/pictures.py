"""Pictures of any size in the size that a network takes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kinelab.core.checks import Array

Picture = npt.NDArray[np.uint8]
_GREY = 127


def input_size(size_px: npt.NDArray[np.integer], long_side_px: int, step: int = 32) -> tuple[int, int]:
    """(width, height) of a network's input for pictures (N, 2) w, h: as their median shape, in whole steps.

    Pictures are not enlarged: the long side is at most theirs, rounded up.
    """
    width, height = np.median(size_px, axis=0)
    scale = min(1.0, long_side_px / max(width, height))
    return (max(step, step * round(width * scale / step)), max(step, step * round(height * scale / step)))


def fitted(picture: Picture, size: tuple[int, int]) -> tuple[Picture, float]:
    """A picture (H, W, 3) scaled to fit into `size` (width, height), and the scale; grey fills the rest.

    Scaling down averages (Pillow's bilinear filter widens with the scale), so no detail turns into noise.
    """
    from PIL import Image

    height, width = picture.shape[:2]
    scale = min(size[0] / width, size[1] / height)
    if (width, height) == size:
        return picture, 1.0
    inner = (min(size[0], max(1, round(width * scale))), min(size[1], max(1, round(height * scale))))
    # box: the part of the picture that fills the inner size exactly, so that the scale is one number
    box = (0.0, 0.0, min(width, inner[0] / scale), min(height, inner[1] / scale))
    small = Image.fromarray(picture).resize(inner, Image.Resampling.BILINEAR, box=box, reducing_gap=3.0)
    if inner == size:
        return np.asarray(small), scale
    whole = np.full((size[1], size[0], 3), _GREY, np.uint8)
    whole[: inner[1], : inner[0]] = np.asarray(small)
    return whole, scale


def to_input(position_px: Array, scale: float | Array) -> Array:
    """Places in a picture as places in the network's input; (0, 0) is the first pixel's middle in both."""
    return np.asarray((position_px + 0.5) * scale - 0.5)


def from_input(position_px: Array, scale: float | Array) -> Array:
    """The inverse of `to_input`."""
    return np.asarray((position_px + 0.5) / scale - 0.5)
