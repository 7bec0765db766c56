"""What is kept of one person while a video runs, and how it becomes a `PersonTrack`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kinelab.core.checks import Array, IntArray
from kinelab.core.keypoints import Keypoints
from kinelab.core.recording import Frame
from kinelab.core.skeletons import Skeleton
from kinelab.detection.boxes import clip
from kinelab.detection.crops import Image, crop
from kinelab.detection.person_track import THUMBNAIL_PX, PersonTrack
from kinelab.detection.pose_estimate import PoseEstimate


class Diary:
    """Small rows, one a frame in which the person was seen, and the best picture so far."""

    def __init__(self) -> None:
        self._frames: list[int] = []
        self._boxes: list[Array] = []
        self._scores: list[float] = []
        self._poses: list[PoseEstimate] = []
        self._thumbnail: npt.NDArray[np.uint8] = np.zeros((*THUMBNAIL_PX[::-1], 3), dtype=np.uint8)
        self._quality = 0.0

    @property
    def first_frame(self) -> int:
        """Index of the first frame."""
        return self._frames[0]

    def note(self, frame: Frame, box: Array, score: float, pose: PoseEstimate) -> None:
        """Write one frame down: box (4,) px, the detector's score, landmarks (K, ...) of this person."""
        self._frames.append(frame.index)
        self._boxes.append(box)
        self._scores.append(score)
        self._poses.append(pose)
        quality = _picture_quality(frame.image, box, pose)
        # A picture is cut only when it is clearly better, because cutting costs time.
        if quality > 1.05 * self._quality:
            self._quality = quality
            self._thumbnail = thumbnail(frame.image, box)

    def person(
        self,
        number: int,
        all_index: IntArray,
        all_time_s: Array,
        skeleton: Skeleton,
        size_px: tuple[int, int],
    ) -> PersonTrack:
        """The track over every frame from the first to the last, boxes between sightings interpolated.

        all_index, all_time_s (T,): every frame of the video, ascending.
        """
        first, last = np.searchsorted(all_index, [self._frames[0], self._frames[-1]])
        index, time_s = all_index[first : last + 1], all_time_s[first : last + 1]
        seen = np.searchsorted(index, self._frames)
        n, k = index.size, len(skeleton)
        position, confidence, sd = (
            np.full((n, k, 2), np.nan),
            np.full((n, k), np.nan),
            np.full((n, k), np.nan),
        )
        position[seen] = [pose.position for pose in self._poses]
        confidence[seen] = [pose.confidence for pose in self._poses]
        sd[seen] = [pose.sd for pose in self._poses]
        boxes, score = np.stack(self._boxes), np.zeros(n)
        score[seen] = self._scores
        between = np.stack([np.interp(time_s, time_s[seen], boxes[:, i]) for i in range(4)], axis=1)
        keypoints = Keypoints(skeleton, time_s, position, confidence, "px", sd)
        return PersonTrack(number, index, between, score, keypoints, self._thumbnail, size_px)


def thumbnail(image: Image, box: Array) -> npt.NDArray[np.uint8]:
    """A person's picture of `THUMBNAIL_PX` with a little room around; what lies outside is light grey."""
    room = 0.06 * (box[3] - box[1]) * np.array([-1, -1, 1, 1])
    return crop(image, box + room, THUMBNAIL_PX, fill=235)[0]


def _picture_quality(image: Image, box: Array, pose: PoseEstimate) -> float:
    """High where the whole person is in the picture, well seen and large."""
    inside = clip(box, (image.shape[1], image.shape[0]))
    size = box[2:] - box[:2]
    visible = float(np.prod(inside[2:] - inside[:2]) / np.prod(size))
    return float(np.mean(pose.confidence) * visible**2 * np.sqrt(size[1]))
