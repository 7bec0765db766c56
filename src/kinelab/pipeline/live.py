"""Joint angles while the camera runs: newest frame, landmarks, angles, and how late all that is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from kinelab.core.checks import Array
from kinelab.core.skeletons import Skeleton
from kinelab.detection.boxes import clip
from kinelab.detection.detectors import Detector
from kinelab.detection.pose_models import PoseModel
from kinelab.errors import VideoError
from kinelab.files.live_video import LiveFrame, LiveVideo
from kinelab.keypoints.outliers import MIN_CONFIDENCE
from kinelab.keypoints.transfer.trained import TrainedNetwork
from kinelab.pipeline.live_angles import AngleStream, LiveAngles, Seen

_MARGIN = 0.15  # of a person's height around the landmarks of the frame before
_FOLLOWED = 0.4  # mean confidence that spares the detector

_WARM_UP = 3  # frames; the first calls of a network and of compiled loops are slow


class Finder(Protocol):
    """What finds the landmarks in a picture."""

    skeleton: Skeleton

    def find(self, image: npt.NDArray[np.uint8]) -> Seen:
        """Landmarks of the person; confidence 0 where there is nobody."""
        ...


class WholePicture:
    """A network that was trained on labels: it looks at the whole picture."""

    def __init__(self, network: TrainedNetwork, skeleton: Skeleton) -> None:
        self._network = network
        self.skeleton = skeleton

    def find(self, image: npt.NDArray[np.uint8]) -> Seen:
        """Landmarks of the one subject in view."""
        found = self._network.predict([image])
        return Seen(found.position_px[0], found.confidence[0], found.sd_px[0])


class OnePerson:
    """A pose model that wants a box: round the landmarks of the frame before, or from the detector."""

    def __init__(self, pose_model: PoseModel, detector: Detector) -> None:
        self._pose_model, self._detector = pose_model, detector
        self.skeleton = pose_model.skeleton
        self._box: Array | None = None

    def find(self, image: npt.NDArray[np.uint8]) -> Seen:
        """Landmarks of the person followed, else of the largest."""
        if self._box is None:
            boxes = self._detector.detect(image).xyxy
            if not len(boxes):
                nobody = np.full(len(self.skeleton), np.nan)
                return Seen(np.full((len(self.skeleton), 2), np.nan), np.zeros(len(self.skeleton)), nobody)
            self._box = boxes[np.prod(boxes[:, 2:] - boxes[:, :2], axis=1).argmax()]
        found = self._pose_model.estimate(image, self._box[None])
        seen = Seen(found.position[0], found.confidence[0], found.sd[0])
        self._box = self._around(seen, (image.shape[1], image.shape[0]))
        return seen

    def _around(self, seen: Seen, size_px: tuple[int, int]) -> Array | None:
        sure = (seen.confidence >= MIN_CONFIDENCE) & np.isfinite(seen.position_px).all(axis=1)
        if seen.confidence.mean() < _FOLLOWED or sure.sum() < 2:
            return None
        low, high = seen.position_px[sure].min(axis=0), seen.position_px[sure].max(axis=0)
        room = _MARGIN * (high[1] - low[1])
        box = clip(np.concatenate([low - room, high + room])[None], size_px)[0]
        return box if (box[2:] - box[:2] >= 2).all() else None


@dataclass(frozen=True, eq=False)
class Moment:
    """What one frame gave: angles, the frame, its landmarks, and latency_s from its arrival to the angles."""

    frame: LiveFrame
    seen: Seen
    angles: LiveAngles
    latency_s: float


@dataclass(frozen=True)
class LiveSummary:
    """frames: looked at, in seconds; arrived: from the source; dropped: passed over for newer ones.

    latency: from the arrival of a decoded frame to its angles, percentiles over all but the first three
    frames, which compile and warm up; what the camera itself and its cable take is not in it. filter_lag_s:
    by how much the filter makes the angles trail beside that.
    """

    seconds: float
    frames: int
    arrived: int
    dropped: int
    rate_hz: float
    latency_p50_s: float
    latency_p95_s: float
    latency_p99_s: float
    filter_lag_s: float
    problem: str | None


def run_live(
    video: LiveVideo,
    finder: Finder,
    stream: AngleStream,
    tell: Callable[[Moment], None],
    *,
    seconds: float | None = None,
) -> LiveSummary:
    """Look at the newest frame, tell its angles, again and again, until the end, `seconds`, or Ctrl-C.

    Raises:
        VideoError: not one frame came.
    """
    latencies: list[float] = []
    lags: list[float] = []
    began_s = time.monotonic()
    try:
        while seconds is None or time.monotonic() - began_s < seconds:
            frame = video.newest()
            if frame is None:
                break
            seen = finder.find(frame.image)
            angles = stream.add(frame.time_s, seen)
            latencies.append(time.monotonic() - frame.arrived_s)
            lags.append(angles.lag_s)
            tell(Moment(frame, seen, angles, latencies[-1]))
    except KeyboardInterrupt:
        pass  # the way to end it
    if not latencies:
        raise VideoError(f"not one picture came ({video.problem or 'the stream ended at once'})")
    took_s = time.monotonic() - began_s
    p50, p95, p99 = np.percentile(latencies[_WARM_UP:] or latencies, (50, 95, 99)).tolist()
    known = [lag for lag in lags if np.isfinite(lag)]
    return LiveSummary(
        seconds=took_s,
        frames=len(latencies),
        arrived=video.n_arrived,
        dropped=video.n_dropped,
        rate_hz=len(latencies) / took_s,
        latency_p50_s=p50,
        latency_p95_s=p95,
        latency_p99_s=p99,
        filter_lag_s=float(np.mean(known)) if known else float("nan"),
        problem=video.problem,
    )
