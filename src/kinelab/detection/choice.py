"""Which of the persons in a video is the one to analyse."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kinelab.detection.person_track import PersonTrack
from kinelab.errors import PersonError

_MIN_DURATION_S = 0.5  # shorter tracks hold no stride
_FULL_DURATION_S = 1.5  # from here on longer is not better


def choose_person(tracks: Sequence[PersonTrack], person: int | None, size_px: tuple[int, int]) -> PersonTrack:
    """The person asked for by id, or the one who walks most through the view.

    Walking is counted as `walking_score`: way to the side in own heights, plus the legs' opening and
    closing, which finds a person on a treadmill. size_px (width, height) of the video, for the messages.

    Raises:
        PersonError: nobody was found, or not the one that was asked for; lists who is there.
    """
    if not tracks:
        raise PersonError(
            f"no person was found in the video ({size_px[0]} x {size_px[1]} px); expected a person at least "
            "about 60 px tall and seen for a few frames: is the view blocked, dark, or the wrong video?"
        )
    if person is not None:
        for track in tracks:
            if track.id == person:
                return track
        raise PersonError(f"no person {person} in the video; there are {describe(tracks)}")
    long_enough = [t for t in tracks if t.duration_s >= _MIN_DURATION_S]
    return max(long_enough or list(tracks), key=walking_score)


def describe(tracks: Sequence[PersonTrack]) -> str:
    """The candidates in words, for messages and logs."""
    return "; ".join(
        f"{t.id} (frames {t.frame_index[0]}-{t.frame_index[-1]}, moves {t.travel:.1f} body heights to the "
        f"side, {t.height_px:.0f} px tall)"
        for t in tracks
    )


def walking_score(track: PersonTrack) -> float:
    """How much a track looks like somebody walking through the view; only its order has a meaning.

    Travel to the side and the spread of the distance between the ankles, both in body heights, weighted by
    how long and how well the person was seen.
    """
    seen = float(np.mean(track.score > 0)) * float(np.nan_to_num(np.nanmean(track.keypoints.confidence)))
    duration = min(track.duration_s / _FULL_DURATION_S, 1.0)
    return (track.travel + 0.5 * _leg_motion(track)) * duration * seen


def _leg_motion(track: PersonTrack) -> float:
    """Standard deviation of the horizontal distance between the ankles, in body heights."""
    points = track.keypoints
    if not points.skeleton.has("left_ankle", "right_ankle"):
        return 0.0
    apart = points.of("left_ankle")[:, 0] - points.of("right_ankle")[:, 0]
    return float(np.nanstd(apart) / track.height_px) if np.isfinite(apart).any() else 0.0
