"""Which encoder writes a video, and how hard it tries."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal, get_args

import av
import av.container
from av.video.reformatter import Colorspace
from av.video.stream import VideoStream

from kinelab.errors import OutputError

Quality = Literal["draft", "normal", "fine"]
QUALITIES: tuple[Quality, ...] = get_args(Quality)
TICKS_PER_S = 90_000  # the usual clock of video; every common frame rate is a whole number of ticks

# In the order of preference, each with its options for draft, normal and fine. H.264 plays everywhere. x264
# is under the GPL and not in every build of ffmpeg; OpenH264 and VP9 (both BSD) stand in, and VP9 plays in
# browsers but not in every player.
# Measured on a walk in front of a wall at 960 x 540: x264 superfast 2.1, veryfast 2.7, faster 6.1 ms a frame;
# veryfast needs half of superfast's space. VP9 at its fastest 2.4 ms.
# Without mb-tree the same pictures give the same bytes at every size: with it, x264 in PyAV 18 reads memory
# that it never wrote at some sizes (160 x 160, 480 x 270). The price is 10 % of the space at 256 x 256.
_X264 = {"x264-params": "mbtree=0"}
_VPX = {"deadline": "realtime", "cpu-used": "8", "row-mt": "1", "b:v": "0"}
ENCODERS: Mapping[str, Mapping[Quality, dict[str, str]]] = {
    "libx264": {
        "draft": {**_X264, "preset": "superfast", "crf": "28"},
        "normal": {**_X264, "preset": "veryfast", "crf": "23"},
        "fine": {**_X264, "preset": "veryfast", "crf": "18"},
    },
    "libopenh264": {"draft": {"b:v": "1M"}, "normal": {"b:v": "3M"}, "fine": {"b:v": "8M"}},
    "libvpx-vp9": {
        "draft": {**_VPX, "crf": "40"},
        "normal": {**_VPX, "crf": "32"},
        "fine": {**_VPX, "crf": "22"},
    },
}
# Browsers take untagged video as BT.709 or BT.601 by its size, so the file says which it is.
_BT709, _LIMITED_RANGE = 1, 1


def choose_encoder() -> str:
    """Name of the first encoder of `ENCODERS` that this build of PyAV has.

    Raises:
        OutputError: it has none of them.
    """
    for name in ENCODERS:
        if name in av.codecs_available:
            return name
    raise OutputError(
        f"no video can be written: this PyAV has none of the encoders {', '.join(ENCODERS)}; "
        "install the wheel of PyAV from the package index"
    )


def add_stream(
    container: av.container.OutputContainer, size_px: tuple[int, int], rate_hz: float, quality: Quality
) -> VideoStream:
    """A stream of even `size_px` (width, height) in yuv420p, BT.709, stamped in 1 / TICKS_PER_S s."""
    name = choose_encoder()
    rate = Fraction(rate_hz).limit_denominator(1001)
    stream = container.add_stream(name, rate=rate, options=dict(ENCODERS[name][quality]))
    assert isinstance(stream, VideoStream)
    stream.width, stream.height = size_px
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.time_base = Fraction(1, TICKS_PER_S)
    context.colorspace = context.color_primaries = context.color_trc = _BT709
    context.color_range = _LIMITED_RANGE
    return stream


def to_yuv(picture: av.VideoFrame, tick: int) -> av.VideoFrame:
    """An RGB picture as the stream of `add_stream` takes it, shown at `tick`."""
    converted = picture.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709)
    converted.pts = tick
    converted.time_base = Fraction(1, TICKS_PER_S)
    return converted
