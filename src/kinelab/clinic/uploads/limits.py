"""What a recording may be at most. Beyond it a file is damaged, or made to do harm."""

from __future__ import annotations

from dataclasses import dataclass

_MIB = 2**20


@dataclass(frozen=True)
class UploadLimits:
    """Sizes of what is not video, and what a header may announce; then what looking at a file may take.

    `max_side_px` and `max_pixels` leave room for 8K; `max_duration_s` for a whole clinic hour; `max_rate_hz`
    for high-speed cameras.
    """

    table_bytes: int = 512 * _MIB
    max_side_px: int = 8192
    max_pixels: int = 8192 * 4352
    max_frames: int = 1_000_000
    max_duration_s: float = 2 * 3600
    max_rate_hz: float = 2000.0
    max_streams: int = 16
    unpacked_bytes: int = 2048 * _MIB
    max_entries: int = 200
    probe_wall_s: float = 120.0
    probe_memory_bytes: int = 4096 * _MIB
