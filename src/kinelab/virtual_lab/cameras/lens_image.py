"""Bending whole pictures: draw with a larger pinhole camera, take each pixel from where the lens looks."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from kinelab.core.compiled import compiled
from kinelab.errors import InputError
from kinelab.virtual_lab.cameras.lens import Camera, try_undistort
from kinelab.virtual_lab.cameras.pinhole import PinholeCamera
from kinelab.virtual_lab.images import FloatImage

Label = TypeVar("Label", bound=np.generic)
_LARGEST = 9.0  # times the pixels of the image itself
_STEEPEST = 4.0  # tangent of the angle from the axis (76 deg) up to which a pinhole can still draw


@dataclass(frozen=True, eq=False)
class LensMap:
    """drawing: the pinhole camera to draw with; map_px (H, W, 2): where each pixel of the bent image lies in
    what it draws, NaN where the lens shows nothing (the black corners of a fisheye, from 76 deg on)."""

    drawing: PinholeCamera
    map_px: NDArray[np.float32]


def lens_map(camera: Camera) -> LensMap:
    """The map of a camera; make it once and use it for every frame.

    The drawing camera keeps the focal length, so that the middle of the image stays as sharp as it is.

    Raises:
        InputError: the lens sees so wide that no pinhole image of reasonable size covers it.
    """
    pinhole = camera.pinhole
    width, height = pinhole.size_px
    u, v = np.meshgrid(np.arange(width, dtype=float), np.arange(height, dtype=float))
    centre = np.array(pinhole.centre_px)
    straight, solved = try_undistort(camera.lens, (np.stack([u, v], axis=-1) - centre) / pinhole.focal_px)
    with np.errstate(invalid="ignore"):
        solved &= np.abs(straight).max(axis=-1) <= _STEEPEST
    if not solved.any():
        raise InputError(f"lens_map: camera {camera.name!r} sees nothing anywhere in its image")
    straight = np.where(solved[..., None], straight * pinhole.focal_px + centre, np.nan)
    # Shifted by whole pixels only, so that a lens that bends nothing changes nothing.
    low = np.floor(np.nanmin(straight, axis=(0, 1))) - 1
    high = np.ceil(np.nanmax(straight, axis=(0, 1))) + 1
    size = (int(high[0] - low[0]) + 1, int(high[1] - low[1]) + 1)
    if size[0] * size[1] > _LARGEST * width * height:
        raise InputError(
            f"lens_map: camera {camera.name!r} of {width} x {height} px would need a pinhole image of "
            f"{size[0]} x {size[1]} px; its lens sees too wide (take a larger focal_px), or its coefficients "
            "are wrong"
        )
    drawing = replace(pinhole, size_px=size, centre_px=(float(centre[0] - low[0]), float(centre[1] - low[1])))
    return LensMap(drawing, (straight - low).astype(np.float32))


def bend(lens: LensMap, image: FloatImage) -> FloatImage:
    """What the lens makes of an image (h, w, 3) drawn with `lens.drawing`: bilinear, (H, W, 3).

    Raises:
        InputError: the image was not drawn with that camera (wrong size).
    """
    _check(lens, image)
    out = np.empty((*lens.map_px.shape[:2], image.shape[2]), np.float32)
    resample(out, image, lens.map_px)
    return out


def bend_labels(lens: LensMap, labels: NDArray[Label], none: float = 0) -> NDArray[Label]:
    """The same for owner, part or depth (h, w): the nearest pixel, no mixture; `none` where there is none.

    Raises:
        InputError: see `bend`.
    """
    _check(lens, labels)
    seen = np.isfinite(lens.map_px[..., 0])
    column, row = np.rint(np.where(seen[..., None], lens.map_px, 0)).astype(np.intp).transpose(2, 0, 1)
    out: NDArray[Label] = np.where(seen, labels[row, column], labels.dtype.type(none))
    return out


@compiled
def resample(out: FloatImage, image: FloatImage, map_px: NDArray[np.float32]) -> None:
    """out (H, W, C) = image (h, w, C) at map_px (H, W, 2), bilinear; edges repeat, NaN gives 0."""
    height, width, channels = image.shape
    for v in range(out.shape[0]):
        for u in range(out.shape[1]):
            x, y = map_px[v, u, 0], map_px[v, u, 1]
            if not (math.isfinite(x) and math.isfinite(y)):
                for c in range(channels):
                    out[v, u, c] = 0.0
                continue
            x = min(max(x, np.float32(0)), np.float32(width - 1))
            y = min(max(y, np.float32(0)), np.float32(height - 1))
            i, j = min(int(x), max(width - 2, 0)), min(int(y), max(height - 2, 0))
            right, below = min(i + 1, width - 1), min(j + 1, height - 1)
            a, b = x - np.float32(i), y - np.float32(j)
            for c in range(channels):
                top = image[j, i, c] + a * (image[j, right, c] - image[j, i, c])
                low = image[below, i, c] + a * (image[below, right, c] - image[below, i, c])
                out[v, u, c] = top + b * (low - top)


def _check(lens: LensMap, image: NDArray[np.generic]) -> None:
    width, height = lens.drawing.size_px
    if image.shape[:2] != (height, width):
        raise InputError(
            f"image is {image.shape[1]} x {image.shape[0]} px, expected {width} x {height}: draw it with the "
            "map's own `drawing` camera, not with the camera's pinhole"
        )
