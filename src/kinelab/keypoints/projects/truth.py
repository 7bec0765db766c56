"""One truth out of what one or several people put on the frames of a video."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array, IntArray
from kinelab.errors import InputError
from kinelab.keypoints.projects.labels import Labels, State, load_labels, no_labels, raters
from kinelab.keypoints.projects.project import Project

MEAN = "mean"
EXACT = "truth"  # the rater of exact labels, in projects from the virtual laboratory


def truth(folder: str | Path, project: Project, video_id: str, rater: str | None = None) -> Labels:
    """What is taken as true on one video: one rater's labels, or the mean of all (`rater` None).

    In the mean a landmark stands in the middle of the raters' clicks. It has a place when at least half of
    those who dealt with it gave it one, and is visible when at least half of these saw it. A frame that only
    one person labelled is that person's. Where the virtual laboratory gave the exact places (rater "truth"),
    they go before any mean. The result's rater is "mean", or the name where there is only one.

    Raises:
        InputError: no such rater or video.
        FileFormatError: a label file is damaged.
    """
    everyone = raters(folder)
    if rater is not None and rater not in everyone:
        raise InputError(
            f"nobody called {rater!r} has labelled; there are {', '.join(everyone) or 'none yet'}"
        )
    if rater is None and project.synthetic and EXACT in everyone:
        rater = EXACT
    chosen = everyone if rater is None else (rater,)
    found = [load_labels(folder, project, name, video_id) for name in chosen]
    found = [labels for labels in found if labels.frame.size]
    if not found:
        return no_labels(video_id, rater or MEAN, project.landmarks)
    return found[0] if len(found) == 1 else mean_of(found)


def mean_of(everyone: Sequence[Labels]) -> Labels:
    """The mean of several raters' labels of one video; see `truth`."""
    frames: IntArray = np.unique(np.concatenate([labels.frame for labels in everyone]))
    first = everyone[0]
    position = np.full((len(everyone), frames.size, len(first.landmarks), 2), np.nan)
    state = np.zeros(position.shape[:3], np.uint8)
    for r, labels in enumerate(everyone):
        rows = np.searchsorted(frames, labels.frame)
        position[r, rows], state[r, rows] = labels.position_px, labels.state
    dealt = (state != State.UNLABELLED).sum(axis=0)
    seen = (state == State.VISIBLE).sum(axis=0)
    placed = seen + (state == State.OCCLUDED).sum(axis=0)
    merged = np.select(
        [dealt == 0, 2 * placed < dealt, 2 * seen >= placed],
        [State.UNLABELLED, State.ABSENT, State.VISIBLE],
        State.OCCLUDED,
    ).astype(np.uint8)
    has_place = np.isin(merged, (State.VISIBLE, State.OCCLUDED))
    return Labels(
        first.video,
        MEAN,
        first.landmarks,
        frames,
        np.where(has_place[..., None], _mean(position), np.nan),
        merged,
    )


def _mean(position: Array) -> Array:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # nobody placed it: NaN is right
        mean: Array = np.nanmean(position, axis=0)
    return mean
