"""Several videos as one request: each is looked at before work on the first begins."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from kinelab.core.recording import Video
from kinelab.errors import InputError
from kinelab.files.video import open_video
from kinelab.keypoints.projects.frame_pictures import checked_video
from kinelab.keypoints.projects.project import Project

_Asked = TypeVar("_Asked")
_Got = TypeVar("_Got")


def each_or_none(asked: Iterable[_Asked], get: Callable[[_Asked], _Got]) -> list[_Got]:
    """What `get` gives for each; one error that tells of all for which it raises an `InputError`.

    Raises:
        InputError: `get` raised one: that one itself where it is the only one, else all of them as lines.
    """
    found, faults = [], []
    for one in asked:
        try:
            found.append(get(one))
        except InputError as error:
            faults.append(error)
    if len(faults) == 1:
        raise faults[0]
    if faults:
        lines = "\n".join(f"  {error}" for error in faults)
        raise InputError(
            f"{len(faults)} of {len(found) + len(faults)} videos cannot be used; nothing was done:\n{lines}"
        )
    return found


def checked_videos(folder: str | Path, project: Project, video_ids: Sequence[str]) -> list[Video]:
    """Videos of a project, opened; `InputError` names all that are missing, damaged or no longer the same."""
    return each_or_none(video_ids, lambda video_id: checked_video(folder, project, video_id))


def opened_videos(paths: Sequence[Path]) -> list[Video]:
    """Videos, opened; `InputError` names all that are missing or cannot be read."""
    return each_or_none(paths, open_video)
