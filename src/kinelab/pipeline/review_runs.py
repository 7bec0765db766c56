"""A finished run, whatever it was made from, as a reviewer takes it up again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from kinelab.core.events import GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.recording import Video
from kinelab.errors import InputError
from kinelab.pipeline.monocular_frames import LOOKS_FILE
from kinelab.pipeline.review_pixels import ReviewPixels
from kinelab.pipeline.review_replay import Replayed, ReviewKind
from kinelab.pipeline.run_folder import RUN_FILE, RunFolder
from kinelab.reports.analysis import Analysis

if TYPE_CHECKING:
    from kinelab.pipeline.overlay_video import Drawing

_WITHOUT_STRIDES = ("kinelab multicamera", "kinelab ik")


class ReviewedRun(Protocol):
    """What the review asks of a run; `video`, `shown` and `pixels` are None where no video was analysed."""

    @property
    def kind(self) -> ReviewKind:
        """What it was measured with."""

    @property
    def folder(self) -> Path:
        """The run's folder, which is only read."""

    @property
    def kinematics(self) -> Kinematics:
        """Angles as the machine found them."""

    @property
    def events(self) -> GaitEvents:
        """Events as the machine found them, by which strides were cut."""

    @property
    def file_apart(self) -> frozenset[tuple[str, str, float]]:
        """(foot, kind, time in s) of events of the file that the methods put elsewhere."""

    @property
    def video(self) -> Video | None:
        """The source as its container described it; its file may be gone."""

    @property
    def shown(self) -> Keypoints | None:
        """Landmarks as the machine took them, (T frames, K, 2) px of the source."""

    @property
    def pixels(self) -> ReviewPixels | None:
        """From pixels of the source to those of the review video."""

    @property
    def fixed(self) -> str:
        """Why landmarks that are shown cannot be corrected, in words; "" where they can."""

    def analysis(self, replayed: Replayed, *, full: bool = False) -> Analysis:
        """The result after corrections; full: with what a report needs and a preview does not."""

    def save(self, replayed: Replayed, folder: RunFolder) -> list[str]:
        """Write the corrected results; the names of the files."""


@runtime_checkable
class Filmed(Protocol):
    """A run whose corrected result can be drawn on its video."""

    def drawing(self, replayed: Replayed, source: Path) -> tuple[Video, Drawing, int | None]:
        """The source, what is to be drawn on it, and how many frames (None = all)."""


def open_run(folder: str | Path) -> ReviewedRun:
    """The run in a folder of `kinelab analyze`, `kinelab gait` or `kinelab estimate`, by its files.

    Raises:
        InputError: no such folder, or the run of another command.
        FileFormatError: a result is missing or damaged, or the run is of an older kinelab.
    """
    # Here: one kind of run does not load the rooms of the others.
    folder = Path(folder)
    if (folder / "cleaning.json").is_file():
        from kinelab.pipeline.review_video import VideoRun

        return VideoRun(folder)
    if (folder / "sensors.json").is_file():
        from kinelab.pipeline.review_sensors import SensorRun

        return SensorRun(folder)
    if (folder / LOOKS_FILE).is_file():
        from kinelab.pipeline.review_monocular import DirectRun

        return DirectRun(folder)
    if (folder / "gait.json").is_file():
        from kinelab.pipeline.review_markers import MarkerRun

        return MarkerRun(folder)
    raise InputError(f"{folder}: {_what_it_is(folder)}")


def _what_it_is(folder: Path) -> str:
    """Why a folder cannot be reviewed, and what can."""
    command = ""
    if (folder / RUN_FILE).is_file():
        command = str(json.loads((folder / RUN_FILE).read_text(encoding="utf-8")).get("command", ""))
    name = next((one for one in _WITHOUT_STRIDES if command.startswith(one)), None)
    if name is None:
        return (
            "holds no result that can be reviewed; give the folder of kinelab analyze (video), kinelab gait"
            " (markers, angles) or kinelab estimate (worn sensors, --method monocular)"
        )
    inside = next((folder / one for one in ("ik", "landmarks.trc") if (folder / one).exists()), folder)
    return (
        f"is a run of {name}, which cuts no strides that could be reviewed; `kinelab gait {inside}` does:"
        " give that command's folder"
    )
