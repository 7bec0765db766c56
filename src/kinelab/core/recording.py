"""What was recorded: video, worn inertial sensors. Markers are `Keypoints` in m."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from kinelab.core.checks import Array, BoolArray, Problems, read_only
from kinelab.core.timebase import Timebase, typical_rate_hz

SensorFrame = Literal["sensor", "segment"]
# Over a whole movement the mean specific force is gravity's 9.8 m/s2 or more, whatever the movement: a body
# that ends as fast as it began was held up all the time. Free fall alone could last half a second.
_LEAST_FORCE_MPS2, _MOST_FORCE_MPS2, _LONG_ENOUGH_S = 4.0, 200.0, 1.0
_MOST_RATE_RADPS = 105.0  # 6,000 deg/s; no sensor that people wear reads more


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


@dataclass(frozen=True, eq=False)
class Imu:
    """What S worn inertial sensors recorded at T times, in SI.

    acc_mps2 (T, S, 3): specific force, gravity INCLUDED: a sensor at rest reads 9.81 upwards. gyr_radps
    (T, S, 3): angular velocity. mag_ut (T, S, 3): magnetic field in microtesla, None without magnetometers.
    NaN = a sample that was lost, in all three components. segments (S,): the body segment that each is worn
    on. frame: the axes that all are expressed in, those of the sensor's case ("sensor") or of the body
    segment after a calibration ("segment").
    """

    segments: tuple[str, ...]
    time: Timebase
    acc_mps2: Array
    gyr_radps: Array
    mag_ut: Array | None = None
    frame: SensorFrame = "sensor"

    def __post_init__(self) -> None:
        object.__setattr__(self, "segments", tuple(self.segments))
        for name in ("acc_mps2", "gyr_radps"):
            object.__setattr__(self, name, read_only(getattr(self, name)))
        if self.mag_ut is not None:
            object.__setattr__(self, "mag_ut", read_only(self.mag_ut))
        shape = (self.time.n, len(self.segments), 3)
        with Problems("Imu") as problems:
            problems.add_if(not self.segments, "segments is empty")
            problems.unique("segments", self.segments)
            problems.one_of("frame", self.frame, ("sensor", "segment"))
            for name in ("acc_mps2", "gyr_radps", "mag_ut"):
                self._check_signal(problems, name, shape)
            if self.acc_mps2.shape == shape == self.gyr_radps.shape:
                self._check_units(problems)

    @property
    def seen(self) -> BoolArray:
        """(T, S) True where a sensor gave both its readings."""
        both = np.isfinite(self.acc_mps2) & np.isfinite(self.gyr_radps)
        there: BoolArray = np.logical_and.reduce(both, axis=-1)
        return there

    def _check_signal(self, problems: Problems, name: str, shape: tuple[int, ...]) -> None:
        signal = getattr(self, name)
        if signal is None:
            return
        problems.shape(name, signal, shape)
        problems.add_if(np.isinf(signal).any(), f"{name} holds infinity (use NaN for a lost sample)")
        lost = np.isnan(signal)
        problems.add_if((lost.any(axis=-1) != lost.all(axis=-1)).any(), f"{name} lost only part of a vector")

    def _check_units(self, problems: Problems) -> None:
        fastest = np.nanmax(np.abs(self.gyr_radps), initial=0.0)
        problems.add_if(
            fastest > _MOST_RATE_RADPS,
            f"gyr_radps reaches {fastest:g} rad/s, expected below {_MOST_RATE_RADPS:g}; degrees per second?",
        )
        force = np.linalg.norm(self.acc_mps2, axis=-1)
        for s, segment in enumerate(self.segments):
            there = force[np.isfinite(force[:, s]), s]
            if there.size < _LONG_ENOUGH_S * self.time.rate_hz:
                continue
            mean = there.mean()
            problems.add_if(
                not _LEAST_FORCE_MPS2 < mean < _MOST_FORCE_MPS2,
                f"acc_mps2 of {segment} is {mean:.3g} m/s2 long in the mean, expected about 9.8 or more with "
                "gravity in it; was gravity taken out, or is it in g?",
            )
