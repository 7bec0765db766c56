"""What a calibration finds: how each sensor's axes lie in its body segment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array, Problems, read_only
from kinelab.core.recording import Imu
from kinelab.errors import InputError


@dataclass(frozen=True, eq=False)
class Calibration:
    """S sensors: sensor_to_segment (S, 3, 3) turns readings into anatomical axes (X forward, Y up, Z right).

    sd_deg (S, 3): how far off that may be about each of the segment's axes; about Y is the heading.
    gyr_bias_radps (S, 3) in the sensors' axes, zero where no stillness told it. still_s: when the person
    stood still, None where nobody did. notes: what it rests on, in words.
    """

    segments: tuple[str, ...]
    sensor_to_segment: Array
    sd_deg: Array
    gyr_bias_radps: Array
    still_s: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        shape = (len(self.segments), 3)
        with Problems("Calibration") as problems:
            problems.unique("segments", self.segments)
            for name, wanted in (
                ("sensor_to_segment", (*shape, 3)),
                ("sd_deg", shape),
                ("gyr_bias_radps", shape),
            ):
                object.__setattr__(self, name, read_only(getattr(self, name)))
                problems.shape(name, getattr(self, name), wanted)
            if self.sensor_to_segment.shape == (*shape, 3):
                square = self.sensor_to_segment @ self.sensor_to_segment.swapaxes(1, 2)
                turned = np.allclose(square, np.eye(3), atol=1e-6)
                problems.add_if(not turned, "sensor_to_segment holds a matrix that is no rotation")

    def index(self, segment: str) -> int:
        """Row of a segment; raises `InputError` that lists what exists."""
        if segment not in self.segments:
            raise InputError(
                f"no calibration of a sensor on {segment!r}; there are {', '.join(self.segments)}"
            )
        return self.segments.index(segment)

    def of(self, segments: tuple[str, ...]) -> Calibration:
        """The calibration of some of the sensors, in their order."""
        rows = [self.index(segment) for segment in segments]
        return Calibration(
            tuple(segments), self.sensor_to_segment[rows], self.sd_deg[rows], self.gyr_bias_radps[rows],
            self.still_s, self.notes,
        )  # fmt: skip

    def apply(self, imu: Imu) -> Imu:
        """The same readings in the segments' axes, with the gyroscopes' known bias taken off.

        Raises:
            InputError: readings that are in segment axes already, or of a sensor without calibration.
        """
        if imu.frame != "sensor":
            raise InputError(
                "these readings are in segment axes already; calibrating them twice is a mistake"
            )
        mine = self.of(imu.segments)

        def turned(values: Array) -> Array:
            return np.asarray(np.einsum("sij,tsj->tsi", mine.sensor_to_segment, values))

        mag = None if imu.mag_ut is None else turned(imu.mag_ut)
        gyr = turned(imu.gyr_radps - mine.gyr_bias_radps)
        return Imu(imu.segments, imu.time, turned(imu.acc_mps2), gyr, mag, "segment")
