"""Videos as streams: what a container says (`open_video`) and its frames one by one (`read_frames`)."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from types import TracebackType
from typing import cast

import numpy as np
from av.sidedata.sidedata import SideDataContainer
from av.video.frame import VideoFrame

from kinelab.core.recording import Frame, Video
from kinelab.errors import InputError, VideoError
from kinelab.files.video_decode import Part, Tally, decode
from kinelab.files.video_prefetch import Prefetch
from kinelab.files.video_stream import open_stream
from kinelab.files.video_times import frame_times

PREFETCHED_FRAMES = 4


def open_video(path: str | Path, *, slow_motion: float = 1.0) -> Video:
    """What the container says about a video: true frame times, size and rotation as viewed, codec.

    The whole file is demuxed and one frame is decoded. `slow_motion` is how many times slower the file plays
    than life (8 for 240 Hz stored to play at 30 Hz); times are divided by it. Pixels that are not square are
    made so: `size_px` is the size on the screen.

    Raises:
        VideoError: no such file, a folder, empty, not a video, no table of contents, no frame in it.
        InputError: slow_motion is not positive.
    """
    path = Path(path)
    if not slow_motion > 0:
        raise InputError(f"slow_motion is {slow_motion}, expected > 0 (8 for 240 Hz stored to play at 30 Hz)")
    with open_stream(path) as opened:
        times_s = frame_times(opened)
    if not times_s.size:
        raise VideoError(f"{path}: holds no frames; was the recording stopped before it began?")
    with open_stream(path) as opened:
        first = next(opened.pictures(), None)
        if first is None:
            raise VideoError(f"{path}: not one of its frames can be decoded; copy it again from the camera")
        rotation_deg = _rotation_deg(first, path)
        width, height = first.width, first.height
        if aspect := opened.stream.sample_aspect_ratio:
            width = max(round(width * aspect), 1)
        codec = opened.stream.codec_context.codec.canonical_name
    size_px = (height, width) if rotation_deg in (90, 270) else (width, height)
    return Video(path, size_px, times_s / slow_motion, rotation_deg, slow_motion, codec)


def _rotation_deg(picture: VideoFrame, path: Path) -> int:
    matrix = cast(SideDataContainer, picture.side_data).get("DISPLAYMATRIX")
    if matrix is None:
        return 0
    a, b, _, c, d = np.frombuffer(bytes(matrix), dtype=np.int32)[:5].astype(float)
    if a * d - b * c < 0:
        raise VideoError(
            f"{path}: asks to be shown mirrored, which would swap left and right; save it unmirrored"
        )
    # The matrix turns counterclockwise in PyAV's sign; what lies between quarter turns is no camera's doing.
    return round(-picture.rotation / 90) % 4 * 90


def read_frames(
    video: Video,
    *,
    start: int = 0,
    stop: int | None = None,
    max_side_px: int | None = None,
    prefetch: int = PREFETCHED_FRAMES,
) -> FrameReader:
    """The frames start <= index < stop of a video, decoded as they are asked for, in constant memory.

    `max_side_px` scales down, so that the longer side has at most so many pixels. `prefetch` frames are
    decoded ahead in a background thread; 0 decodes in the caller's. Use it in a `with` block or to its end.

        with read_frames(video) as frames:
            for frame in frames: ...
        if frames.problem: ...

    Raises:
        InputError: start, stop or max_side_px out of range.
        VideoError: the file is gone or cannot be opened any more (when the first frame is asked for).
    """
    stop = video.n_frames if stop is None else stop
    if not 0 <= start <= stop <= video.n_frames:
        raise InputError(f"frames {start} to {stop} asked for, {video.path.name} has 0 to {video.n_frames}")
    if max_side_px is not None and max_side_px < 1:
        raise InputError(f"max_side_px is {max_side_px}, expected 1 or more")
    if prefetch < 0:
        raise InputError(f"prefetch is {prefetch}, expected 0 (none) or more frames")
    width, height = video.size_px
    scale = min(1.0, (max_side_px or np.inf) / max(width, height))
    size_px = max(round(width * scale), 1), max(round(height * scale), 1)
    if video.rotation_deg in (90, 270):
        size_px = size_px[::-1]
    return FrameReader(Part(video, start, stop, size_px), prefetch)


class FrameReader(Iterator[Frame]):
    """Iterator over frames; made by `read_frames`.

    Frame.index is the frame's place in `video.frame_time_s`, so it jumps where frames could not be decoded.
    """

    def __init__(self, part: Part, prefetch: int) -> None:
        self._part = part
        self._n_read = 0
        self._tally = Tally(last_index=part.start - 1)
        frames = decode(part, self._tally)
        self._frames: Generator[Frame] | Prefetch[Frame] = Prefetch(frames, prefetch) if prefetch else frames

    @property
    def problem(self) -> str | None:
        """None, or what could not be read: a sentence for a reader. Complete after the last frame."""
        return self._tally.problem(self._part)

    @property
    def n_read(self) -> int:
        """How many frames were handed out so far."""
        return self._n_read

    def __next__(self) -> Frame:
        frame = next(self._frames)
        self._n_read += 1
        return frame

    def __enter__(self) -> FrameReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop decoding and close the file; may be called twice."""
        self._frames.close()
