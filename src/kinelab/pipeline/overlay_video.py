"""The annotated video: the second and last pass over the frames."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Generator, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rich.console import Console

from kinelab.core.events import GaitEvents, Side
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.recording import Frame, Video
from kinelab.files.video import read_frames
from kinelab.files.video_prefetch import Prefetch
from kinelab.files.video_writer import VideoWriter
from kinelab.pipeline.evaluate import Evaluation
from kinelab.pipeline.progress import progress
from kinelab.pipeline.run_folder import RunFolder
from kinelab.reports.overlay import Overlay, OverlayOptions

OVERLAY_FILE = "annotated.mp4"
_MAX_SIDE_PX = 960  # large enough to read the angles, small enough to send
_AHEAD = 4  # pictures drawn ahead of the encoder


@dataclass(frozen=True, eq=False)
class Drawing:
    """What is drawn on the frames of a video: keypoints px of it, angles, events; see `reports.overlay`."""

    keypoints: Keypoints
    kinematics: Kinematics
    events: GaitEvents
    near_side: Side | None = None


def write_overlay(video: Video, evaluation: Evaluation, folder: RunFolder, console: Console) -> list[str]:
    """Draw the evaluation on every frame, which keeps its place in time; the name of the file.

    A slow-motion recording stays in slow motion: angles can be followed by eye.
    """
    drawing = Drawing(
        evaluation.cleaned.repaired_px,
        evaluation.kinematics,
        evaluation.events,
        evaluation.cleaned.direction.near_side,
    )
    return write_drawing(video, drawing, folder, console)


def write_drawing(
    video: Video, drawing: Drawing, folder: RunFolder, console: Console, stop: int | None = None
) -> list[str]:
    """The same of anything; stop: the first frames only."""
    total = video.n_frames if stop is None else stop
    with (
        progress("drawing on the video", total, console) as advance,
        read_frames(video, max_side_px=_MAX_SIDE_PX, stop=stop) as frames,
    ):
        first = next(frames)
        overlay = _overlay(video, drawing, first)
        # Decoding, drawing and encoding each keep to a thread of their own: the other core is idle otherwise.
        pictures = Prefetch(_draw(overlay, itertools.chain([first], frames)), _AHEAD)
        rate_hz = video.rate_hz / video.slow_motion
        with (
            contextlib.closing(pictures),
            VideoWriter(
                folder.file(OVERLAY_FILE), overlay.picture_size_px, rate_hz, quality="draft"
            ) as writer,
        ):
            for index, time_s, picture in pictures:
                writer.write(picture, time_s * video.slow_motion)
                advance(index + 1)
    return [OVERLAY_FILE]


def _overlay(video: Video, drawing: Drawing, frame: Frame) -> Overlay:
    size_px = frame.image.shape[1], frame.image.shape[0]
    options = OverlayOptions(near_side=drawing.near_side, synthetic=drawing.kinematics.provenance.synthetic)
    return Overlay(
        drawing.keypoints,
        drawing.kinematics,
        drawing.events,
        size_px,
        size_px[0] / video.size_px[0],
        options,
    )


def _draw(overlay: Overlay, frames: Iterable[Frame]) -> Generator[tuple[int, float, npt.NDArray[np.uint8]]]:
    for frame in frames:
        yield frame.index, frame.time_s, overlay.draw(frame)
