"""A finished run on a video, taken up again: its landmarks corrected, its strides cut and measured anew."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from kinelab.core.events import GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.provenance import Provenance
from kinelab.core.recording import Video
from kinelab.core.subject import Subject
from kinelab.errors import FileFormatError
from kinelab.files.native import load_as
from kinelab.files.video import open_video
from kinelab.gait.detecting import detect_all
from kinelab.keypoints.by_hand import ByHand
from kinelab.keypoints.cleaning import Repaired, repair
from kinelab.pipeline.evaluate import Evaluation, Moved, cleaning_options
from kinelab.pipeline.landmarks import PEOPLE_FILE, Landmarks
from kinelab.pipeline.overlay_video import Drawing
from kinelab.pipeline.people_file import load_people
from kinelab.pipeline.results import corrected, save_results
from kinelab.pipeline.review_pixels import ReviewPixels
from kinelab.pipeline.review_replay import Replayed, ReviewKind
from kinelab.pipeline.run_folder import RUN_FILE, RunFolder
from kinelab.pipeline.settings import AnalyzeSettings
from kinelab.reports.analysis import Analysis


class VideoRun:
    """A run of `kinelab analyze`."""

    kind: ReviewKind = "video"
    fixed = ""
    file_apart: frozenset[tuple[str, str, float]] = frozenset()

    def __init__(self, folder: Path) -> None:
        """Read what the run left; nothing is looked for in the video again.

        Raises:
            FileFormatError: a result is missing or damaged.
        """
        self.folder = folder
        self.kinematics = load_as(Kinematics, folder / "kinematics.nc")
        self.events = load_as(GaitEvents, folder / "events.nc")
        self._seen = load_as(Keypoints, folder / "keypoints_px.nc")
        record = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
        settings = self.kinematics.provenance.settings
        size_px = _size_px(folder, record)
        self.settings = _settings(settings, self.kinematics)
        self.pixels = ReviewPixels(size_px)
        self.video = Video(
            Path(record["source"]["path"]),
            size_px,
            self._seen.time_s,
            slow_motion=float(settings.get("slow_motion", 1.0)),  # type: ignore[arg-type]
        )
        problem = record.get("facts", {}).get("video_problem")
        self._landmarks = Landmarks(self._seen, size_px[0], problem=problem)
        self._moved: tuple[object, Moved] | None = None

    @cached_property
    def shown(self) -> Keypoints:
        """Landmarks as the machine took them, (T frames, K, 2) px of the source, sides put right."""
        return self._of({}).cleaned.repaired_px

    def analysis(self, replayed: Replayed, *, full: bool = False) -> Analysis:
        """The result after corrections; full: with the events of each method, which only figures need.

        Raises:
            InputError: the corrections leave too few landmarks.
        """
        return self._evaluation(replayed, methods=full).analysis(self.video)

    def save(self, replayed: Replayed, folder: RunFolder) -> list[str]:
        """Write the corrected results; the names of the files."""
        evaluation = self._evaluation(replayed, methods=False)
        return save_results(replace(evaluation, kinematics=corrected(evaluation.kinematics)), folder)

    def drawing(self, replayed: Replayed, source: Path) -> tuple[Video, Drawing, int | None]:
        """The source, what is to be drawn on it, and how many frames (None = all)."""
        evaluation = self._evaluation(replayed, methods=False)
        cleaned = evaluation.cleaned
        near_side = cleaned.direction.near_side
        video = open_video(source, slow_motion=self.video.slow_motion)
        drawing = Drawing(cleaned.repaired_px, evaluation.kinematics, evaluation.events, near_side)
        return video, drawing, None

    def _evaluation(self, replayed: Replayed, *, methods: bool) -> Evaluation:
        moved = self._of(replayed.points)
        by_method = detect_all(moved.cleaned.keypoints).events if methods and self.settings.gait else {}
        return moved.measured(replayed.gait_events(), by_method, replayed.decide)

    @cached_property
    def _repaired(self) -> Repaired:
        """What no correction changes: sides put right, wrong points out."""
        return repair(self._seen, cleaning_options(self.settings, self._landmarks.width_px))

    def _of(self, points: Mapping[tuple[int, str], tuple[float, float] | None]) -> Moved:
        """Clean landmarks and angles, kept until another landmark is corrected."""
        key = tuple(points.items())
        kept = self._moved  # read once: another thread may replace it
        if kept is None or kept[0] != key:
            by_hand = ByHand({at: self.pixels.to_source(point) for at, point in points.items()})
            provenance: Provenance = self.kinematics.provenance
            moved = Moved.of(self._landmarks, self.settings, provenance, by_hand, self._repaired)
            kept = self._moved = key, moved
        return kept[1]


def _size_px(folder: Path, record: Mapping[str, Any]) -> tuple[int, int]:
    """(width, height) of the source."""
    size_px = record.get("facts", {}).get("size_px")
    if size_px is None and (folder / PEOPLE_FILE).is_file():
        size_px = load_people(folder / PEOPLE_FILE)[0].size_px
    if size_px is None:
        raise FileFormatError(
            folder / RUN_FILE, "does not tell the video's size: run it again, then it can be reviewed"
        )
    return int(size_px[0]), int(size_px[1])


def _settings(said: Mapping[str, Any], kinematics: Kinematics) -> AnalyzeSettings:
    """The settings that decide what comes after the landmarks, as the run recorded them."""
    length = said.get("known_length")
    subject = said.get("subject")
    return AnalyzeSettings(
        subject=kinematics.subject if subject is None else Subject(**subject),
        known_length=None if length is None else (str(length[0]), str(length[1]), float(length[2])),
        px_per_m=said.get("px_per_m"),
        cutoff_hz=float(said.get("cutoff_hz", 6.0)),
        min_strides=int(said.get("min_strides", 2)),
        gait=bool(said.get("gait", True)),
        synthetic=kinematics.provenance.synthetic,
    )
