"""One person through a video: boxes, landmarks and one picture to know the person by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinelab.core.checks import Array, IntArray, Problems, read_only
from kinelab.core.keypoints import Keypoints

THUMBNAIL_PX = (160, 320)  # width, height


@dataclass(frozen=True, eq=False)
class PersonTrack:
    """A person from the first to the last frame in which he was seen, with every frame between (F frames).

    id counts persons from 1 in the order of their appearance. frame_index (F,) indices of the video's
    frames; box (F, 4) px; score (F,) 0 to 1, the detector's (0 = not seen: box in between, landmarks NaN);
    keypoints px with sd; thumbnail (320, 160, 3) RGB of the moment in which most of the person was seen
    best; size_px (width, height) of the video.
    """

    id: int
    frame_index: IntArray
    box: Array
    score: Array
    keypoints: Keypoints
    thumbnail: npt.NDArray[np.uint8]
    size_px: tuple[int, int]

    def __post_init__(self) -> None:
        object.__setattr__(self, "frame_index", read_only(self.frame_index, np.int64))
        object.__setattr__(self, "box", read_only(self.box))
        object.__setattr__(self, "score", read_only(self.score))
        object.__setattr__(self, "thumbnail", read_only(self.thumbnail, np.uint8))
        n = self.keypoints.n
        with Problems(f"PersonTrack {self.id}") as problems:
            problems.add_if(n == 0, "holds no frame")
            problems.shape("frame_index", self.frame_index, (n,))
            problems.shape("box", self.box, (n, 4))
            problems.shape("score", self.score, (n,))
            problems.increasing("frame_index", self.frame_index)
            problems.add_if(not np.isfinite(self.box).all(), "box holds NaN or infinity")

    @property
    def time_s(self) -> Array:
        """Time of each frame, (F,) s."""
        return self.keypoints.time_s

    @property
    def duration_s(self) -> float:
        """From the first to the last frame."""
        return float(self.time_s[-1] - self.time_s[0])

    @property
    def height_px(self) -> float:
        """Median height of the box."""
        return float(np.median(self.box[:, 3] - self.box[:, 1]))

    @property
    def travel(self) -> float:
        """How far the person moves to the side, in own heights: range of the box's middle, 5th to 95th %."""
        middle = (self.box[:, 0] + self.box[:, 2]) / 2
        return float(np.ptp(np.percentile(middle, [5, 95])) / self.height_px)
