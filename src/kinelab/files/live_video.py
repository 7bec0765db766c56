"""Pictures as they come, of a camera, a stream or a file at its own speed: the newest always wins."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import av
import av.container
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame

from kinelab.errors import InputError, VideoError

_OPEN_S, _READ_S = 10.0, 5.0  # a camera or stream that is silent for so long is gone
_NETWORK = {
    "rtsp": {"rtsp_transport": "tcp", "fflags": "nobuffer", "flags": "low_delay"},
    "tcp": {"fflags": "nobuffer", "flags": "low_delay"},
    "udp": {"fflags": "nobuffer", "flags": "low_delay", "overrun_nonfatal": "1"},
}
# libavdevice's input of each system, and what a camera's number is called there.
_CAMERAS = {
    "linux": ("v4l2", "/dev/video{}"),
    "darwin": ("avfoundation", "{}:none"),
    "win32": ("dshow", "video={}"),
}


@dataclass(frozen=True)
class LiveSource:
    """address: a camera's number (its name on Windows), an address such as rtsp://..., or a file.

    size_px, rate_hz: what a camera is asked for; None leaves it to the camera.
    """

    address: str
    camera: bool = False
    size_px: tuple[int, int] | None = None
    rate_hz: float | None = None

    @property
    def is_file(self) -> bool:
        """Whether it is a file, to be played at its own speed."""
        return not self.camera and "://" not in self.address


@dataclass(frozen=True, eq=False)
class LiveFrame:
    """image (H, W, 3) uint8 RGB; number: of the frames that came; time_s: of the stream, from its first
    frame; arrived_s: by `time.monotonic`, when it was decoded.
    """

    image: npt.NDArray[np.uint8]
    number: int
    time_s: float
    arrived_s: float


class LiveVideo:
    """Decodes in a background thread and hands out the newest frame; those in between are counted as dropped.

        with LiveVideo(LiveSource("0", camera=True)) as live:
            while (frame := live.newest()) is not None: ...

    Raises:
        VideoError: no such camera, stream or file, or it holds no pictures.
    """

    def __init__(self, source: LiveSource) -> None:
        self._source = source
        self._container = _open(source)
        if not self._container.streams.video:
            self._container.close()
            raise VideoError(f"{source.address}: has no pictures; is it the sound alone?")
        self._slot: tuple[VideoFrame, int, float, float] | None = None
        self._changed = threading.Condition()
        self._ended = False
        self._stop = threading.Event()
        self.n_arrived = 0
        self.n_taken = 0
        self.problem: str | None = None
        self._thread = threading.Thread(target=self._decode, name="kinelab-live", daemon=True)

    def __enter__(self) -> LiveVideo:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=_READ_S + 1)
        if not self._thread.is_alive():
            self._container.close()

    @property
    def n_dropped(self) -> int:
        """Frames that came and were passed over for a newer one."""
        return self.n_arrived - self.n_taken - (self._slot is not None)

    def newest(self) -> LiveFrame | None:
        """The newest frame that was not handed out yet, waited for; None at the end of the stream."""
        with self._changed:
            while self._slot is None and not self._ended:
                self._changed.wait(timeout=0.1)
            if self._slot is None:
                return None
            picture, number, time_s, arrived_s = self._slot
            self._slot = None
            self.n_taken += 1
        image = np.asarray(picture.to_ndarray(format="rgb24"), np.uint8)
        turns = round(picture.rotation / 90) % 4
        if turns:
            image = np.ascontiguousarray(np.rot90(image, turns))
        return LiveFrame(image, number, time_s, arrived_s)

    def _decode(self) -> None:
        try:
            for picture, time_s in self._timed():
                if self._stop.is_set():
                    break
                arrived_s = time.monotonic()
                with self._changed:
                    self._slot = (picture, self.n_arrived, time_s, arrived_s)
                    self.n_arrived += 1
                    self._changed.notify()
        except av.FFmpegError as error:
            self.problem = f"{self._source.address}: the stream broke off ({error.strerror})"
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify()

    def _timed(self) -> Iterator[tuple[VideoFrame, float]]:
        """Pictures with their time from the first on; those of a file when they are due."""
        stream = self._container.streams.video[0]
        stream.thread_type = "SLICE"  # frame threads would hold back a picture for each thread
        first_s: float | None = None
        began_s = time.monotonic()
        for picture in self._container.decode(stream):
            now_s = time.monotonic()
            stamp_s = float(picture.time) if picture.time is not None else now_s
            if first_s is None:
                first_s, began_s = stamp_s, now_s
            time_s = stamp_s - first_s
            if self._source.is_file:
                self._stop.wait(max(0.0, began_s + time_s - time.monotonic()))
            yield picture, time_s


def _open(source: LiveSource) -> av.container.InputContainer:
    if source.is_file and not Path(source.address).is_file():
        raise VideoError(
            f"{source.address}: no such file; give a file, an address such as rtsp://..., or --camera 0"
        )
    address, kind, options = source.address, None, {}
    if source.camera:
        if sys.platform not in _CAMERAS:
            raise InputError(f"cameras cannot be opened on {sys.platform}; stream to an address instead")
        kind, pattern = _CAMERAS[sys.platform]
        address = pattern.format(source.address)
        if source.size_px is not None:
            options["video_size"] = f"{source.size_px[0]}x{source.size_px[1]}"
        if source.rate_hz is not None:
            options["framerate"] = f"{source.rate_hz:g}"
    else:
        options = dict(_NETWORK.get(source.address.partition("://")[0], {}))
    try:
        timeout = None if source.is_file else (_OPEN_S, _READ_S)
        return av.open(address, format=kind, options=options, timeout=timeout)
    except (av.FFmpegError, OSError, ValueError) as error:
        what = "camera" if source.camera else "stream" if "://" in address else "file"
        why = getattr(error, "strerror", None) or str(error)
        raise VideoError(
            f"{address}: the {what} cannot be opened ({why}); is it connected, free, and spelled like that?"
        ) from error
