"""Boxes around persons: overlap, suppression of doubles, clipping and widening.

A box is (x0, y0, x1, y1) px on the axes of the image, x1 and y1 exclusive. (0, 0) is the middle of the top
left pixel, so a whole image of W x H px is the box (-0.5, -0.5, W - 0.5, H - 0.5).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Array, IntArray, Problems, read_only


@dataclass(frozen=True)
class Boxes:
    """N boxes: xyxy (N, 4) px with x0 < x1 and y0 < y1, score (N,) 0 to 1."""

    xyxy: Array
    score: Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "xyxy", read_only(np.reshape(self.xyxy, (-1, 4))))
        object.__setattr__(self, "score", read_only(self.score))
        with Problems("Boxes") as problems:
            problems.shape("score", self.score, (len(self.xyxy),))
            problems.add_if(not np.isfinite(self.xyxy).all(), "xyxy holds NaN or infinity")
            empty = (self.xyxy[:, 2:] <= self.xyxy[:, :2]).any()
            problems.add_if(empty, "a box has no area; expected (x0, y0, x1, y1) with x0 < x1 and y0 < y1")
            problems.add_if((~((self.score >= 0) & (self.score <= 1))).any(), "score leaves 0 to 1")

    @classmethod
    def none(cls) -> Boxes:
        """No box at all."""
        return cls(np.zeros((0, 4)), np.zeros(0))

    def __len__(self) -> int:
        return len(self.xyxy)

    def take(self, index: IntArray | NDArray[np.bool_]) -> Boxes:
        """The boxes at these positions, in this order."""
        return Boxes(self.xyxy[index], self.score[index])


def area(xyxy: Array) -> Array:
    """Area of each box, (N,) px^2."""
    size = xyxy[..., 2:] - xyxy[..., :2]
    return np.asarray(size[..., 0] * size[..., 1])


def iou(a: Array, b: Array) -> Array:
    """Intersection over union of every pair: a (N, 4), b (M, 4) -> (N, M), 0 to 1."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=-1)
    union = area(a)[:, None] + area(b)[None] - shared
    return np.asarray(shared / np.maximum(union, 1e-12))


def nms(boxes: Boxes, iou_max: float = 0.45) -> Boxes:
    """Greedy non-maximum suppression: of boxes that overlap by more than `iou_max` the best stays.

    Best first. All overlaps are computed at once; the loop runs over the boxes that stay.
    """
    order = np.argsort(-boxes.score, kind="stable")
    overlaps = iou(boxes.xyxy[order], boxes.xyxy[order]) > iou_max
    alive = np.ones(order.size, dtype=bool)
    for i in range(order.size):
        if alive[i]:
            alive[i + 1 :] &= ~overlaps[i, i + 1 :]
    return boxes.take(order[alive])


def clip(xyxy: Array, size_px: tuple[int, int]) -> Array:
    """Boxes cut to an image of (width, height) px; a box outside becomes one without area at the border."""
    width, height = size_px
    high = np.array([width, height, width, height]) - 0.5
    return np.clip(xyxy, -0.5, high)


def whole(size_px: tuple[int, int]) -> Array:
    """The box of a whole image of (width, height) px, (4,)."""
    return np.array([-0.5, -0.5, size_px[0] - 0.5, size_px[1] - 0.5])


def expand(xyxy: Array, aspect: float, padding: float = 1.25) -> Array:
    """The smallest boxes of one aspect (width / height) that hold the given ones, widened by `padding`.

    The middle stays. xyxy (..., 4) px. This is the box that top-down pose networks are trained on
    (MMPose's TopDownGetBboxCenterScale, padding 1.25).
    """
    middle = (xyxy[..., :2] + xyxy[..., 2:]) / 2
    size = xyxy[..., 2:] - xyxy[..., :2]
    height = np.maximum(size[..., 1], size[..., 0] / aspect) * padding
    half = np.stack([height * aspect, height], axis=-1) / 2
    return np.concatenate([middle - half, middle + half], axis=-1)
