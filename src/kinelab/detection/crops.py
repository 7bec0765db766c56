"""Cutting a box out of an image at a network's input size, with the exact way back to image pixels.

Positions follow docs/conventions.md: (0, 0) is the middle of the top left pixel, in the crop as in the image.
A crop of w px over a box of width b has b / w image px per crop px, and crop px i is centred at
x0 + (i + 0.5) b / w. Forgetting the two halves shifts every landmark by up to half a crop pixel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage

from kinelab.core.checks import Array
from kinelab.detection.boxes import expand
from kinelab.errors import InputError

Image = npt.NDArray[np.uint8]
_BILINEAR = PillowImage.Resampling.BILINEAR


@dataclass(frozen=True)
class CropMap:
    """The affine map between a crop and its image, axis by axis.

    left_top: image position of the crop's left top EDGE, px; px_per_crop_px: image px per crop px in x and y.
    """

    left_top: tuple[float, float]
    px_per_crop_px: tuple[float, float]

    def to_image(self, position: Array) -> Array:
        """Crop px (..., 2) -> image px."""
        scale = np.array(self.px_per_crop_px)
        return np.asarray(np.array(self.left_top) + (position + 0.5) * scale)

    def to_crop(self, position: Array) -> Array:
        """Image px (..., 2) -> crop px: the inverse of `to_image`."""
        scale = np.array(self.px_per_crop_px)
        return np.asarray((position - np.array(self.left_top)) / scale - 0.5)


def check_image(image: Image) -> None:
    """Raise `InputError` unless this is an RGB image (H, W, 3) of uint8."""
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise InputError(
            f"image has shape {image.shape} and type {image.dtype}; expected (height, width, 3) uint8 RGB"
        )


def crop(image: Image, box: Array, size_px: tuple[int, int], *, fill: int = 0) -> tuple[Image, CropMap]:
    """The part of an image inside a box, at `size_px` (width, height), and the map back.

    The box (4,) px is widened to the aspect of `size_px` first, so that nothing is stretched. Bilinear with
    antialiasing; a box of more than four times the crop's size is averaged by a whole factor first. What
    lies outside the image is `fill`.
    """
    check_image(image)
    width, height = size_px
    x0, y0, x1, y1 = (float(v) for v in expand(np.asarray(box, dtype=float), width / height, padding=1.0))
    if not (x1 > x0 and y1 > y0 and math.isfinite(x1 - x0 + y1 - y0)):
        raise InputError(f"box {box} has no area; expected (x0, y0, x1, y1) with x0 < x1 and y0 < y1")
    scale = (x1 - x0) / width
    # A margin of one filter support keeps the crop's edge as exact as its middle.
    margin = math.ceil(scale) + 1
    left, top = math.floor(x0 + 0.5) - margin, math.floor(y0 + 0.5) - margin
    right, bottom = math.ceil(x1 + 0.5) + margin, math.ceil(y1 + 0.5) + margin
    part = _window(image, (left, top, right, bottom), fill)
    edge = (x0 + 0.5 - left, y0 + 0.5 - top)
    inside = (*edge, edge[0] + width * scale, edge[1] + height * scale)
    small = PillowImage.fromarray(part).resize(size_px, _BILINEAR, box=inside, reducing_gap=2.0)
    return np.asarray(small), CropMap((x0, y0), (scale, scale))


def letterbox(image: Image, size_px: tuple[int, int], *, fill: int = 114) -> tuple[Image, CropMap]:
    """The whole image at the top left of a canvas of `size_px` (width, height); the rest is `fill`.

    Its aspect is kept up to the rounding to whole pixels, which the map accounts for. A large image is
    first reduced by a whole factor (box average), which costs a third of a full antialiased resize.
    """
    check_image(image)
    height, width = image.shape[:2]
    scale = max(width / size_px[0], height / size_px[1])
    small_size = (max(round(width / scale), 1), max(round(height / scale), 1))
    small = PillowImage.fromarray(image).resize(small_size, _BILINEAR, reducing_gap=1.0)
    canvas = np.full((size_px[1], size_px[0], 3), fill, dtype=np.uint8)
    canvas[: small_size[1], : small_size[0]] = np.asarray(small)
    return canvas, CropMap((-0.5, -0.5), (width / small_size[0], height / small_size[1]))


def _window(image: Image, edges: tuple[int, int, int, int], fill: int) -> Image:
    """Whole pixels [left, right) x [top, bottom) of an image, padded with `fill` where it ends."""
    left, top, right, bottom = edges
    height, width = image.shape[:2]
    x0, x1 = min(max(left, 0), width), min(max(right, 0), width)
    y0, y1 = min(max(top, 0), height), min(max(bottom, 0), height)
    if (x0, y0, x1, y1) == edges:
        return np.ascontiguousarray(image[y0:y1, x0:x1])
    part = np.full((bottom - top, right - left, 3), fill, dtype=np.uint8)
    part[y0 - top : y1 - top, x0 - left : x1 - left] = image[y0:y1, x0:x1]
    return part
