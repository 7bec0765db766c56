"""Labels of a colleague's copy of a project, brought into one's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.keypoints.projects.labels import Labels, load_labels, raters, save_labels
from kinelab.keypoints.projects.pictures import copy_picture
from kinelab.keypoints.projects.project import (
    Project,
    ProjectVideo,
    chosen_frames,
    frame_picture,
    load_project,
)

_SAME_PX = 2e-3  # labels are kept to 1/1000 px


@dataclass(frozen=True)
class Merged:
    """What came in: new pictures, labelled frames by rater, and videos that only the other project has."""

    pictures: int
    frames: dict[str, int]
    unknown_videos: tuple[str, ...]


def merge_project(folder: str | Path, other: str | Path) -> Merged:
    """Bring chosen frames and everybody's labels of another copy of a project into this one.

    Videos are the same where their content is, whatever their names. Nothing that is here is written over: a
    frame that one rater labelled differently in both stops the merge before anything is written. Videos that
    only the other project has are left out, and named.

    Raises:
        InputError: other landmarks, or one rater's labels of a frame differ.
        FileFormatError: no project there, or a damaged label file.
        OutputError: the folder cannot be written; the same call goes on.
    """
    ours, theirs = load_project(folder), load_project(other)
    known = {*ours.landmarks, *ours.removed}
    odd = sorted({ours.current_name(name) for name in theirs.landmarks} - known)
    if odd:
        raise InputError(
            f"{other} labels {', '.join(odd)}, which {folder} does not have; add them here with `kinelab "
            f"keypoints landmarks {folder} --add NAME`"
        )
    twins = {video.id: _twin(video, ours) for video in theirs.videos}
    joined = [
        _joined(load_labels(folder, ours, rater, mine), load_labels(other, theirs, rater, video), ours, mine)
        for video, mine in twins.items()
        if mine is not None
        for rater in raters(other)
    ]
    pictures = 0
    for video, mine in twins.items():
        if mine is not None:
            for frame in sorted(set(chosen_frames(other, video)) - set(chosen_frames(folder, mine))):
                copy_picture(frame_picture(other, video, frame), frame_picture(folder, mine, frame))
                pictures += 1
    frames: dict[str, int] = {}
    for labels, new in joined:
        if new:
            save_labels(labels, folder)
            frames[labels.rater] = frames.get(labels.rater, 0) + new
    return Merged(pictures, frames, tuple(video for video, mine in twins.items() if mine is None))


def _twin(video: ProjectVideo, project: Project) -> str | None:
    """The id of the same video in another project: by its content, or by its name where that is not known."""
    for own in project.videos:
        if video.sha256 and own.sha256 == video.sha256:
            return own.id
    by_name = next((own for own in project.videos if own.id == video.id), None)
    if by_name is None or (by_name.sha256 and video.sha256):
        return None
    same = (by_name.size_px, by_name.n_frames) == (video.size_px, video.n_frames)
    return by_name.id if same else None


def _joined(mine: Labels, theirs: Labels, project: Project, video: str) -> tuple[Labels, int]:
    """One rater's labels of both copies, and how many frames are new."""
    now = [project.current_name(name) for name in theirs.landmarks]
    kept = [k for k, name in enumerate(now) if name not in project.removed]
    columns = [project.landmarks.index(now[k]) for k in kept]
    joined, new = mine, 0
    for row, frame in enumerate(theirs.frame.tolist()):
        position: Array = np.full((len(project.landmarks), 2), np.nan)
        state = np.zeros(len(project.landmarks), np.uint8)
        position[columns], state[columns] = theirs.position_px[row, kept], theirs.state[row, kept]
        here = np.flatnonzero(mine.frame == frame)
        if here.size:
            was, said = mine.position_px[here[0]], mine.state[here[0]]
            if not (
                np.array_equal(said, state) and np.allclose(was, position, atol=_SAME_PX, equal_nan=True)
            ):
                raise InputError(
                    f"{mine.rater} labelled frame {frame} of {video} in both copies, and differently; "
                    "nothing was changed. Take that frame's labels out of one of them, or let the "
                    "colleague label under another name (--rater)"
                )
            continue
        joined, new = joined.with_frame(frame, position, state), new + 1
    return joined, new
