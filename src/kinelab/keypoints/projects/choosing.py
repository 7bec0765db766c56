"""Which frames of a video to label: by looks (k-means), evenly in time, or where a network is least sure."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from scipy.cluster.vq import kmeans2

from kinelab.core.checks import Array, IntArray
from kinelab.core.recording import Video
from kinelab.errors import InputError
from kinelab.keypoints.projects.frame_pictures import checked_video
from kinelab.keypoints.projects.network_doubt import frame_doubt
from kinelab.keypoints.projects.project import chosen_frames, load_project
from kinelab.keypoints.projects.thumbnails import Thumbnails, thumbnails

Method = Literal["kmeans", "uniform", "uncertain"]
MOST_CANDIDATES = 5000  # looked at in one video: 10 MB; more are thinned out evenly in time
MOST_PREDICTED = 1000  # a network looks at so many: minutes on a CPU
_ROUNDS = 50  # of k-means, as in DeepLabCut
_STARTS = 5
_POOL = 10  # times as many uncertain frames as are wanted


@dataclass(frozen=True)
class Choice:
    """The frames that were chosen, among how many, and what a reader should know of it."""

    frames: tuple[int, ...]
    n_candidates: int
    note: str = ""


def choose_frames(
    folder: str | Path,
    video_id: str,
    n: int,
    method: Method = "kmeans",
    *,
    network: str | Path | None = None,
    start_s: float = 0.0,
    stop_s: float | None = None,
    seed: int = 0,
    on_frame: Callable[[int], None] | None = None,
) -> Choice:
    """n frames of a video that are not chosen yet, between start_s <= t < stop_s from its beginning.

    kmeans: frames that look different, within the video, as DeepLabCut does it (Nath et al. 2019, Nat Protoc
    14:2152): pictures 30 px wide and grey, less their mean, in as many clusters as frames are wanted; one
    random frame of each. Unlike there, it is full k-means, the best of five k-means++ starts, and not
    mini-batches; and frames that were chosen earlier take a cluster each, so that adding again adds others.
    uniform: one random frame in each of n equal parts of the time.
    uncertain: where `network` (its file or run folder) is least sure, apart in time, and different in looks.

    Of a video of more than `MOST_CANDIDATES` frames so many are looked at, evenly spaced; `note` says so.
    `on_frame` is told of each frame that is read. The same seed chooses the same frames.

    Raises:
        InputError: fewer than n frames left there, no such video, it is missing, or no network to ask.
    """
    _check(n, method, network)
    video = checked_video(folder, load_project(folder), video_id)
    span = _span(video, start_s, stop_s)
    taken = np.array(chosen_frames(folder, video_id), dtype=np.int64)
    left = np.setdiff1d(np.arange(*span), taken)
    if left.size < n:
        raise InputError(
            f"{video_id} has {left.size} frames there that are not chosen yet, {n} are asked for; ask for "
            "fewer, or widen --start and --stop"
        )
    rng = np.random.default_rng(seed)
    if method == "uniform":
        parts = np.array_split(left, n)
        return Choice(tuple(sorted(int(rng.choice(part)) for part in parts)), left.size)
    candidates = _thinned(left, MOST_CANDIDATES if network is None else max(MOST_PREDICTED, n))
    if network is None:
        seen = taken[(taken >= span[0]) & (taken < span[1])]
        frames = by_looks(thumbnails(video, [*candidates, *seen], on_frame), seen, n, rng)
    else:
        doubt = frame_doubt(network, video, candidates, on_frame)
        frames = _by_doubt(video, candidates, doubt, taken, n, rng)
    return Choice(frames, candidates.size, _note(left.size, candidates.size, n - len(frames)))


def _check(n: int, method: str, network: str | Path | None) -> None:
    if n < 1:
        raise InputError(f"{n} frames asked for, expected 1 or more")
    if method not in get_args(Method):
        raise InputError(f"unknown method {method!r}; known are {', '.join(get_args(Method))}")
    if (method == "uncertain") != (network is not None):
        raise InputError(
            "choosing by uncertainty needs a network to ask, and the other methods none: "
            "give the method uncertain and a trained network together"
        )


def _note(n_left: int, n_looked_at: int, n_short: int) -> str:
    said = []
    if n_looked_at < n_left:
        said.append(f"{n_looked_at} of {n_left} frames were looked at, evenly spaced in time")
    if n_short:
        said.append(f"{n_short} fewer than asked for: the others cannot be decoded")
    return "; ".join(said)


def by_looks(
    looks: Thumbnails, taken: Sequence[int] | IntArray, n: int, rng: np.random.Generator
) -> tuple[int, ...]:
    """Up to n frames that look unlike one another and unlike those that are `taken` (see `choose_frames`)."""
    is_taken = np.isin(looks.frame, taken)
    free = np.flatnonzero(~is_taken)
    n = min(n, free.size)
    cluster = clusters(looks, n + int(is_taken.sum()), rng)
    fresh = [c for c in np.unique(cluster[free]) if not is_taken[cluster == c].any()]
    chosen = [int(rng.choice(free[cluster[free] == c])) for c in rng.permutation(fresh)[:n]]
    rest = np.setdiff1d(free, chosen)  # fewer clusters than frames, as when the picture stands still
    chosen += [int(i) for i in rng.choice(rest, n - len(chosen), replace=False)]
    return tuple(sorted(int(f) for f in looks.frame[chosen]))


def clusters(looks: Thumbnails, k: int, rng: np.random.Generator) -> IntArray:
    """(M,) number of the cluster of each frame, at most k of them: the tightest of `_STARTS` tries."""
    grey = (looks.grey - looks.grey.mean(axis=0)).astype(float)
    k = min(k, len(np.unique(grey, axis=0)))
    if k < 2:
        return np.zeros(len(grey), np.int64)
    tightest, best = np.inf, np.zeros(len(grey), np.int64)
    for _ in range(_STARTS):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # an empty cluster: the others give the frames
            middle, cluster = kmeans2(grey, k, iter=_ROUNDS, minit="++", rng=rng)
        spread = float(np.square(grey - middle[cluster]).sum())
        if spread < tightest:
            tightest, best = spread, cluster.astype(np.int64)
    return best


def _by_doubt(
    video: Video, candidates: IntArray, doubt: Array, taken: IntArray, n: int, rng: np.random.Generator
) -> tuple[int, ...]:
    """The most doubtful first; at first only one of each look and apart in time, then as far as needed."""
    order = np.argsort(-doubt, kind="stable")
    pool = candidates[order[: _POOL * n]]
    looks = thumbnails(video, [int(f) for f in pool])
    look = dict(zip(looks.frame.tolist(), clusters(looks, n, rng).tolist(), strict=True))
    apart = (candidates[-1] - candidates[0] + 1) / (4 * n)
    chosen: list[int] = []
    for one_look, least in ((True, apart), (False, apart), (False, 1.0)):
        for frame in (int(f) for f in pool if int(f) in look):
            near = np.abs(np.array([*chosen, *taken, -np.inf]) - frame).min() < least
            used = one_look and look[frame] in {look[other] for other in chosen}
            if len(chosen) < n and not near and not used:
                chosen.append(frame)
    return tuple(sorted(chosen))


def _span(video: Video, start_s: float, stop_s: float | None) -> tuple[int, int]:
    times = video.frame_time_s - video.frame_time_s[0]
    stop_s = np.inf if stop_s is None else stop_s
    if not 0 <= start_s < stop_s:
        raise InputError(f"from {start_s:g} s to {stop_s:g} s asked for; expected 0 <= start < stop")
    return int(np.searchsorted(times, start_s)), int(np.searchsorted(times, stop_s))


def _thinned(frames: IntArray, most: int) -> IntArray:
    if frames.size <= most:
        return frames
    thinned: IntArray = frames[np.linspace(0, frames.size - 1, most).round().astype(int)]
    return thinned
