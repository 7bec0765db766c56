"""How unsure a trained network is of each frame of a video."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array, IntArray
from kinelab.core.recording import Video
from kinelab.files.video import read_frames

_AT_ONCE = 16


def frame_doubt(
    network: str | Path,
    video: Video,
    frames: Sequence[int] | IntArray,
    on_frame: Callable[[int], None] | None = None,
) -> Array:
    """Doubt about each of these frames (M,), read as a stream: the larger, the less sure; -inf undecodable.

    The mean over the landmarks of the standard deviation that the network states, in px; where it states
    none, of 1 - confidence.

    Raises:
        FileFormatError, MissingExtraError: as `keypoints.transfer.trained.open_trained`.
    """
    from kinelab.keypoints.transfer.trained import open_trained  # brings torch or onnxruntime

    trained = open_trained(network)
    place = {int(frame): i for i, frame in enumerate(frames)}
    doubt = np.full(len(place), -np.inf)
    with read_frames(video, start=min(place), stop=max(place) + 1) as stream:
        wanted = (frame for frame in stream if frame.index in place)
        while batch := list(islice(wanted, _AT_ONCE)):
            found = trained.predict([frame.image for frame in batch])
            unsure = np.where(np.isfinite(found.sd_px), found.sd_px, 1 - found.confidence)
            doubt[[place[frame.index] for frame in batch]] = unsure.mean(axis=1)
            if on_frame is not None:
                on_frame(batch[-1].index)
    return doubt
