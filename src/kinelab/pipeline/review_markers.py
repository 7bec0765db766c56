"""A finished run on markers or angles, taken up again: its strides cut and measured anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from kinelab.core.events import GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.files.native import load_as
from kinelab.gait.deviation_variables import foot_ways
from kinelab.gait.walking_way import walking_way
from kinelab.pipeline.anomaly_run import with_anomaly_section
from kinelab.pipeline.basis_file import load_basis
from kinelab.pipeline.gait_events import EventsOf, events_apart
from kinelab.pipeline.gait_inputs import GaitInput
from kinelab.pipeline.gait_run import LANDMARKS, analysis_of
from kinelab.pipeline.results import save_corrected
from kinelab.pipeline.review_replay import NO_LANDMARKS, Replayed, ReviewKind
from kinelab.pipeline.run_folder import RunFolder
from kinelab.reports.analysis import Analysis

_SPACE = 3


class MarkerRun:
    """A run of `kinelab gait`; nothing of it is corrected in a picture."""

    kind: ReviewKind = "markers"
    video, shown, pixels, fixed = None, None, None, NO_LANDMARKS

    def __init__(self, folder: Path) -> None:
        """Read what the run left.

        Raises:
            FileFormatError: a result is missing or damaged, or the run is of an older kinelab.
        """
        self.folder = folder
        self.kinematics = load_as(Kinematics, folder / "kinematics.nc")
        self.events = load_as(GaitEvents, folder / "events.nc")
        basis = load_basis(folder)
        landmarks = load_as(Keypoints, folder / LANDMARKS) if (folder / LANDMARKS).is_file() else None
        self._given = GaitInput(
            Path(basis.recording),
            self.kinematics,
            landmarks,
            notes=basis.notes,
            synthetic=self.kinematics.provenance.synthetic,
        )
        way = None
        plane = landmarks if basis.plane else None
        if plane is not None and plane.position.shape[-1] == _SPACE:
            way = walking_way(plane)
            plane = way.plane
        # Where strides were cut by the events of the file, agreement of the methods with them is not shown.
        methods = {} if basis.from_file else basis.events_by_method
        self._found = EventsOf(self.events, self.events, methods, plane, way, basis.remarks)
        self._feet = foot_ways(self.kinematics)
        self.file_apart: frozenset[tuple[str, str, float]] = frozenset()
        if basis.from_file and (folder / "events_found.nc").is_file():
            found = load_as(GaitEvents, folder / "events_found.nc")
            self.file_apart = frozenset(events_apart(self.events, found))

    def analysis(self, replayed: Replayed, *, full: bool = False) -> Analysis:
        """The result after corrections; full: with the score of unusual movement and its figures."""
        events = replayed.gait_events()
        found = replace(self._found, events=events, found=events)
        analysis = analysis_of(self._given, found, replayed.decide, feet=self._feet, unusual=full)
        return with_anomaly_section(analysis) if full else analysis

    def save(self, replayed: Replayed, folder: RunFolder) -> list[str]:
        """Write the corrected results; the names of the files."""
        return save_corrected(self.analysis(replayed, full=True), folder)
