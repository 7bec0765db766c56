"""When each frame of a video is shown, from the container alone, and how many frames a cut file has lost."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

import av
import numpy as np

from kinelab.core.checks import Array
from kinelab.core.recording import Video
from kinelab.files.video_stream import OpenStream

_CLOCK = re.compile(r"(\d+):(\d+):([\d.]+)$")


def frame_times(opened: OpenStream) -> Array:
    """Presentation time of each frame that will be shown, (T,) s in the file's time, strictly increasing.

    Packets are demuxed, none is decoded. Frames that an edit list discards are left out (ISO/IEC 14496-12,
    8.6.6). Without time stamps (raw streams, avi with B-frames) the announced rate gives the times; a single
    packet without one lies midway between its neighbours. A damaged file is read as far as it goes.
    """
    ticks = np.array([np.nan if t is None else t for t in _shown_ticks(opened)], dtype=np.float64)
    return _times_of(ticks * opened.tick_s, opened.announced_rate_hz, stamped=opened.stamped)


def _times_of(time_s: Array, announced_rate_hz: float, *, stamped: bool) -> Array:
    """Times in the order of showing from those in file order, NaN = no time stamp."""
    known = np.isfinite(time_s)
    if not stamped or not known.any() or (time_s.size > 1 and np.ptp(time_s[known]) == 0):
        return np.arange(time_s.size) / announced_rate_hz
    place = np.arange(time_s.size)
    times: Array = np.unique(np.interp(place, place[known], time_s[known]))
    return times


def _shown_ticks(opened: OpenStream) -> Iterator[int | None]:
    packets = opened.container.demux(opened.stream)
    # A damaged place ends the file here; the reader meets it too and tells of it.
    with contextlib.suppress(av.FFmpegError):
        for packet in packets:
            if packet.size and not packet.is_discard and not _is_hidden(packet, opened):
                yield packet.pts


def _is_hidden(packet: av.Packet[av.VideoStream], opened: OpenStream) -> bool:
    # VP8 stores reference pictures that are never shown as packets of their own (RFC 6386, section 9.1).
    return opened.stream.codec_context.name == "vp8" and not bytes(packet)[0] & 0x10


def lost_frames(opened: OpenStream, video: Video) -> int:
    """How many frames the container announces beyond those of `video`, because the file was cut.

    mp4 and mov list the place of every frame; avi tells its own length and the number of frames; matroska
    and webm tell how long the stream lasts, which gives the number at the mean rate.
    """
    kind = opened.container.format.name
    size = video.path.stat().st_size
    if kind.startswith("mov"):
        # A frame that is cut in two still comes as a packet and is in `frame_time_s`.
        return sum(1 for entry in opened.stream.index_entries if entry.pos >= size)
    if kind == "avi":
        with video.path.open("rb") as file:
            whole = int.from_bytes(file.read(8)[4:], "little") + 8
        return max(opened.stream.frames - video.n_frames, 0) if whole > size else 0
    clock = _CLOCK.match(opened.stream.metadata.get("DURATION", ""))
    if not kind.startswith("matroska") or clock is None or video.n_frames < 2:
        return 0
    hours, minutes, seconds = clock.groups()
    lasts_s = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    times_s = video.frame_time_s * video.slow_motion
    step_s = float(np.mean(np.diff(times_s)))
    missing = round((lasts_s - float(times_s[-1])) / step_s) - 1
    # A few frames' difference is how muxers round the length of the last frame.
    return missing if missing > 3 else 0
