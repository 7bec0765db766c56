"""How a top-down pose network wants its crop, and what its output grid means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from kinelab.core.checks import Array
from kinelab.detection.boxes import expand
from kinelab.detection.crops import CropMap, Image, crop


@dataclass(frozen=True)
class PoseInput:
    """Conventions of one network family; the defaults are MMPose's and PaddleDetection's.

    mean, std: of RGB values 0 to 255. padding: the box is widened to the crop's aspect and then by this.
    grid: heatmap cell i lies at crop px stride x i (`corner`), or at stride x (i + 0.5) - 0.5 (`half_pixel`,
    as a resized image does). sigma_hm: Gaussian of the training targets, heatmap cells. fill: what the crop
    shows outside the image. mirror: ask the network about the mirrored crop too (surer, half as fast).
    """

    mean: tuple[float, float, float] = (123.675, 116.28, 103.53)
    std: tuple[float, float, float] = (58.395, 57.12, 57.375)
    bgr: bool = False
    padding: float = 1.25
    grid: Literal["corner", "half_pixel"] = "corner"
    sigma_hm: float = 2.0
    fill: int = 0
    mirror: bool = False

    def to_crop_px(self, position_hm: Array, stride: Array) -> Array:
        """Heatmap cells (..., 2) -> crop px, stride (2,) crop px per cell."""
        if self.grid == "half_pixel":
            return np.asarray((position_hm + 0.5) * stride - 0.5)
        return np.asarray(position_hm * stride)


def pose_batch(
    image: Image, boxes: Array, size_px: tuple[int, int], conventions: PoseInput
) -> tuple[npt.NDArray[np.float32], list[CropMap]]:
    """The crops of N boxes as one batch (N, 3, h, w), normalised, and the way back of each."""
    wide = expand(np.asarray(boxes, dtype=float), size_px[0] / size_px[1], conventions.padding)
    cut = [crop(image, box, size_px, fill=conventions.fill) for box in wide]
    mean, std = (np.array(v, dtype=np.float32)[:, None, None] for v in (conventions.mean, conventions.std))
    # Bytes are turned into planes before they become floats: six times as fast as the other way round.
    planes = np.ascontiguousarray(np.stack([picture for picture, _ in cut]).transpose(0, 3, 1, 2))
    batch = planes.astype(np.float32)
    batch -= mean
    batch /= std
    if conventions.bgr:
        batch = np.ascontiguousarray(batch[:, ::-1])
    return batch, [way for _, way in cut]
