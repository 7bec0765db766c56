"""Taking labelled pictures of other tools into a project: pictures first, then the video, then the labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinelab.core.checks import Array
from kinelab.errors import InputError, VideoError
from kinelab.files.atomic import sha256_of
from kinelab.files.video import open_video
from kinelab.keypoints.projects.adding import with_videos
from kinelab.keypoints.projects.labels import Labels, State, labels_path, load_labels, save_labels
from kinelab.keypoints.projects.pictures import copy_picture, picture_size
from kinelab.keypoints.projects.project import (
    Project,
    ProjectVideo,
    frame_picture,
    load_project,
    relative_to_project,
    save_project,
    video_path,
)


@dataclass(frozen=True, eq=False)
class Incoming:
    """Labels of one rater on pictures of one video, as another tool kept them.

    labels: the landmarks may be in any order. pictures: path by frame number, labelled or not. video: the
    file that the pictures came from, where it is known.
    """

    labels: Labels
    pictures: dict[int, Path]
    video: Path | None = None


@dataclass
class TakenIn:
    """What came in: numbers, and sentences about what a reader should know."""

    pictures: int = 0
    frames: int = 0
    landmarks: int = 0
    notes: list[str] = field(default_factory=list)


def take_in(folder: str | Path, everything: Sequence[Incoming]) -> TakenIn:
    """Put labelled pictures into the project of a folder; the same call again goes on where it stopped.

    Nothing that is there is written over. A landmark outside its picture has no place in a project: it is
    kept as absent, and counted in the notes.

    Raises:
        InputError: landmarks that the project does not have, a rater who already has other labels there, or
            pictures of another size.
        FileFormatError: a file is no picture.
        OutputError: the folder cannot be written; what was written is whole.
    """
    project = load_project(folder)
    taken = TakenIn()
    for one in everything:
        unknown = [name for name in one.labels.landmarks if name not in project.landmarks]
        if unknown:
            raise InputError(
                f"the labels of {one.labels.video!r} name {', '.join(unknown)}, but the project's landmarks "
                f"are {', '.join(project.landmarks)}; add them with `kinelab keypoints landmarks {folder} "
                "--add NAME`, or import into a new folder"
            )
        project = _with_its_video(folder, project, one, taken)
        labels = _inside(_in_order(one.labels, project), project, one, taken)
        _refuse_other_labels(folder, project, labels)
        for frame, source in sorted(one.pictures.items()):
            path = frame_picture(folder, one.labels.video, frame)
            if not path.is_file():
                copy_picture(source, path)
                taken.pictures += 1
        save_project(project, folder)
        if labels.frame.size:
            save_labels(labels, folder)
        taken.frames += labels.frame.size
        taken.landmarks += int(labels.placed.sum())
    return taken


def _with_its_video(folder: str | Path, project: Project, one: Incoming, taken: TakenIn) -> Project:
    """The project with the video of these pictures, or with the pictures as a set of their own."""
    name = one.labels.video
    sizes = {picture_size(path) for path in one.pictures.values()}
    largest = max(width for width, _ in sizes), max(height for _, height in sizes)
    last = max(*one.pictures, *one.labels.frame.tolist(), 0)
    known = next((video for video in project.videos if video.id == name), None)
    if known is not None and video_path(folder, known).is_dir():
        size_px = max(largest[0], known.size_px[0]), max(largest[1], known.size_px[1])
        grown = replace(known, size_px=size_px, n_frames=max(last + 1, known.n_frames))
        return replace(project, videos=tuple(grown if one is known else one for one in project.videos))
    if known is not None:
        if any(w > known.size_px[0] or h > known.size_px[1] for w, h in sizes) or last >= known.n_frames:
            raise InputError(
                f"the project has a video {name!r} of {known.n_frames} frames of {known.size_px[0]} x "
                f"{known.size_px[1]} px, but the pictures go to frame {last} and {largest[0]} x {largest[1]} "
                "px; is it another video of the same name?"
            )
        return project
    about, why = _of_video(folder, name, one.video, sizes, last)
    if about is None:
        path = frame_picture(folder, name, 0).parent
        about = ProjectVideo(name, relative_to_project(path, folder), largest, last + 1, 0.0)
        taken.notes.append(f"{name}: pictures without a video ({why}); they can be labelled and trained on")
    if len(sizes) > 1:
        taken.notes.append(f"{name}: pictures of {len(sizes)} sizes")
    return with_videos(project, [about])


def _of_video(
    folder: str | Path, name: str, path: Path | None, sizes: set[tuple[int, int]], last: int
) -> tuple[ProjectVideo | None, str]:
    """The video that the pictures are frames of, or why there is none."""
    if path is None or not path.is_file():
        return None, "it was not found"
    try:
        video = open_video(path)
    except VideoError as error:
        return None, str(error)
    if sizes != {video.size_px} or last >= video.n_frames:
        return None, f"{path.name} has other frames: it was cropped, scaled or cut since"
    about = ProjectVideo(
        name, relative_to_project(path, folder), video.size_px, video.n_frames, round(video.rate_hz, 6)
    )
    return replace(about, sha256=sha256_of(path)), ""


def _in_order(labels: Labels, project: Project) -> Labels:
    """The labels with the project's landmarks in its order; what it has more is not labelled."""
    columns = [project.landmarks.index(name) for name in labels.landmarks]
    shape = (labels.frame.size, len(project.landmarks))
    position = np.full((*shape, 2), np.nan)
    state = np.zeros(shape, np.uint8)
    position[:, columns], state[:, columns] = labels.position_px, labels.state
    return Labels(labels.video, labels.rater, project.landmarks, labels.frame, position, state)


def _inside(labels: Labels, project: Project, one: Incoming, taken: TakenIn) -> Labels:
    """Landmarks outside their picture made absent."""
    missing = [int(frame) for frame in labels.frame if int(frame) not in one.pictures]
    if missing:
        numbers = ", ".join(map(str, missing[:5]))
        raise InputError(
            f"{labels.video}: frames {numbers}{' ...' if len(missing) > 5 else ''} are labelled, but have no "
            "picture; was the folder copied whole?"
        )
    size = np.array([picture_size(one.pictures[int(f)]) for f in labels.frame], dtype=float).reshape(-1, 1, 2)
    placed = labels.placed
    outside: npt.NDArray[np.bool_] = placed & (
        (labels.position_px < -0.5) | (labels.position_px > size - 0.5)
    ).any(axis=-1)
    if not outside.any():
        return labels
    names = sorted({labels.landmarks[k] for k in np.flatnonzero(outside.any(axis=0))})
    taken.notes.append(
        f"{labels.video}: {int(outside.sum())} of {int(placed.sum())} landmarks lie outside their picture "
        f"({', '.join(names)}) and are kept as absent"
    )
    position: Array = np.where(outside[..., None], np.nan, labels.position_px)
    return replace(labels, position_px=position, state=np.where(outside, State.ABSENT, labels.state))


def _refuse_other_labels(folder: str | Path, project: Project, labels: Labels) -> None:
    path = labels_path(folder, labels.rater, labels.video)
    if not path.is_file() or labels.video not in {video.id for video in load_project(folder).videos}:
        return
    there = load_labels(folder, project, labels.rater, labels.video)
    same = np.array_equal(there.frame, labels.frame) and np.array_equal(there.state, labels.state)
    if not same or not np.allclose(there.position_px, labels.position_px, atol=1e-3, equal_nan=True):
        raise InputError(
            f"{labels.rater} has other labels of {labels.video} already ({path}); nothing of it was written "
            "over. Import them under another name with --rater"
        )
