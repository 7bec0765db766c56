"""A copy of a film in which nobody's head can be recognised, without sound, place and camera."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.core.recording import Frame, Video
from kinelab.errors import InputError, OutputError
from kinelab.exchange.head_regions import head_regions
from kinelab.files.video import open_video, read_frames
from kinelab.files.video_writer import VideoWriter

Picture = NDArray[np.uint8]
_CELLS = 3  # of a region's width and height: so many colours are left of a head
_WORST = 16.0  # mean difference of 0 to 255 within a region after coding, above which a film is refused
_PLAIN = frozenset({"major_brand", "minor_version", "compatible_brands", "encoder"})


@dataclass(frozen=True)
class Blurred:
    """What was done.

    whole: frames blurred as a whole, for a head was not known in them. worst: largest mean difference (0 to
    255) between a head region in the finished film and what should be there.
    """

    path: Path
    frames: int
    whole: int
    worst: float


def blur_faces(
    video: Path, people: Sequence[Keypoints], out: Path, *, slow_motion: float = 1.0,
    advance: Callable[[int], None] | None = None,
) -> Blurred:  # fmt: skip
    """Write `out` (.mp4), then read it back and check every frame of it; without that there is no file.

    people: the landmarks in px of everybody who was found in the film; slow_motion: as they were found with.
    Each head becomes nine colours that flow into each other. A frame in which a head is not known for half a
    second is blurred as a whole. Frames come and go one by one: memory does not grow with the film.

    Whom the network did not find is not hidden: look at the film before you pass it on.

    Raises:
        InputError: no landmarks, or not of this film, or `out` is the film itself or no .mp4.
        VideoError: the film cannot be read to its end.
        OutputError: it cannot be written, or the check failed.
    """
    if out.resolve() == video.resolve():
        raise InputError(f"{out} is the film itself; give another name with --out")
    source = open_video(video, slow_motion=slow_motion)
    regions = head_regions(people, source.frame_time_s)
    unchecked = out.with_name(f".{out.stem}.unchecked{out.suffix}")
    try:
        with VideoWriter(unchecked, source.size_px, source.rate_hz / slow_motion or 30.0) as writer:
            for frame, picture in _hidden(source, regions):
                writer.write(picture, frame.time_s * slow_motion)
                if advance is not None:
                    advance(writer.n_written)
        if writer.n_written != source.n_frames:
            raise OutputError(
                f"{video}: only {writer.n_written} of {source.n_frames} frames could be read; no film"
            )
        _refuse_tracks(unchecked)
        worst = _check(source, regions, open_video(unchecked))
        unchecked.replace(out)
    finally:
        unchecked.unlink(missing_ok=True)
    whole = sum(region is None for region in regions)
    return Blurred(out, source.n_frames, whole, worst)


def hide(image: Picture, regions: Array | None) -> Picture:
    """The picture (H, W, 3) with these circles (P, 3) px hidden; None: all of it."""
    if regions is None:
        return _coarse(image)
    hidden = image.copy()
    for x, y, radius in regions:
        box = _box(image, x, y, radius)
        if box is not None:
            hidden[box] = _coarse(image[box])
    return hidden


def _hidden(source: Video, regions: Sequence[Array | None]) -> Iterator[tuple[Frame, Picture]]:
    with read_frames(source) as frames:
        for frame in frames:
            yield frame, hide(frame.image, regions[frame.index])


def _coarse(image: Picture) -> Picture:
    """A picture of `_CELLS` x `_CELLS` colours that flow into each other."""
    height, width = image.shape[:2]
    few = Image.fromarray(image).resize((_CELLS, _CELLS), Image.Resampling.BOX)
    return np.asarray(few.resize((width, height), Image.Resampling.BILINEAR), dtype=np.uint8)


def _box(image: Picture, x: float, y: float, radius: float) -> tuple[slice, slice] | None:
    """The part of the picture in the square around a circle; None where it lies outside."""
    height, width = image.shape[:2]
    left, right = (int(np.clip(round(edge), 0, width)) for edge in (x - radius, x + radius))
    top, bottom = (int(np.clip(round(edge), 0, height)) for edge in (y - radius, y + radius))
    if right - left < 1 or bottom - top < 1:
        return None
    return slice(top, bottom), slice(left, right)


def _refuse_tracks(path: Path) -> None:
    """The file holds pictures only, and says nothing of camera, place and time."""
    with av.open(str(path)) as container:
        other = [stream.type for stream in container.streams if stream.type != "video"]
        told = set(container.metadata) - _PLAIN
    if other or told:
        raise OutputError(f"the film would hold {', '.join([*other, *sorted(told)])}; it was not written")


def _check(source: Video, regions: Sequence[Array | None], made: Video) -> float:
    """Compare every frame with what should be in it; the largest mean difference of a region."""
    if made.n_frames != source.n_frames:
        raise OutputError(
            f"the film has {made.n_frames} frames, expected {source.n_frames}; it was not written"
        )
    worst = 0.0
    with read_frames(made) as frames:
        for (frame, expected), found in zip(_hidden(source, regions), frames, strict=True):
            height, width = expected.shape[:2]
            for box in _boxes(expected, regions[frame.index]):
                difference = found.image[:height, :width][box].astype(np.int16) - expected[box]
                worst = max(worst, float(np.abs(difference).mean()))
            if worst > _WORST:
                raise OutputError(
                    f"frame {frame.index} of the film is not hidden as it should (difference {worst:.0f}); "
                    "it was not written"
                )
    return worst


def _boxes(image: Picture, regions: Array | None) -> Iterator[tuple[slice, slice]]:
    if regions is None:
        yield slice(None), slice(None)
        return
    for x, y, radius in regions:
        box = _box(image, x, y, radius)
        if box is not None:
            yield box
