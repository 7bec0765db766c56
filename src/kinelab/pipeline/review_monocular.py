"""A finished run on one camera by a direct network, taken up again: its strides cut and measured anew."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np

from kinelab.core.events import GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.recording import Video
from kinelab.files.atomic import atomic_path
from kinelab.files.native import load_as
from kinelab.files.video import open_video
from kinelab.pipeline.basis_file import load_basis
from kinelab.pipeline.monocular_frames import LOOKS_FILE, frames_looked_at
from kinelab.pipeline.monocular_gait import Steps
from kinelab.pipeline.monocular_moved import MovedInSpace
from kinelab.pipeline.overlay_video import Drawing
from kinelab.pipeline.results import save_corrected
from kinelab.pipeline.review_pixels import ReviewPixels
from kinelab.pipeline.review_replay import Replayed, ReviewKind
from kinelab.pipeline.run_folder import RUN_FILE, RunFolder
from kinelab.reports.analysis import Analysis
from kinelab.signals.resampling import between_samples

_LANDMARKS, _DRAWN = "landmarks.nc", "keypoints_px.nc"
# What rests on the pose alone, which no correction changes.
_KEPT = (_LANDMARKS, _DRAWN, "landmarks.trc", "model_scaled.json", "model_scaled.osim", "viewer.html")


class DirectRun:
    """A run of `kinelab estimate --method monocular`."""

    kind: ReviewKind = "monocular"
    file_apart: frozenset[tuple[str, str, float]] = frozenset()
    fixed = (
        "the landmarks that are shown are the model's, drawn where a network told the pose directly from the"
        " picture: no angle rests on them, so none would change; correct events and strides"
    )

    def __init__(self, folder: Path) -> None:
        """Read what the run left; nothing is looked for in the video again.

        Raises:
            FileFormatError: a result is missing or damaged, or the run is of an older kinelab.
        """
        self.folder = folder
        basis = load_basis(folder)
        self.kinematics = load_as(Kinematics, folder / "kinematics.nc")
        self.events = load_as(GaitEvents, folder / "events.nc")
        self._drawn = load_as(Keypoints, folder / _DRAWN)
        time_s, size_px = frames_looked_at(folder / LOOKS_FILE)
        record = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
        settings = self.kinematics.provenance.settings
        slow_motion = float(settings.get("slow_motion", 1.0))  # type: ignore[arg-type]
        self._quick = bool(settings.get("quick", False))
        self._wants_gait = bool(settings.get("gait", True))
        self.pixels = ReviewPixels(size_px)
        self.video = Video(Path(record["source"]["path"]), size_px, time_s, slow_motion=slow_motion)
        self._moved = MovedInSpace(
            self.kinematics,
            load_as(Keypoints, folder / _LANDMARKS),
            basis.notes,
            self.video,
            record.get("facts", {}).get("video_problem"),
            basis.remarks,
        )
        self._steps = Steps(self.events, basis.events_by_method, basis.of_steps, basis.times_only)

    @cached_property
    def shown(self) -> Keypoints:
        """The model's landmarks at the frames that were looked at, (T, K, 2) px of the source."""
        drawn, time_s = self._drawn, self.video.frame_time_s
        position = between_samples(drawn.position, np.interp(time_s, drawn.time_s, np.arange(drawn.n)))
        seen = np.isfinite(position).all(axis=-1)
        return Keypoints(drawn.skeleton, time_s, position, seen.astype(float))

    def analysis(self, replayed: Replayed, *, full: bool = False) -> Analysis:
        """The result after corrections; full: with the events of each method, which only figures need."""
        if not self._wants_gait:
            return self._moved.analysis(None)
        methods = self._steps.methods if full else {}
        steps = replace(self._steps, events=replayed.gait_events(), methods=methods)
        return self._moved.analysis(steps, replayed.decide)

    def save(self, replayed: Replayed, folder: RunFolder) -> list[str]:
        """Write the corrected results, and what no correction changes; the names of the files."""
        written = save_corrected(self.analysis(replayed), folder)
        for name in _KEPT:
            if (self.folder / name).is_file():
                with atomic_path(folder.file(name)) as temporary:
                    temporary.write_bytes((self.folder / name).read_bytes())
                written.append(name)
        return written

    def drawing(self, replayed: Replayed, source: Path) -> tuple[Video, Drawing, int | None]:
        """The source, what is to be drawn on it, and how many frames (None = all)."""
        video = open_video(source, slow_motion=self.video.slow_motion)
        stop = int(np.searchsorted(video.frame_time_s, self.video.frame_time_s[-1], "right"))
        drawing = Drawing(self._drawn, self.kinematics, replayed.gait_events())
        return video, drawing, stop if self._quick else None
