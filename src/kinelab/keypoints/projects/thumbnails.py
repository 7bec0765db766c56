"""Small grey pictures of a video's frames, for choosing among them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinelab.core.checks import IntArray
from kinelab.core.recording import Video
from kinelab.files.video import read_frames

WIDTH_PX = 30  # as in DeepLabCut


@dataclass(frozen=True, eq=False)
class Thumbnails:
    """M frames of a video: their numbers (M,), and as rows (M, P) their grey values, 0 to 255."""

    frame: IntArray
    grey: npt.NDArray[np.float32]


def thumbnails(
    video: Video, frames: Sequence[int], on_frame: Callable[[int], None] | None = None
) -> Thumbnails:
    """The frames of these numbers, `WIDTH_PX` wide and grey, read as a stream; undecodable ones are left out.

    Memory grows with the number of frames asked for (2 to 6 kB each), not with the video.
    """
    wanted = set(frames)
    numbers: list[int] = []
    rows: list[npt.NDArray[np.float32]] = []
    if wanted:
        width, height = video.size_px
        longer_px = math.ceil(WIDTH_PX * max(width, height) / width)
        first, last = min(wanted), max(wanted)
        with read_frames(video, start=first, stop=last + 1, max_side_px=longer_px) as pictures:
            for picture in pictures:
                if on_frame is not None:
                    on_frame(picture.index)
                if picture.index in wanted:
                    numbers.append(picture.index)
                    rows.append(picture.image.mean(axis=-1, dtype=np.float32).ravel())
    grey = np.array(rows, np.float32) if rows else np.empty((0, 0), np.float32)
    return Thumbnails(np.array(numbers, np.int64), grey)
