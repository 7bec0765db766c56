"""What a network says of a person in pictures: one pose of the skeletal model for each crop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.body.model import BodyModel
from kinelab.core.checks import Array, BoolArray, Problems, read_only

POSE_ARRAYS = (
    "coordinates", "sd_rad", "scale", "view_rotation", "view_sd_rad", "landmark_px", "landmark_sd_px",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Poses:
    """N poses of `model`, and where its landmarks are in the crops.

    coordinates (N, C) rad and sd_rad (N, C), in the order of the model's coordinates; those that no network
    is asked for (of the root, locked ones) are the model's defaults, with sd NaN. scale (N, S, 3) over the
    model. view_rotation (N, 3, 3): pelvis to the view's frame, whose z goes from the camera through the
    crop's middle, x to the right in the picture, y down; view_sd_rad (N,) about any axis. landmark_px (N, K,
    2) in the crop of size_px (width, height), of `landmarks`, with landmark_sd_px (N, K).
    """

    model: BodyModel
    coordinates: Array
    sd_rad: Array
    scale: Array
    view_rotation: Array
    view_sd_rad: Array
    landmarks: tuple[str, ...]
    landmark_px: Array
    landmark_sd_px: Array
    size_px: tuple[int, int]

    def __post_init__(self) -> None:
        for name in POSE_ARRAYS:
            object.__setattr__(self, name, read_only(getattr(self, name)))
        n, c, k = len(self.coordinates), len(self.model.coordinates), len(self.landmarks)
        with Problems("Poses") as problems:
            problems.shape("coordinates", self.coordinates, (n, c))
            problems.shape("sd_rad", self.sd_rad, (n, c))
            problems.shape("scale", self.scale, (n, len(self.model.bodies), 3))
            problems.shape("view_rotation", self.view_rotation, (n, 3, 3))
            problems.shape("view_sd_rad", self.view_sd_rad, (n,))
            problems.shape("landmark_px", self.landmark_px, (n, k, 2))
            problems.shape("landmark_sd_px", self.landmark_sd_px, (n, k))
            problems.add_if((self.sd_rad < 0).any(), "sd_rad is negative")

    @property
    def n(self) -> int:
        """How many there are."""
        return len(self.coordinates)

    @property
    def told(self) -> BoolArray:
        """(C,) coordinates that the network was asked for."""
        return np.asarray(np.isfinite(self.sd_rad).any(axis=0))


def joined(parts: list[Poses]) -> Poses:
    """Poses one after another; all of one model and size."""
    first = parts[0]
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in POSE_ARRAYS}
    return Poses(model=first.model, landmarks=first.landmarks, size_px=first.size_px, **arrays)
