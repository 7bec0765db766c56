"""A run that is being reviewed: what each correction does to its measures, without writing anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from kinelab.core.measures import Measures
from kinelab.pipeline.corrections import Stored
from kinelab.pipeline.review_data import angles, changing, frame_axis, whole
from kinelab.pipeline.review_needs import all_needs, needs_of
from kinelab.pipeline.review_replay import Machine, Replayed, named, replay
from kinelab.pipeline.review_runs import ReviewedRun, open_run
from kinelab.reports.analysis import Analysis

SLOW = ("anomaly_deg",)  # of networks that run a dozen times


class ReviewState:
    """One run in memory, some MB; `run` is only read."""

    def __init__(self, run: ReviewedRun) -> None:
        """Measure the machine's own result, to which all others are compared."""
        self.run = run
        time, _ = frame_axis(run)
        events = named(run.events)
        shown, pixels = run.shown, run.pixels
        self.machine = Machine(
            events,
            time.start_s,
            time.start_s + time.duration_s,
            time.rate_hz,
            time.n,
            () if shown is None else shown.skeleton.landmarks,
            (0, 0) if pixels is None else pixels.coded_px,
        )
        untouched = Replayed(events)
        analysis = run.analysis(untouched, full=True)
        self._machine_measures = analysis.measures
        self._needs = needs_of(run, untouched, analysis)

    def review(self, corrections: Sequence[Stored] = ()) -> dict[str, Any]:
        """The whole of review.json after these corrections.

        Raises:
            InputError: a correction is impossible.
        """
        replayed = replay(self.machine, corrections)
        analysis = self.run.analysis(replayed, full=True)
        return whole(
            self.run, analysis, {**self._said(replayed, analysis), "n_corrections": len(corrections)}
        )

    def preview(self, corrections: Sequence[Stored]) -> dict[str, Any]:
        """What the corrections change: events, strides, measures, needs, notes.

        landmarks: frame -> landmark -> its place, None = hidden; `angles` is there where a landmark was
        corrected; `removed` holds the events that were taken out. A score whose networks take long stays the
        machine's own until the report is made anew.

        Raises:
            InputError: a correction is impossible.
        """
        replayed = replay(self.machine, corrections)
        analysis = self.run.analysis(replayed)
        if len(analysis.measures):
            slow = [m for m in self._machine_measures if m.quantity in SLOW]
            analysis = replace(analysis, measures=Measures((*analysis.measures, *slow)))
        said = self._said(replayed, analysis)
        said["n_corrections"] = len(corrections)
        said["landmarks"] = said.pop("corrected_landmarks")
        if replayed.points:
            said["angles"] = angles(self.run, analysis.kinematics)
        return said

    def _said(self, replayed: Replayed, analysis: Analysis) -> dict[str, Any]:
        needs = all_needs(self._needs, needs_of(self.run, replayed, analysis), replayed)
        placed: dict[str, dict[str, list[float] | None]] = {}
        for (frame, landmark), point in replayed.points.items():
            placed.setdefault(str(frame), {})[landmark] = None if point is None else list(point)
        return {
            **changing(self.run, replayed, analysis, needs, self._machine_measures),
            "corrected_landmarks": placed,
            "removed": [{"id": name, "by": by} for name, by in replayed.removed.items()],
            "notes": [{"by": by, "text": text} for by, text in replayed.notes],
        }


def open_review(run_folder: str | Path) -> ReviewState:
    """Take up the run of a folder.

    Raises:
        InputError: the folder holds no run that can be reviewed.
        FileFormatError: a result is missing or damaged, or the run is of an older kinelab.
    """
    return ReviewState(open_run(run_folder))
