"""Frames of a track in which the network is likely wrong, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kinelab.core.checks import Array, IntArray
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import Skeleton
from kinelab.keypoints.outliers import SMALLEST_JUMP, TOO_LONG, body_size
from kinelab.keypoints.swaps import repair_swaps
from kinelab.keypoints.tracks.smoother import smooth_track

KINDS = ("jump", "unsure", "spread", "length", "exchange")
SURE = 0.6  # DeepLabCut's p-cutoff
WIDE = 3.0  # times the landmark's median sd of the recording
APART_S = 0.2


@dataclass(frozen=True, eq=False)
class Doubts:
    """score (T, 5): by `KINDS`, how much speaks against a frame; 1 is where doubt begins, 0 nothing said.

    landmark (T, 5): the column of the landmark that caused it.
    """

    score: Array
    landmark: IntArray


@dataclass(frozen=True)
class Doubted:
    """One frame, the strongest reason to doubt it, and the landmark that it is about."""

    frame: int
    kind: str
    landmark: str
    score: float


def doubts(
    keypoints: Keypoints, links: Sequence[tuple[str, str]] = (), pairs: Sequence[tuple[str, str]] = ()
) -> Doubts:
    """What speaks against each frame of a raw track (px, row i is frame i).

    jump: a landmark more than 6 % of the subject's size from where its smoothed track has it, and not used
    for it. unsure: confidence below 0.6, so that 0 scores 2. spread: a stated sd more than 3 times the
    landmark's median. length: a link 1.5 times longer than its 90th percentile, for in one view it can look
    shorter than it is, never longer. exchange: `swaps` finds left and right exchanged; it scores 2.
    """
    shape = (keypoints.n, len(keypoints.skeleton))
    size = body_size(keypoints)
    smooth = smooth_track(keypoints)
    away = np.linalg.norm(keypoints.position - smooth.keypoints.position, axis=-1)
    noticed = SMALLEST_JUMP * size if size > 0 else np.inf
    jump = np.where(smooth.used, 0.0, away / noticed)
    unsure = 1 + (SURE - keypoints.confidence) / SURE
    spread = np.zeros(shape)
    if keypoints.sd is not None and np.isfinite(keypoints.sd).any():
        known = [column[np.isfinite(column)] for column in keypoints.sd.T]
        usual = [np.median(column) if column.size else np.inf for column in known]
        spread = keypoints.sd / (WIDE * np.maximum(usual, 1e-9))
    by_landmark = (jump, unsure, spread, _too_long(keypoints, links, noticed), _exchanged(keypoints, pairs))
    score = np.stack([np.nan_to_num(kind).max(axis=1) for kind in by_landmark], axis=-1)
    landmark = np.stack([np.nan_to_num(kind).argmax(axis=1) for kind in by_landmark], axis=-1)
    score[~keypoints.seen.any(axis=1)] = 0.0  # not decoded: nobody could label it
    return Doubts(score, landmark)


def doubted_frames(
    found: Doubts, keypoints: Keypoints, n: int, taken: Sequence[int] | IntArray = ()
) -> tuple[Doubted, ...]:
    """Up to n frames to look at, in order: kinds take turns, each gives its worst, apart in time.

    Frames lie a quarter of an even spacing apart from one another and from those `taken`; where that leaves
    too few, 0.2 s, for to label one slip twice teaches nothing. Fewer than n where fewer are doubtful.
    """
    chosen: dict[int, Doubted] = {}
    used = [int(frame) for frame in taken]
    nearest = max(1.0, APART_S * keypoints.rate_hz)
    for least in (max(nearest, keypoints.n / (4 * max(n, 1))), nearest):
        queues = [
            [int(t) for t in np.argsort(-found.score[:, kind], kind="stable") if found.score[t, kind] > 1]
            for kind in range(len(KINDS))
        ]
        while any(queues) and len(chosen) < n:
            for kind, queue in enumerate(queues):
                while queue:
                    frame = queue.pop(0)
                    if used and min(abs(frame - other) for other in used) < least:
                        continue
                    landmark = keypoints.skeleton.landmarks[int(found.landmark[frame, kind])]
                    score = float(found.score[frame, kind])
                    chosen[frame] = Doubted(frame, KINDS[kind], landmark, score)
                    used.append(frame)
                    break
                if len(chosen) == n:
                    break
    return tuple(chosen[frame] for frame in sorted(chosen))


def _too_long(keypoints: Keypoints, links: Sequence[tuple[str, str]], noticed: float) -> Array:
    """(T, K) length of the longest link of a landmark, 1 at the longest that is believed."""
    score = np.zeros((keypoints.n, len(keypoints.skeleton)))
    for inner, outer in links or keypoints.skeleton.links:
        ends = [keypoints.skeleton.index(inner), keypoints.skeleton.index(outer)]
        length = np.linalg.norm(keypoints.position[:, ends[0]] - keypoints.position[:, ends[1]], axis=-1)
        finite = length[np.isfinite(length)]
        if finite.size >= 10:
            usual = float(np.percentile(finite, 90))
            longest = max(TOO_LONG * usual, usual + noticed)
            score[:, ends[1]] = np.fmax(score[:, ends[1]], length / longest)
    return score


def _exchanged(keypoints: Keypoints, pairs: Sequence[tuple[str, str]]) -> Array:
    """(T, K) 2 where a landmark and its partner seem to have changed places, else 0."""
    names = list(keypoints.skeleton.landmarks)
    for i, (left, right) in enumerate(pairs):
        if not (left.startswith("left_") and right == f"right_{left[5:]}"):
            names[names.index(left)], names[names.index(right)] = f"left_pair{i}", f"right_pair{i}"
    sided = replace(keypoints, skeleton=Skeleton(keypoints.skeleton.name, tuple(names)))
    return np.where(repair_swaps(sided).exchanged, 2.0, 0.0)
