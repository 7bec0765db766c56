"""How well two people who labelled the same frames agree."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array, BoolArray, IntArray
from kinelab.errors import InputError
from kinelab.keypoints.projects.labels import Labels, State, load_labels, raters
from kinelab.keypoints.projects.project import Project

Pair = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Differences:
    """Two raters on the M frames of one video that both labelled.

    difference_px (M, K, 2): second minus first, NaN unless both placed the landmark. both_dealt (M, K): both
    dealt with it; state_differs (M, K): of these, where they said otherwise (visible, occluded, absent).
    """

    video: str
    frame: IntArray
    difference_px: Array
    both_dealt: BoolArray
    state_differs: BoolArray


@dataclass(frozen=True)
class LandmarkAgreement:
    """Differences of two raters in one landmark, or in all of them ("all").

    n frames in which both placed it. Distances between their clicks: mean_px, sd_px (n - 1), rmse_px;
    bias_px: mean of second minus first in x and y (down). The same in mm over those n_mm frames whose video
    has a known length. visibility_differs: share (0 to 1) of the landmarks that both dealt with. NaN:
    not known.
    """

    landmark: str
    n: int
    mean_px: float
    sd_px: float
    rmse_px: float
    bias_px: Pair
    n_mm: int
    mean_mm: float
    sd_mm: float
    rmse_mm: float
    bias_mm: Pair
    visibility_differs: float


@dataclass(frozen=True, eq=False)
class Agreement:
    """Two raters over a project: overall, by landmark, and the differences in each video's frames."""

    raters: tuple[str, str]
    overall: LandmarkAgreement
    landmarks: tuple[LandmarkAgreement, ...]
    videos: tuple[Differences, ...]
    synthetic: bool = False

    @property
    def n_frames(self) -> int:
        """How many frames both labelled."""
        return sum(int(video.frame.size) for video in self.videos)


def agreement(folder: str | Path, project: Project, pair: tuple[str, str]) -> Agreement:
    """Compare two raters of a project on all frames that both labelled.

    Raises:
        InputError: one of them has not labelled, they are the same, or have no frame in common.
        FileFormatError: a label file is damaged.
    """
    first, second = pair
    known = raters(folder)
    unknown = [name for name in pair if name not in known]
    if unknown or first == second:
        raise InputError(
            f"two different raters are compared, {first!r} and {second!r} were given; there are "
            f"{', '.join(known) or 'none yet'}"
        )
    found = [
        frame_differences(*(load_labels(folder, project, name, video.id) for name in pair))
        for video in project.videos
    ]
    scale = {video.id: video.mm_per_px or np.nan for video in project.videos}
    videos = tuple(one for one in found if one.frame.size)
    if not videos:
        raise InputError(f"{first} and {second} have no labelled frame in common; nothing to compare")
    difference = np.concatenate([one.difference_px for one in videos])
    dealt = np.concatenate([one.both_dealt for one in videos])
    differs = np.concatenate([one.state_differs for one in videos])
    mm_per_px = np.concatenate([np.full(one.frame.size, scale[one.video]) for one in videos])

    def over(name: str, columns: slice) -> LandmarkAgreement:
        flat = difference[:, columns].reshape(-1, 2)
        each_mm = np.repeat(mm_per_px, difference[:, columns].shape[1])
        both = dealt[:, columns].sum()
        share = float(differs[:, columns].sum() / both) if both else np.nan
        return _summary(name, flat, each_mm, share)

    return Agreement(
        raters=pair,
        overall=over("all", slice(None)),
        landmarks=tuple(over(name, slice(k, k + 1)) for k, name in enumerate(project.landmarks)),
        videos=videos,
        synthetic=project.synthetic,
    )


def frame_differences(first: Labels, second: Labels) -> Differences:
    """Second minus first on the frames of one video that both labelled."""
    frames, rows, others = np.intersect1d(first.frame, second.frame, return_indices=True)
    both_dealt = (first.state[rows] != State.UNLABELLED) & (second.state[others] != State.UNLABELLED)
    return Differences(
        first.video,
        frames,
        second.position_px[others] - first.position_px[rows],
        both_dealt,
        both_dealt & (first.state[rows] != second.state[others]),
    )


def _summary(name: str, difference_px: Array, mm_per_px: Array, differs: float) -> LandmarkAgreement:
    placed = np.isfinite(difference_px).all(axis=1)
    px = difference_px[placed]
    mm = px * mm_per_px[placed, None]
    mm = mm[np.isfinite(mm).all(axis=1)]
    return LandmarkAgreement(name, len(px), *_distances(px), len(mm), *_distances(mm), differs)


def _distances(difference: Array) -> tuple[float, float, float, Pair]:
    """Mean, sd and root mean square of the distances, and the mean difference in x and y."""
    if not len(difference):
        return np.nan, np.nan, np.nan, (np.nan, np.nan)
    distance = np.linalg.norm(difference, axis=1)
    sd = float(distance.std(ddof=1)) if len(distance) > 1 else np.nan
    bias = difference.mean(axis=0)
    return float(distance.mean()), sd, float(np.sqrt((distance**2).mean())), (float(bias[0]), float(bias[1]))
