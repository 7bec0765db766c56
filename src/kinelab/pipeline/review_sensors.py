"""A finished run on worn sensors, taken up again: its strides cut and measured anew."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from kinelab.core.events import GaitEvents
from kinelab.core.kinematics import Kinematics
from kinelab.errors import FileFormatError
from kinelab.files.native import load_as
from kinelab.inertial.calibration.calibration import Calibration
from kinelab.inertial.checking.check import SensorCheck
from kinelab.pipeline.basis_file import load_basis
from kinelab.pipeline.inertial_gait import worn_analysis
from kinelab.pipeline.inertial_run import CALIBRATION_FILE
from kinelab.pipeline.results import save_corrected
from kinelab.pipeline.review_replay import NO_LANDMARKS, Replayed, ReviewKind
from kinelab.pipeline.run_folder import RunFolder
from kinelab.reports.analysis import Analysis, Worn


class SensorRun:
    """A run of `kinelab estimate` on worn sensors; nothing of it is corrected in a picture."""

    kind: ReviewKind = "sensors"
    file_apart: frozenset[tuple[str, str, float]] = frozenset()
    video, shown, pixels, fixed = None, None, None, NO_LANDMARKS

    def __init__(self, folder: Path) -> None:
        """Read what the run left.

        Raises:
            FileFormatError: a result is missing or damaged, or the run is of an older kinelab.
        """
        self.folder = folder
        self.kinematics = load_as(Kinematics, folder / "kinematics.nc")
        self.events = load_as(GaitEvents, folder / "events.nc")
        self._basis = load_basis(folder)
        calibration = _calibration(folder / CALIBRATION_FILE)
        # The raw readings are not kept: their figure is that of the machine's report.
        check = SensorCheck((), (), could_compare=False, walking=False)
        seen = np.array(self._basis.seen)
        self._worn = Worn(check, calibration, seen, self._basis.rate_hz, self._basis.angles_by)

    def analysis(self, replayed: Replayed, *, full: bool = False) -> Analysis:
        """The result after corrections; full: with the events of each method, which only figures need."""
        by_method = self._basis.events_by_method if full else {}
        return worn_analysis(
            self.kinematics,
            replayed.gait_events(),
            by_method,
            self._worn,
            self._basis.remarks,
            replayed.decide,
        )

    def save(self, replayed: Replayed, folder: RunFolder) -> list[str]:
        """Write the corrected results; the names of the files."""
        return save_corrected(self.analysis(replayed), folder)


def _calibration(path: Path) -> Calibration:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        rows = said["sensors"]
        sd = np.array([row["sd_deg"] for row in rows.values()], dtype=float)
        return Calibration(
            tuple(rows),
            np.array([row["sensor_to_segment"] for row in rows.values()]),
            np.where(sd < 0, np.nan, sd),
            np.array([row["gyr_bias_radps"] for row in rows.values()]),
            None if said["still_s"] is None else (said["still_s"][0], said["still_s"][1]),
            tuple(said["notes"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FileFormatError(path, f"is no calibration of kinelab, or was altered ({error})") from error
