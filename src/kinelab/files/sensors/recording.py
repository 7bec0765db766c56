"""All sensors of one recording in SI units on one timebase, and what was done to bring them there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array, Problems, read_only
from kinelab.core.recording import Imu


@dataclass(frozen=True, eq=False)
class SensorRecording:
    """imu: readings in SI, NaN where a sample was lost and in all of a signal that a sensor does not have.

    rotation (T, S, 3, 3), where files hold orientations: sensor to `world` ("Z up", "Y up", or "" where files
    do not say), NaN where there is none. names (S,): the sensors in the files' words. notes: everything that
    was converted, resampled, moved, dropped or found missing, one line each.
    """

    imu: Imu
    names: tuple[str, ...]
    rotation: Array | None = None
    world: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(self.names))
        object.__setattr__(self, "notes", tuple(self.notes))
        shape = (self.imu.time.n, len(self.imu.segments), 3, 3)
        with Problems("SensorRecording") as problems:
            problems.add_if(len(self.names) != shape[1], f"{len(self.names)} names for {shape[1]} sensors")
            if self.rotation is not None:
                object.__setattr__(self, "rotation", read_only(self.rotation))
                problems.shape("rotation", self.rotation, shape)

    @property
    def has_gyroscope(self) -> bool:
        """Whether any sensor gave an angular velocity."""
        return bool(np.isfinite(self.imu.gyr_radps).any())
