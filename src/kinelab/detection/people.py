"""One pass over a video: find the persons, keep them apart, and estimate the landmarks of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from kinelab.core.checks import Array, BoolArray
from kinelab.core.recording import Frame
from kinelab.detection.boxes import clip, iou
from kinelab.detection.detectors import Detector
from kinelab.detection.diary import Diary
from kinelab.detection.looks import looks_of
from kinelab.detection.person_track import PersonTrack
from kinelab.detection.pose_estimate import PoseEstimate
from kinelab.detection.pose_models import PoseModel
from kinelab.detection.tracking import Track, Tracker
from kinelab.errors import InputError

__all__ = ["PersonTrack", "watch"]

_SEEN = 0.3  # a landmark of this confidence counts as seen
_FOLLOW = 0.4  # mean confidence that lets a track live on without the detector
_HIDDEN_IOU = 0.35  # whom the detector misses and who stands so much behind another is hidden
_SAME_POSE = 0.08  # mean distance of landmarks, in heights, below which two estimates are of one person
_MARGIN = 0.08  # of the height: head and feet reach beyond their landmarks


class _Watch:
    """The state of one pass."""

    def __init__(self, size_px: tuple[int, int], detector: Detector, pose_model: PoseModel) -> None:
        self.tracker = Tracker(size_px)
        self.detector, self.pose_model = detector, pose_model
        self.diaries: dict[Track, Diary] = {}
        self.n_detections = 0

    def step(self, frame: Frame, detect: bool, max_people: int) -> None:
        """Take in one frame."""
        self.tracker.predict(frame.time_s)
        if detect:
            boxes = self.detector.detect(frame.image)
            looks = [looks_of(frame.image, box) for box in boxes.xyxy]
            self.tracker.match(boxes, looks, frame.time_s)
            self.n_detections += 1
            self._forget_chance_finds()
        tracks = self._worth_a_look(frame.time_s)[:max_people]
        if not tracks:
            return
        estimate = self.pose_model.estimate(frame.image, np.stack([t.filter.box for t in tracks]))
        for i in np.flatnonzero(_reliable(tracks, estimate)):
            track = tracks[i]
            pose = PoseEstimate(estimate.position[i], estimate.confidence[i], estimate.sd[i])
            if track.detection is None:
                self.tracker.follow(track, _box_around(pose), frame.time_s)
            self.diaries.setdefault(track, Diary()).note(frame, track.filter.box, track.score, pose)

    def _worth_a_look(self, time_s: float) -> list[Track]:
        """The tracks whose landmarks are estimated now, the largest persons first.

        Those that the detector found, and those that it missed (or was not asked for) while their landmarks
        can still be followed; not those that must be hidden behind another.
        """
        found = [t for t in self.tracker.tracks if t.detection is not None]
        gap_s = self.tracker.settings.gap_s
        chosen = list(found)
        for track in self.tracker.tracks:
            if track.detection is not None or time_s - track.detected_s > gap_s or track.lost:
                continue
            hidden = found and _overlap(track, found) > _HIDDEN_IOU
            if not hidden and _half_in_view(track.filter.box, self.tracker.size_px):
                chosen.append(track)
        # Who has been watched for a while is not given up for somebody slightly larger.
        return sorted(chosen, key=lambda t: -t.filter.height_px * (1.2 if t.hits > 10 else 1.0))

    def _forget_chance_finds(self) -> None:
        """Drop the rows of tracks that died before they counted."""
        alive = set(self.tracker.tracks)
        birth = self.tracker.settings.birth_hits
        self.diaries = {t: d for t, d in self.diaries.items() if t in alive or t.hits >= birth}


def watch(
    frames: Iterable[Frame],
    detector: Detector,
    pose_model: PoseModel,
    *,
    detect_every: int = 1,
    max_people: int = 4,
    on_frame: Callable[[int], None] | None = None,
) -> list[PersonTrack]:
    """The persons of a video with their landmarks, in the order in which they appear.

    frames: a stream; no picture is kept but one small thumbnail a person, so memory grows by about a
    kilobyte per frame and person. detect_every: the detector looks at every n-th frame; between them (and
    where it misses someone, for a second at most) the box follows the person's own landmarks. max_people:
    at most so many persons per frame, the largest. on_frame: called with the index of each frame done.

    A short absence (hidden behind something, or out of the picture and back) is bridged: those frames are in
    the track with landmarks NaN and score 0.

    Raises:
        InputError: detect_every or max_people below 1, or an image that is not (H, W, 3) uint8.
    """
    if detect_every < 1 or max_people < 1:
        raise InputError(f"detect_every is {detect_every}, max_people {max_people}; both must be 1 or more")
    state: _Watch | None = None
    index: list[int] = []
    time_s: list[float] = []
    for frame in frames:
        if state is None:
            state = _Watch((frame.image.shape[1], frame.image.shape[0]), detector, pose_model)
        state.step(frame, len(index) % detect_every == 0, max_people)
        index.append(frame.index)
        time_s.append(frame.time_s)
        if on_frame is not None:
            on_frame(frame.index)
    if state is None:
        return []
    hits = min(state.tracker.settings.birth_hits, state.n_detections)
    kept = [(t.number, diary) for t, diary in state.diaries.items() if t.hits >= hits]
    kept.sort(key=lambda pair: (pair[1].first_frame, pair[0]))
    all_index, all_time_s = np.array(index, dtype=np.int64), np.array(time_s)
    skeleton, size_px = pose_model.skeleton, state.tracker.size_px
    return [d.person(i, all_index, all_time_s, skeleton, size_px) for i, (_, d) in enumerate(kept, start=1)]


def _reliable(tracks: list[Track], estimate: PoseEstimate) -> BoolArray:
    """(N,) False for a pose that is not to be believed.

    Without the detector's word the landmarks must be well seen. And no two persons have one pose: where two
    estimates agree, the network saw the person in front twice, and the one whom the detector saw longer
    ago, or is less sure of, is dropped.
    """
    found = np.array([t.detection is not None for t in tracks])
    good: BoolArray = found | (estimate.confidence.mean(axis=1) >= _FOLLOW)
    good &= (estimate.confidence >= _SEEN).any(axis=1)
    strength = [(t.detected_s, t.score) for t in tracks]
    for i in range(len(tracks)):
        for j in range(i):
            if not (good[i] and good[j]):
                continue
            distance = np.hypot(*np.moveaxis(estimate.position[i] - estimate.position[j], -1, 0))
            if np.nanmean(distance) < _SAME_POSE * min(t.filter.height_px for t in (tracks[i], tracks[j])):
                good[min(i, j, key=lambda m: strength[m])] = False
    return good


def _box_around(pose: PoseEstimate) -> Array:
    """A person's box from the landmarks that are seen, widened to head and feet, (4,) px."""
    seen = pose.position[(pose.confidence >= _SEEN) & np.isfinite(pose.position).all(axis=-1)]
    low, high = seen.min(axis=0), seen.max(axis=0)
    room = _MARGIN * max(high[1] - low[1], 1.0)
    return np.concatenate([low - room, high + room])


def _overlap(track: Track, others: list[Track]) -> float:
    return float(iou(track.filter.box[None], np.stack([t.filter.box for t in others])).max())


def _half_in_view(box: Array, size_px: tuple[int, int]) -> bool:
    inside = clip(box, size_px)
    return bool(np.prod(inside[2:] - inside[:2]) > 0.5 * np.prod(box[2:] - box[:2]))
