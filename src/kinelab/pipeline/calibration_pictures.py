"""Videos or stills of a calibration board, camera by camera: what is looked at, and what was seen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console

from kinelab.cameras.board_detection import BoardFinder, Image
from kinelab.cameras.board_doctor import why_not_found
from kinelab.cameras.boards import Board, BoardSightings
from kinelab.core.checks import Array
from kinelab.errors import FileFormatError, InputError
from kinelab.pipeline.multicamera_inputs import VIDEOS
from kinelab.pipeline.progress import progress

PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff")
_SAMPLES = 8  # pictures that the doctor tries other boards on
_FOUND = 0.05  # of the pictures; with fewer the board given may be another


def cameras_in(given: Sequence[str]) -> dict[str, tuple[Path, ...]]:
    """Name -> video, or pictures in order of their names, of each camera.

    A folder of videos or of folders of pictures stands for what is in it; a video is one camera, named by
    camera=FILE or its file's stem; a folder of pictures is one camera, named by the folder.

    Raises:
        InputError: nothing there, or one name twice.
    """
    found: list[tuple[str, tuple[Path, ...]]] = []
    for text in given:
        name, _, file = text.rpartition("=")
        path = Path(file)
        if not path.exists():
            raise InputError(f"{path}: no such file or folder")
        inside = _cameras_at(path)
        if not inside:
            raise InputError(
                f"{path}: holds no video ({', '.join(VIDEOS)}) and no pictures ({', '.join(PICTURES)})"
            )
        if name and len(inside) > 1:
            raise InputError(f"{path}: holds {len(inside)} cameras, and one name {name!r} was given")
        found += [(name or own, files) for own, files in inside]
    names = [name for name, _ in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"two cameras are called {', '.join(twice)}; name them: camera=FILE")
    return dict(found)


def _cameras_at(path: Path) -> list[tuple[str, tuple[Path, ...]]]:
    if path.is_file():
        return [(path.stem, (path,))] if path.suffix.lower() in (*VIDEOS, *PICTURES) else []
    inside = sorted(p for p in path.iterdir() if not p.name.startswith("."))
    videos = [p for p in inside if p.suffix.lower() in VIDEOS]
    if videos:
        return [(video.stem, (video,)) for video in videos]
    pictures = tuple(p for p in inside if p.suffix.lower() in PICTURES)
    if pictures:
        return [(path.name, pictures)]
    return [camera for folder in inside if folder.is_dir() for camera in _cameras_at(folder)]


def look_for_board(
    board: Board, cameras: dict[str, tuple[Path, ...]], every: int, console: Console
) -> BoardSightings:
    """What each camera saw of the board in every n-th picture; the n-th pictures of all cameras are one
    moment.

    Raises:
        InputError: the board is in hardly any picture; with what the pictures do show, as far as it can be
        told. FileFormatError, VideoError: a picture or video cannot be read.
    """
    seen: list[dict[int, Array]] = []
    sizes: list[tuple[int, int]] = []
    for name, files in cameras.items():
        found, size, samples, n = _one_camera(board, name, files, every, console)
        if len(found) < max(1, _FOUND * n):
            raise InputError(f"{name}: {why_not_found(board, samples).text}")
        seen.append(found)
        sizes.append(size)
    moments = sorted({moment for found in seen for moment in found})
    px = np.full((len(cameras), len(moments), board.n_corners, 2), np.nan)
    for c, found in enumerate(seen):
        for moment, corners in found.items():
            px[c, moments.index(moment)] = corners
    return BoardSightings(board, tuple(cameras), tuple(sizes), tuple(map(str, moments)), px)


def _one_camera(
    board: Board, name: str, files: tuple[Path, ...], every: int, console: Console
) -> tuple[dict[int, Array], tuple[int, int], list[Image], int]:
    """Corners by number of the picture, the pictures' size, some pictures, and how many were looked at."""
    finder = BoardFinder(board)
    found: dict[int, Array] = {}
    samples: list[Image] = []
    size, n = (0, 0), 0
    total = _count(files)
    with progress(name, total, console) as advance:
        for index, image in _pictures(files):
            advance(index + 1)
            here = (image.shape[1], image.shape[0])
            if size not in ((0, 0), here):
                raise InputError(
                    f"{name}: pictures of {size[0]} x {size[1]} and {here[0]} x {here[1]} px; keep one size"
                )
            size = here
            if index % every:
                continue
            n += 1
            corners = finder.corners(image)
            if np.isfinite(corners).any():
                found[index] = corners
            elif len(samples) < _SAMPLES and (index // every) % max(1, total // every // _SAMPLES) == 0:
                samples.append(image.copy())
    return found, size, samples, n


def _count(files: tuple[Path, ...]) -> int:
    if files[0].suffix.lower() in VIDEOS:
        from kinelab.files.video import open_video

        return open_video(files[0]).n_frames
    return len(files)


def _pictures(files: tuple[Path, ...]):  # type: ignore[no-untyped-def]
    """(index, RGB image) of a video's frames or of pictures."""
    if files[0].suffix.lower() in VIDEOS:
        from kinelab.files.video import open_video, read_frames

        with read_frames(open_video(files[0])) as frames:
            for frame in frames:
                yield frame.index, frame.image
        return
    from PIL import Image as Pictures

    for index, file in enumerate(files):
        try:
            with Pictures.open(file) as picture:
                yield index, np.asarray(picture.convert("RGB"))
        except OSError as error:
            raise FileFormatError(file, f"is no picture that can be read ({error})") from error
