"""What was recorded. Here: video; sensors and markers join with their estimators."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinelab.core.checks import Array, Problems, read_only
from kinelab.core.timebase import typical_rate_hz


@dataclass(frozen=True)
class Video:
    """A video as its container describes it; no frame is held.

    `frame_time_s` (T,) are the true presentation times of the frames that will be decoded, divided by
    `slow_motion` (a 240 Hz recording stored to play at 30 Hz has slow_motion = 8), starting anywhere.
    `size_px` is (width, height) as a viewer shows it: after `rotation_deg`, the clockwise turn that the
    container asks for, has been applied.
    """

    path: Path
    size_px: tuple[int, int]
    frame_time_s: Array
    rotation_deg: int = 0
    slow_motion: float = 1.0
    codec: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", Path(self.path))
        object.__setattr__(self, "frame_time_s", read_only(self.frame_time_s))
        with Problems(f"Video {self.path.name}") as problems:
            problems.add_if(min(self.size_px) <= 0, f"size_px is {self.size_px}, expected positive")
            problems.one_of("rotation_deg", self.rotation_deg, (0, 90, 180, 270))
            problems.add_if(not self.slow_motion > 0, f"slow_motion is {self.slow_motion}, expected > 0")
            problems.increasing("frame_time_s", self.frame_time_s)

    @property
    def n_frames(self) -> int:
        """Number of frames that the container announces."""
        return int(self.frame_time_s.size)

    @property
    def rate_hz(self) -> float:
        """Frame rate in real time, pauses left out; 0 with fewer than two frames."""
        return typical_rate_hz(self.frame_time_s)

    @property
    def variable_rate(self) -> bool:
        """Whether any frame interval departs from the median by more than a tenth."""
        steps = np.diff(self.frame_time_s)
        return bool(steps.size and (np.abs(steps / np.median(steps) - 1) > 0.1).any())


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture of a video on its way through; never kept, so its array is not copied.

    image (H, W, 3) uint8 RGB, turned the way a viewer shows it. index is the frame's place in
    `Video.frame_time_s`; it jumps over frames that could not be decoded.
    """

    index: int
    time_s: float
    image: npt.NDArray[np.uint8]
