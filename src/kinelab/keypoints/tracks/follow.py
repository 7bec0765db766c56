"""One pass of trained networks over a video, in batches, decoded ahead, that goes on where it was stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from kinelab.core.keypoints import Keypoints
from kinelab.core.recording import Frame, Video
from kinelab.errors import InputError, VideoError
from kinelab.files.video import read_frames
from kinelab.keypoints.tracks.parts import PART_FRAMES, Found, Parts
from kinelab.keypoints.tracks.several import Several


@dataclass(frozen=True, eq=False)
class Followed:
    """keypoints: px of the video as viewed, with sd; row i is frame i, NaN where it could not be decoded.

    problem: what the video's reader had to say. n_before: frames that an earlier, stopped run had done.
    """

    keypoints: Keypoints
    problem: str | None
    n_before: int


def follow(
    video: Video,
    network: Several,
    parts_folder: str | Path,
    *,
    batch: int = 8,
    on_frame: Callable[[int], None] | None = None,
) -> Followed:
    """The landmarks of a network, or several as one, in every frame of a video.

    The whole picture is looked at: one subject is expected in it. What is found goes to `parts_folder` every
    `PART_FRAMES` frames, so that a killed run loses no more than these, and memory holds `2 * batch` pictures
    at any length of the video; the caller removes the folder once the result is safe. `on_frame` is told how
    many frames are done.

    Raises:
        InputError: batch below 1.
        VideoError: not one frame could be decoded.
        OutputError: the disk is full; the same call goes on later.
    """
    if batch < 1:
        raise InputError(f"batch is {batch}, expected 1 or more")
    parts = Parts(parts_folder, f"{network.key} {video.path.name} {video.n_frames} {video.size_px}")
    before = parts.next_frame
    pending: list[Found] = []
    with read_frames(video, start=before, prefetch=batch) as frames:
        while some := list(islice(frames, batch)):
            pending.append(_look(network, some))
            if sum(one.frame.size for one in pending) >= PART_FRAMES:
                parts.add(_joined(pending))
                pending = []
            if on_frame is not None:
                on_frame(some[-1].index + 1)
        if pending:
            parts.add(_joined(pending))
    if not parts.next_frame:
        raise VideoError(f"{video.path}: no frame could be decoded ({frames.problem})")
    whole = parts.whole(video.n_frames, len(network.landmarks))
    keypoints = Keypoints(
        network.skeleton, video.frame_time_s, whole.position_px, whole.confidence, sd=whole.sd_px
    )
    return Followed(keypoints, frames.problem, before)


def _look(network: Several, frames: list[Frame]) -> Found:
    found = network.predict([frame.image for frame in frames])
    index = np.array([frame.index for frame in frames], np.int64)
    return Found(index, found.position_px, found.confidence, found.sd_px)


def _joined(found: list[Found]) -> Found:
    return Found(
        np.concatenate([one.frame for one in found]),
        np.concatenate([one.position_px for one in found]),
        np.concatenate([one.confidence for one in found]),
        np.concatenate([one.sd_px for one in found]),
    )
