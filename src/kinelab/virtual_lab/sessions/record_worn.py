"""What the person of a trial wears, as its systems record it: skin markers, then inertial sensors."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kinelab.files.session import SessionFile
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.sessions.record_markers import record_markers
from kinelab.virtual_lab.sessions.record_sensors import record_sensors
from kinelab.virtual_lab.sessions.wear import Wear


def record_worn(wear: Wear, movement: Movement, rng: np.random.Generator, folder: Path) -> list[SessionFile]:
    """Write markers, the static trial and imu/, each with its truth; the files."""
    marker_rng, sensor_rng = rng.spawn(2)
    files = []
    if wear.marking is not None and wear.marking.skin != "none":
        files += record_markers(wear, wear.marking, movement, marker_rng, folder)
    if wear.sensing is not None:
        files += record_sensors(wear, wear.sensing, movement, sensor_rng, folder)
    return files
