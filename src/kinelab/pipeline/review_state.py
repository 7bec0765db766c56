"""A run that is being reviewed: what each correction does to its measures, without writing anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from kinelab.core.measures import Measures
from kinelab.errors import FileFormatError
from kinelab.files.native import load_as
from kinelab.pipeline.corrections import Stored
from kinelab.pipeline.review_data import REVIEW_FILE, angles, changing, frame_axis, stop_s, whole
from kinelab.pipeline.review_needs import all_needs, needs_of
from kinelab.pipeline.review_replay import Machine, Replayed, named, replay
from kinelab.pipeline.review_runs import ReviewedRun, open_run
from kinelab.pipeline.review_thresholds import Need
from kinelab.reports.analysis import Analysis

SLOW = ("anomaly_deg",)  # of networks that run a dozen times


class ReviewState:
    """One run in memory, some MB; `run` is only read."""

    def __init__(self, run: ReviewedRun, measures: Measures, needs: tuple[Need, ...]) -> None:
        """measures, needs: of the machine's own result, to which all others are compared."""
        self.run = run
        time, time_s = frame_axis(run)
        shown, pixels = run.shown, run.pixels
        self.machine = Machine(
            named(run.events),
            time.start_s,
            stop_s(time, time_s),
            time.rate_hz,
            time.n,
            () if shown is None or run.fixed else shown.skeleton.landmarks,
            (0, 0) if pixels is None else pixels.coded_px,
            run.fixed,
        )
        self._machine_measures, self._needs = measures, needs

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
    """Take up the run of a folder; the machine's own result is measured once more.

    Raises:
        InputError: the folder holds no run that can be reviewed.
        FileFormatError: a result is missing or damaged, or the run is of an older kinelab.
    """
    run = open_run(run_folder)
    untouched = Replayed(named(run.events))
    analysis = run.analysis(untouched, full=True)
    return ReviewState(run, analysis.measures, needs_of(run, untouched, analysis))


def open_prepared(run_folder: str | Path) -> ReviewState:
    """The same of a run that `prepare_review` made ready: what the machine found is read from its files,
    which takes a third of the time.

    Raises:
        InputError: the folder holds no run that can be reviewed.
        FileFormatError: a result is missing or damaged, the run is of an older kinelab, or review.json is of
            a corrected result.
    """
    folder = Path(run_folder)
    run = open_run(folder)
    return ReviewState(run, load_as(Measures, folder / "measures.nc"), _kept_needs(folder / REVIEW_FILE))


def _kept_needs(path: Path) -> tuple[Need, ...]:
    """What the machine's own review.json says must be looked at."""
    try:
        review = from_json(path.read_bytes())
        needs = tuple(Need(row["what"], row["reason"], row["threshold"]) for row in review["needs"])
        corrected = review["n_corrections"] > 0
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FileFormatError(path, f"is no review of kinelab, or was altered ({error})") from error
    if corrected:
        raise FileFormatError(path, "is of a corrected result; corrections refer to the machine's own")
    return needs
