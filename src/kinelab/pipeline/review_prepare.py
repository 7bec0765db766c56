"""A finished run made ready for the reviewing page: its data, its landmarks, a video that steps quickly."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from rich.console import Console

from kinelab.core.recording import Video
from kinelab.errors import InputError
from kinelab.files.atomic import atomic_path, sha256_of, write_text
from kinelab.files.video import open_video, read_frames
from kinelab.files.video_writer import VideoWriter
from kinelab.pipeline.progress import progress
from kinelab.pipeline.review_data import (
    LANDMARKS_FILE,
    POSTER_FILE,
    REVIEW_FILE,
    VIDEO_FILE,
    frame_axis,
    landmarks,
)
from kinelab.pipeline.review_pixels import MOST_SIDE_PX
from kinelab.pipeline.review_runs import ReviewedRun
from kinelab.pipeline.review_state import open_review
from kinelab.pipeline.run_folder import recorded_source
from kinelab.reports.json import compact_json

KEY_EVERY = 10  # frames: a step back decodes nine at most
_POSTER_QUALITY = 80


def prepare_review(
    run_folder: str | Path, source: str | Path | None = None, console: Console | None = None
) -> dict[str, Any]:
    """Write review.json, and of a video landmarks.json, review.mp4 and poster.jpg, into a run's folder.

    source: the video that was analysed; without it the page shows the landmarks on an empty picture. Gives
    what review.json holds. The same run gives the same files.

    Raises:
        InputError: the folder holds no run that can be reviewed, or `source` is another video.
        FileFormatError: a result is missing or damaged.
        VideoError: the source cannot be read. OutputError: the folder cannot be written.
    """
    console = console or Console(stderr=True, quiet=True)
    state = open_review(run_folder)
    run, folder = state.run, Path(run_folder)
    review = state.review()
    found = landmarks(run)
    if found is not None:
        write_text(folder / LANDMARKS_FILE, compact_json(found))
    if run.video is not None and source is not None:
        _check_source(folder, Path(source))
        video = open_video(source, slow_motion=run.video.slow_motion)
        _write_video(run, video, folder, console)
    elif not (folder / VIDEO_FILE).is_file():
        review["video"] = None
    write_text(folder / REVIEW_FILE, compact_json(review))
    return review


def _check_source(folder: Path, source: Path) -> None:
    known = recorded_source(folder)
    if sha256_of(source) != known.sha256:
        raise InputError(f"{source} is not the video of this run ({known.path}): its content is another")


def _write_video(run: ReviewedRun, video: Video, folder: Path, console: Console) -> None:
    """The analysed frames at an even rate, each a step of the page; without anything drawn on it."""
    assert run.pixels is not None
    time, _ = frame_axis(run)
    width, height = run.pixels.size_px
    with (
        progress("video for the review", time.n, console) as advance,
        VideoWriter(folder / VIDEO_FILE, (width, height), time.rate_hz, key_every=KEY_EVERY) as writer,
    ):
        for at, image in _analysed(run, video):
            if at == 0:
                _save_poster(image, folder / POSTER_FILE)
            writer.write(image)
            advance(at + 1)


def _analysed(run: ReviewedRun, video: Video) -> Iterator[tuple[int, npt.NDArray[np.uint8]]]:
    """(place, picture) of each analysed frame; one that cannot be decoded shows the picture before it."""
    shown = run.shown
    assert shown is not None
    wanted = np.searchsorted(video.frame_time_s, shown.time_s - 0.5 * _least_step(video))
    done, last = 0, None
    with contextlib.closing(read_frames(video, max_side_px=MOST_SIDE_PX)) as frames:
        for frame in frames:
            last = frame.image if last is None else last
            while done < wanted.size and wanted[done] < frame.index:
                yield done, last
                done += 1
            if done < wanted.size and wanted[done] == frame.index:
                yield done, frame.image
                done += 1
            last = frame.image
            if done == wanted.size:
                return
    if last is None:
        raise InputError(f"{video.path}: no frame could be decoded")
    for at in range(done, wanted.size):
        yield at, last


def _least_step(video: Video) -> float:
    return float(np.diff(video.frame_time_s).min()) if video.n_frames > 1 else 1.0


def _save_poster(image: npt.NDArray[np.uint8], path: Path) -> None:
    with atomic_path(path) as temporary:
        Image.fromarray(image).save(temporary, format="JPEG", quality=_POSTER_QUALITY)
