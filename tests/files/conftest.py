"""Small videos with known content, made with PyAV."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest

from kinelab.core.recording import Frame

Image = npt.NDArray[np.uint8]
_BITS = 8


def numbered(number: int, size_px: tuple[int, int] = (128, 96)) -> Image:
    """A picture that carries its number as 8 black or white columns in the upper half, noise below."""
    width, height = size_px
    image = np.random.default_rng(number).integers(0, 256, (height, width, 3), dtype=np.uint8)
    bits = [255 * (number >> bit & 1) for bit in range(_BITS)]
    column = np.minimum(np.arange(width) * _BITS // width, _BITS - 1)
    image[: height // 2] = np.array(bits, dtype=np.uint8)[column][None, :, None]
    return image


def number_of(image: Image) -> int:
    """The number that a picture of `numbered` carries."""
    height, width = image.shape[:2]
    strip = image[height // 8 : height * 3 // 8].mean(axis=(0, 2))
    places = ((np.arange(_BITS) + 0.5) * width / _BITS).astype(int)
    return sum(1 << bit for bit, at in enumerate(places) if strip[at] > 127)


@dataclass
class VideoMaker:
    """Writes a video of `numbered` pictures; every field may be changed for one file."""

    path: Path
    codec: str = "libx264"
    n: int = 30
    rate_hz: int = 25
    size_px: tuple[int, int] = (128, 96)
    pixels: str = "yuv420p"
    times_ms: Sequence[int] | None = None  # true times in place of the constant rate
    rotation_deg: int = 0  # counterclockwise, as PyAV counts
    aspect: Fraction | None = None
    audio: bool = False
    codec_options: dict[str, str] = field(default_factory=dict)
    container_options: dict[str, str] = field(default_factory=dict)

    def make(self) -> Path:
        """Write the file."""
        with av.open(str(self.path), "w", options=self.container_options) as container:
            stream = container.add_stream(self.codec, rate=self.rate_hz, options=self.codec_options)
            assert isinstance(stream, av.VideoStream)
            stream.width, stream.height = self.size_px
            stream.pix_fmt = self.pixels
            clock = Fraction(1, 1000) if self.times_ms else Fraction(1, self.rate_hz)
            stream.codec_context.time_base = clock
            if self.rotation_deg:
                stream.set_display_rotation(self.rotation_deg)
            if self.aspect:
                stream.codec_context.sample_aspect_ratio = self.aspect
            if self.audio:
                _mux_silence(container, self.n / self.rate_hz)
            container.start_encoding()  # the header is written even where no picture follows
            for i in range(self.n):
                frame = av.VideoFrame.from_ndarray(numbered(i, self.size_px), format="rgb24")
                frame.pts = self.times_ms[i] if self.times_ms else i
                frame.time_base = clock
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return self.path


def _mux_silence(container: av.container.OutputContainer, seconds: float) -> None:
    stream = container.add_stream("aac", rate=16000)
    assert isinstance(stream, av.AudioStream)
    for at in range(0, int(seconds * 16000), 1024):
        frame = av.AudioFrame.from_ndarray(
            np.zeros((1, 1024), dtype=np.float32), format="fltp", layout="mono"
        )
        frame.sample_rate, frame.pts = 16000, at
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


@pytest.fixture
def video_file(tmp_path: Path) -> VideoMaker:
    """An mp4 of 30 numbered pictures at 25 Hz, to be changed and made."""
    return VideoMaker(tmp_path / "walk.mp4")


@pytest.fixture(scope="session")
def picture() -> Callable[..., Image]:
    """Makes a picture that carries a number."""
    return numbered


@pytest.fixture(scope="session")
def numbers() -> Callable[[Iterable[Frame]], list[tuple[int, int]]]:
    """(index, number in the picture) of each frame: equal where the right picture has the right place."""
    return lambda frames: [(frame.index, number_of(frame.image)) for frame in frames]
