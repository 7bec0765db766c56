"""Opening a container: the moving picture in it, or an error that says what to do."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import av.container
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from kinelab.errors import VideoError

_PLAYS = "a file that a video player shows (mp4, mov, mkv, webm, avi)"
_NO_TABLE = (
    "is an mp4/mov file without its table of contents (the 'moov' part): the recording or the copy was cut "
    "off; copy it again from the camera, or repair it with a tool that rebuilds the table"
)


@dataclass(frozen=True)
class OpenStream:
    """An open container and the video stream that is read from it."""

    container: av.container.InputContainer
    stream: VideoStream

    @property
    def tick_s(self) -> float:
        """Length of one time stamp unit of the stream; 0 where the container gives none."""
        return float(self.stream.time_base or 0)

    @property
    def announced_rate_hz(self) -> float:
        """The frame rate that the container announces, or 30 where it is silent."""
        rate = self.stream.average_rate or self.stream.guessed_rate
        return float(rate) if rate else 30.0

    @property
    def stamped(self) -> bool:
        """Whether the container's time stamps can be those of the pictures.

        An avi file stores pictures in coding order without presentation times, so that with B-frames every
        stamp sits on the wrong picture.
        """
        return not (self.container.format.name == "avi" and self.stream.codec_context.has_b_frames)

    def pictures(self) -> Iterator[VideoFrame]:
        """All pictures that can be decoded from here on, in the order of showing.

        Broken packets are passed over; a broken container ends it, as the end of the file does.
        """
        packets = self.container.demux(self.stream)
        while True:
            try:
                packet = next(packets)
            except (StopIteration, av.FFmpegError):
                return
            try:
                pictures = packet.decode()
            except MemoryError:
                raise
            except av.FFmpegError:
                continue
            yield from (picture for picture in pictures if not picture.is_corrupt)


@contextlib.contextmanager
def open_stream(path: Path) -> Iterator[OpenStream]:
    """The first moving picture of a file, its decoder using all cores; closed when the block ends.

    Raises:
        VideoError: no such file, a folder, an empty file, not a video, no video stream, unknown codec.
    """
    _refuse_obvious(path)
    try:
        container = av.open(str(path), metadata_errors="replace")
    except av.FFmpegError as error:
        raise VideoError(f"{path}: {_why_not_opened(path, error)}") from error
    with container:
        # A cover picture of a music file is a video stream too.
        streams = [s for s in container.streams.video if not s.disposition & s.disposition.attached_pic]
        if not streams:
            raise VideoError(f"{path}: {_why_no_video(container)}")
        stream = streams[0]
        if stream.codec_context is None:
            raise VideoError(f"{path}: no decoder for its pictures; convert it to H.264 mp4 and try again")
        stream.thread_type = "AUTO"
        yield OpenStream(container, stream)


def _refuse_obvious(path: Path) -> None:
    if path.is_dir():
        raise VideoError(f"{path}: is a folder; give one video file")
    if not path.exists():
        raise VideoError(f"{path}: no such file; check the name and the folder")
    if path.stat().st_size == 0:
        raise VideoError(f"{path}: is empty (0 bytes); copy it again from the camera")


def _why_not_opened(path: Path, error: av.FFmpegError) -> str:
    if isinstance(error, PermissionError):
        return "no permission to read it"
    with path.open("rb") as file:
        head = file.read(8)
    if head[4:8] in (b"ftyp", b"mdat", b"moov", b"wide", b"free", b"skip"):
        return _NO_TABLE
    return f"is not a video that can be read ({error.strerror}); give {_PLAYS}"


def _why_no_video(container: av.container.InputContainer) -> str:
    kinds = sorted({stream.type for stream in container.streams})
    if set(kinds) <= {"data"} and container.format.name.startswith("mov"):
        return _NO_TABLE
    return f"holds no video, only {', '.join(kinds) or 'nothing'}; give {_PLAYS}"
