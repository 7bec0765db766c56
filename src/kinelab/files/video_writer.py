"""Writing a video that browsers and phones play: H.264 in mp4, whole or not at all."""

from __future__ import annotations

import contextlib
from pathlib import Path
from types import TracebackType

import av
import numpy as np
import numpy.typing as npt

from kinelab.errors import InputError, OutputError
from kinelab.files.atomic import atomic_path
from kinelab.files.video_encoder import QUALITIES, TICKS_PER_S, Quality, add_stream, to_yuv


class VideoWriter:
    """Writes RGB images as an mp4 file that can start to play before it is all there.

        with VideoWriter(path, (width, height), rate_hz) as writer:
            for frame in frames:
                writer.write(image, frame.time_s)

    The file is at `path` only when the block has ended well; an error or Ctrl-C leaves what was there. The
    first image is shown at time 0. An odd width or height is padded by repeating the last column or row,
    because H.264 stores one colour for 2 x 2 pixels. key_every: at most so many frames from one that needs no
    other to the next, so that a player jumps quickly; None leaves it to the encoder.

    Raises:
        InputError: wrong size, type or order of the images, no image, a path that does not end in .mp4.
        OutputError: disk full, no permission (on leaving the block), no encoder.
    """

    def __init__(
        self,
        path: str | Path,
        size_px: tuple[int, int],
        rate_hz: float,
        *,
        quality: Quality = "normal",
        key_every: int | None = None,
    ) -> None:
        self.path = Path(path)
        if self.path.suffix.lower() != ".mp4":
            raise InputError(
                f"{path}: a video is written as .mp4, not as {self.path.suffix or 'no ending'!r}"
            )
        if min(size_px) < 1:
            raise InputError(f"size_px is {size_px}, expected (width, height) in pixels")
        if not (np.isfinite(rate_hz) and rate_hz > 0):
            raise InputError(f"rate_hz is {rate_hz}, expected a positive number")
        if key_every is not None and key_every < 1:
            raise InputError(f"key_every is {key_every}, expected 1 or more frames")
        if quality not in QUALITIES:
            raise InputError(f"quality is {quality!r}, allowed are {', '.join(map(repr, QUALITIES))}")
        self.size_px = size_px
        self.rate_hz = rate_hz
        self.quality: Quality = quality
        self.key_every = key_every
        self.n_written = 0
        self._first_s = 0.0
        self._last_tick = -1
        self._failed: BaseException | None = None

    def __enter__(self) -> VideoWriter:
        width, height = self.size_px
        with contextlib.ExitStack() as files:
            temporary = files.enter_context(atomic_path(self.path))
            self._container = av.open(str(temporary), "w", format="mp4", options={"movflags": "+faststart"})
            files.callback(self._container.close)
            even = width + width % 2, height + height % 2
            self._stream = add_stream(self._container, even, self.rate_hz, self.quality)
            if self.key_every is not None:
                self._stream.codec_context.gop_size = self.key_every
            # From here on __exit__ closes them.
            self._files = files.pop_all()
        return self

    def write(self, image: npt.NDArray[np.uint8], time_s: float | None = None) -> None:
        """Add one image (H, W, 3) uint8 RGB, shown at `time_s` (None: at the constant rate).

        Times count from that of the first image and must increase.
        """
        width, height = self.size_px
        if image.shape != (height, width, 3) or image.dtype != np.uint8:
            raise InputError(
                f"image {self.n_written} is {image.shape} {image.dtype}, "
                f"expected (height, width, 3) = {(height, width, 3)} uint8"
            )
        tick = self._tick(time_s)
        if width % 2 or height % 2:
            image = np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        picture = av.VideoFrame.from_numpy_buffer(np.ascontiguousarray(image), format="rgb24")
        self._encode(to_yuv(picture, tick))
        self._last_tick = tick
        self.n_written += 1

    def _tick(self, time_s: float | None) -> int:
        """Time stamp of the next image."""
        if time_s is None:
            time_s = self._first_s + self.n_written / self.rate_hz
        if not np.isfinite(time_s):
            raise InputError(f"image {self.n_written} has time {time_s} s, expected a number")
        if self.n_written == 0:
            self._first_s = time_s
        tick = round((time_s - self._first_s) * TICKS_PER_S)
        if tick <= self._last_tick:
            raise InputError(
                f"image {self.n_written} has time {time_s:g} s, which is not after the one before it; "
                "times must increase (are they in seconds?)"
            )
        return tick

    def _encode(self, picture: av.VideoFrame | None) -> None:
        """Write one picture, or what the encoder still holds (None)."""
        try:
            self._container.mux(self._stream.encode(picture))
        except av.FFmpegError as error:
            self._failed = error
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._abandon(error)
            return
        try:
            if not self.n_written:
                raise InputError(f"{self.path}: no image was written, so there is no video")
            self._encode(None)
            self._close()
        except BaseException as problem:
            self._abandon(problem)
            raise
        self._files.close()

    def _close(self) -> None:
        """Finish the file: the table of contents is written and moved to the front."""
        try:
            self._container.close()
        except av.FFmpegError as error:
            self._failed = error
            raise

    def _abandon(self, error: BaseException) -> None:
        """Remove the temporary file; an error of our own writing becomes an `OutputError`."""
        # The caller's own OSError (another file that he could not read) is not a failure to write this one.
        given = error if error is self._failed else _AbandonedError()
        self._files.__exit__(type(given), given, None)
        if given is error:
            raise OutputError(f"cannot write {self.path}: {error}") from error


class _AbandonedError(Exception):
    """Tells `atomic_path` to remove its file for an error that is none of its business."""
