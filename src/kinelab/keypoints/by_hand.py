"""Landmarks that a person put right, frame by frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from kinelab.core.keypoints import Keypoints


@dataclass(frozen=True)
class ByHand:
    """points: (frame, landmark) -> (x_px, y_px) where it is, or None where it is not to be used."""

    points: Mapping[tuple[int, str], tuple[float, float] | None] = field(default_factory=dict)

    def put(self, keypoints: Keypoints) -> Keypoints:
        """The landmarks with these in their places; what a person set is sure (confidence 1).

        Raises:
            InputError: a landmark that the skeleton does not have.
        """
        position, confidence = keypoints.position.copy(), keypoints.confidence.copy()
        sd = None if keypoints.sd is None else keypoints.sd.copy()
        for (frame, landmark), point in self.points.items():
            at = frame, keypoints.skeleton.index(landmark)
            position[at] = np.nan if point is None else point
            confidence[at] = np.nan if point is None else 1.0
            if sd is not None and point is None:
                sd[at] = np.nan
        return replace(keypoints, position=position, confidence=confidence, sd=sd)
