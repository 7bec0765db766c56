"""A direct network as the pose model that a person's track is followed by: it tells landmarks too."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.skeletons import GAIT_20, Skeleton
from kinelab.detection.boxes import expand
from kinelab.detection.crops import Image, crop
from kinelab.detection.pose_estimate import PoseEstimate
from kinelab.monocular.estimate import GREY, PoseNetwork

_SURE = 0.08  # sd of a landmark, in sides of the crop, at which it is half believed


class DirectPose:
    """Landmarks of boxed persons by a `PoseNetwork`; `detection.people.watch` takes it."""

    def __init__(self, network: PoseNetwork, *, name: str, sha256: str, licence: str) -> None:
        self._network = network
        names = network.landmarks
        links = tuple(link for link in GAIT_20.links if set(link) <= set(names))
        self.skeleton = Skeleton("direct", names, links)
        self.name, self.sha256, self.licence = name, sha256, licence

    def estimate(self, image: Image, boxes: Array) -> PoseEstimate:
        """Landmarks of the persons in boxes (N, 4) px of an RGB image (H, W, 3) uint8."""
        if not len(boxes):
            return PoseEstimate.none(0, len(self.skeleton))
        side = self._network.size_px
        squares = expand(np.asarray(boxes, dtype=float), 1.0, 2 / sum(self._network.fill))
        cut = [crop(image, square, (side, side), fill=GREY) for square in squares]
        poses = self._network.estimate(np.stack([picture for picture, _ in cut]))
        position = np.stack([way.to_image(px) for (_, way), px in zip(cut, poses.landmark_px, strict=True)])
        scale = np.array([way.px_per_crop_px[0] for _, way in cut])
        share = poses.landmark_sd_px / side
        return PoseEstimate(position, 1 / (1 + (share / _SURE) ** 2), poses.landmark_sd_px * scale[:, None])
