"""Decoding the frames of a video one after the other, as far as a damaged file goes."""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterator
from dataclasses import dataclass

import av
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame

from kinelab.core.recording import Frame, Video
from kinelab.files.video_stream import OpenStream, open_stream
from kinelab.files.video_times import lost_frames

# How far before the wanted frame a second try starts, when the first landed behind it.
# None: from the beginning, without seeking.
_STEPS_BACK_S = (0.0, 10.0, None)


@dataclass(frozen=True)
class Part:
    """Frames start <= index < stop of a video, `size_px` (width, height) large as stored, before rotation."""

    video: Video
    start: int
    stop: int
    size_px: tuple[int, int]


@dataclass
class Tally:
    """What decoding met on its way: written by the decoder, turned into a sentence by `problem`."""

    last_index: int
    skipped: int = 0
    first_skipped: int = -1
    lost: int = 0
    at_end: bool = False
    unstamped: int = 0
    announced_rate_hz: float = 0.0

    def reached(self, index: int) -> None:
        """Note frame `index`, and that those between it and the one before were not decoded."""
        missing = index - self.last_index - 1
        if missing and not self.skipped:
            self.first_skipped = self.last_index + 1
        self.skipped += missing
        self.last_index = index

    def problem(self, part: Part) -> str | None:
        """What went wrong, as a sentence for a reader, or None."""
        video, said = part.video, []
        total = video.n_frames + self.lost
        if self.skipped:
            at_s = video.frame_time_s[self.first_skipped]
            said.append(
                f"{self.skipped} of {total} frames could not be decoded and were skipped "
                f"(the first is frame {self.first_skipped + 1}, at {at_s:.1f} s)"
            )
        got = self.last_index + 1
        if self.at_end and (got < part.stop or (self.lost and part.stop == video.n_frames)):
            read_s = video.frame_time_s[got - 1] - video.frame_time_s[0] if got > 1 else 0.0
            said.append(
                f"frame {got + 1} of {total} could not be decoded (truncated file?); "
                f"the first {got} frames ({read_s:.1f} s) were read"
            )
        if self.unstamped:
            said.append(
                f"{self.unstamped} frames have no time stamp of their own; times follow from the announced "
                f"rate of {self.announced_rate_hz:g} Hz"
            )
        return "; ".join(said) or None


def decode(part: Part, tally: Tally) -> Generator[Frame]:
    """The wanted frames in the order of their time; what cannot be decoded is left out and tallied."""
    if part.start >= part.stop:
        return
    width, height = part.size_px
    turns = -part.video.rotation_deg // 90  # numpy turns counterclockwise
    for index, picture in _wanted(part, tally):
        tally.reached(index)
        image = np.asarray(
            picture.reformat(width=width, height=height, format="rgb24").to_ndarray(), dtype=np.uint8
        )
        if turns:
            image = _turned(image, turns)
        yield Frame(index, float(part.video.frame_time_s[index]), image)


def _turned(image: npt.NDArray[np.uint8], turns: int) -> npt.NDArray[np.uint8]:
    # Moving whole pixels of 3 bytes is twice as fast as moving single bytes.
    pixels = image.view(np.dtype("V3"))[..., 0]
    turned = np.ascontiguousarray(np.rot90(pixels, turns))
    return turned.view(np.uint8).reshape(*turned.shape, 3)


def _wanted(part: Part, tally: Tally) -> Iterator[tuple[int, VideoFrame]]:
    """Each wanted picture with its index; decoding starts at a key frame at or before the first."""
    for back_s in _STEPS_BACK_S:
        with open_stream(part.video.path) as opened:
            if back_s is not None and not _seek(opened, part, back_s):
                continue
            pictures = _placed(opened, part.video, tally)
            first = next(pictures, None)
            if back_s is not None and not _exact(first, part.start):
                continue
            for index, picture in itertools.chain([first] if first else [], pictures):
                if index >= part.stop:
                    return
                if index >= part.start:
                    yield index, picture
                if index == part.stop - 1 < part.video.n_frames - 1:
                    return
            tally.at_end = True
            tally.lost = lost_frames(opened, part.video)
            return


def _seek(opened: OpenStream, part: Part, back_s: float) -> bool:
    """Move to a key frame near the first wanted frame; False where only the beginning will do."""
    video = part.video
    if part.start == 0 or not opened.tick_s or not opened.stamped:
        return False
    at_s = max(video.frame_time_s[part.start] * video.slow_motion - back_s, 0.0)
    # x264 names itself in the first picture only, and a decoder that has not seen it gets its 4:4:4 wrong.
    next(opened.pictures(), None)
    try:
        opened.container.seek(round(at_s / opened.tick_s), stream=opened.stream)
    except av.FFmpegError:
        return False
    return True


def _exact(first: tuple[int, VideoFrame] | None, start: int) -> bool:
    """Whether decoding from this first picture gives frame `start` whole."""
    if first is None:
        return False
    index, picture = first
    # A picture that is shown before its key frame may lack the pictures that it refers to.
    return (index < start or (index == start and picture.key_frame)) and picture.pts is not None


def _placed(opened: OpenStream, video: Video, tally: Tally) -> Iterator[tuple[int, VideoFrame]]:
    """Each picture with its index in `frame_time_s`, increasing."""
    times = video.frame_time_s
    slack_s = 0.25 * float(np.diff(times).min()) if times.size > 1 else np.inf
    last = -1
    for picture in opened.pictures():
        index = last + 1
        if picture.pts is None or not opened.stamped:
            tally.unstamped += 1
            tally.announced_rate_hz = opened.announced_rate_hz
        else:
            time_s = picture.pts * opened.tick_s / video.slow_motion
            near = int(np.searchsorted(times, time_s))
            if near and (near == times.size or time_s - times[near - 1] < times[near] - time_s):
                near -= 1
            if abs(times[near] - time_s) <= slack_s:
                index = near
        if last < index < times.size:
            last = index
            yield index, picture
