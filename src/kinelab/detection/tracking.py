"""Which box is whose, frame after frame.

In the manner of SORT (Bewley et al. 2016) and ByteTrack (Zhang et al. 2022): boxes are predicted at constant
velocity, matched by the Hungarian algorithm, first the sure boxes and then the weak ones. Where we differ:
seconds instead of frames (frame rates vary, and the detector may run on every n-th frame), the distance of
the middles joins the overlap (a fast walker at a low rate does not overlap himself), colours join where
persons cross, and a person who was hidden or left is known again for some seconds (`_return_cost`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linear_sum_assignment

from kinelab.core.checks import Array
from kinelab.detection.box_filter import BoxFilter
from kinelab.detection.boxes import Boxes, iou
from kinelab.detection.looks import alike, mixed

_IMPOSSIBLE = 1e3


@dataclass(frozen=True)
class TrackingSettings:
    """What decides a track's life.

    sure_score: boxes from here on start tracks; weaker ones only continue them. birth_hits: detections until
    a track counts. gap_s: how long a track is expected where it would be by now. away_s: how long a person
    who left the view, or stayed hidden, may come back as the same.
    """

    sure_score: float = 0.4
    birth_hits: int = 3
    gap_s: float = 1.0
    away_s: float = 6.0


@dataclass(eq=False)
class Track:
    """One person while the video runs.

    detection: index of the box of this frame that is his (None = none); detected_s when there last was one,
    seen_s when he was last seen in whatever way, seen_box where; lost: not seen for longer than `gap_s`;
    missed: the detector did not find him when it last looked.
    """

    number: int
    filter: BoxFilter
    looks: Array
    seen_s: float
    score: float
    detected_s: float
    hits: int = 1
    detection: int | None = None
    seen_box: Array = field(default_factory=lambda: np.zeros(4))
    lost: bool = False
    missed: bool = False


class Tracker:
    """Call `predict` on every frame, `match` on frames with detections, `follow` for a box seen otherwise."""

    def __init__(self, size_px: tuple[int, int], settings: TrackingSettings | None = None) -> None:
        self.size_px = size_px
        self.settings = settings or TrackingSettings()
        self.tracks: list[Track] = []
        self._born = 0

    def predict(self, time_s: float) -> None:
        """Move all tracks on to `time_s` and forget those that are gone for too long."""
        limit = self.settings
        kept = []
        for track in self.tracks:
            track.detection = None
            patience = limit.away_s if track.hits >= limit.birth_hits else limit.gap_s
            if time_s - track.seen_s <= patience:
                kept.append(track)
                track.lost = time_s - track.seen_s > limit.gap_s
                if not track.lost:
                    track.filter.predict(time_s)
        self.tracks = kept

    def match(self, boxes: Boxes, looks: list[Array], time_s: float) -> None:
        """Give each box to a track; sure boxes that belong to nobody start a new one.

        boxes of this frame, looks of each (see `looks.looks_of`).
        """
        free = set(range(len(boxes)))
        sure = {i for i in free if boxes.score[i] >= self.settings.sure_score}
        live = [t for t in self.tracks if not t.lost]
        for group in (sure, free - sure):
            waiting = [t for t in live if t.detection is None]
            self._assign(waiting, sorted(group & free), _live_cost, boxes, looks, time_s)
            free -= {t.detection for t in live if t.detection is not None}
        absent = [t for t in self.tracks if t.detection is None and t.hits >= self.settings.birth_hits]
        self._assign(absent, sorted(sure & free), self._return_cost, boxes, looks, time_s)
        free -= {t.detection for t in absent if t.detection is not None}
        for track in self.tracks:
            track.missed = track.detection is None
        for i in sorted(sure & free):
            self._born += 1
            box = boxes.xyxy[i]
            score = float(boxes.score[i])
            track = Track(self._born, BoxFilter(box, time_s), looks[i], time_s, score, time_s)
            track.detection, track.seen_box = i, box
            self.tracks.append(track)

    def follow(self, track: Track, box: Array, time_s: float) -> None:
        """Take in where a person is from another source than the detector, such as his landmarks."""
        track.filter.update(box, doubt=2.0)
        track.seen_s, track.seen_box = time_s, box

    def _assign(
        self,
        tracks: list[Track],
        candidates: list[int],
        cost_of: Callable[[Track, Array, Array, float], float],
        boxes: Boxes,
        looks: list[Array],
        time_s: float,
    ) -> None:
        """The cheapest pairing of tracks and boxes; pairs that cannot be are left out."""
        if not tracks or not candidates:
            return
        cost = np.array([[cost_of(t, boxes.xyxy[i], looks[i], time_s) for i in candidates] for t in tracks])
        for row, column in zip(*linear_sum_assignment(cost), strict=True):
            if cost[row, column] < _IMPOSSIBLE:
                index = candidates[column]
                self._take(tracks[row], index, boxes, looks[index], time_s)

    def _take(self, track: Track, index: int, boxes: Boxes, look: Array, time_s: float) -> None:
        box = boxes.xyxy[index]
        if track.lost:
            track.filter, track.lost = BoxFilter(box, time_s), False
        else:
            track.filter.update(box)
        track.detection, track.score = index, float(boxes.score[index])
        track.seen_s = track.detected_s = time_s
        track.seen_box = box
        track.hits += 1
        track.looks = mixed(track.looks, look)

    def _return_cost(self, track: Track, box: Array, look: Array, time_s: float) -> float:
        """Whether a new box may be a person who was hidden or away: his size, his colours, within his reach.

        Within reach: not farther from where he was last seen, or would be by now, than a brisk walk takes
        him; a person who walked out of the picture must come back over the same side.
        """
        gap_s = time_s - track.seen_s
        height = track.filter.height_px
        ratio = (box[3] - box[1]) / height
        likeness = alike(track.looks, look)
        if not 0.7 < ratio < 1.43 or likeness < 0.6:
            return _IMPOSSIBLE
        middle = (box[:2] + box[2:]) / 2
        last = (track.seen_box[:2] + track.seen_box[2:]) / 2
        ahead = last + track.filter.velocity_px_s * min(gap_s, 2.0)
        distance = min(np.hypot(*(middle - last)), np.hypot(*(middle - ahead))) / height
        if distance > 0.4 + 1.0 * gap_s or self._other_side(track, middle):
            return _IMPOSSIBLE
        return float(distance + 2 * (1 - likeness) + abs(np.log(ratio)))

    def _other_side(self, track: Track, middle: Array) -> bool:
        """The person left over one side of the picture, and the new box is nowhere near it."""
        width, height = self.size_px[0], track.filter.height_px
        if track.seen_box[0] < 0.05 * height and track.filter.velocity_px_s[0] < 0:
            return bool(middle[0] > 1.5 * height)
        if track.seen_box[2] > width - 0.05 * height and track.filter.velocity_px_s[0] > 0:
            return bool(middle[0] < width - 1.5 * height)
        return False


def _live_cost(track: Track, box: Array, look: Array, time_s: float) -> float:
    """How badly a box fits a track that is in view, or was a moment ago."""
    believed = track.filter.box
    overlap = float(iou(believed[None], box[None])[0, 0])
    height = track.filter.height_px
    shift = (box[:2] + box[2:] - believed[:2] - believed[2:]) / 2
    distance = float(np.hypot(*shift)) / height
    ratio = (box[3] - box[1]) / height
    reach = 0.35 + 0.5 * (time_s - track.seen_s)
    if overlap < 0.1 and (distance > reach or not 0.6 < ratio < 1.67):
        return _IMPOSSIBLE
    # One box for two persons who are in line belongs to the one in front, who was seen until now.
    absence = 0.3 + 0.5 * (time_s - track.detected_s) if track.missed else 0.0
    return 1 - overlap + 0.5 * distance + 0.5 * (1 - alike(track.looks, look)) + absence
