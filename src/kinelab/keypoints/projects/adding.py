"""Adding videos to a project: single files, or session folders, which say who is in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kinelab.errors import InputError
from kinelab.files.atomic import sha256_of
from kinelab.files.session import SESSION_FILE, read_session, session_with
from kinelab.keypoints.projects.all_videos import each_or_none, opened_videos
from kinelab.keypoints.projects.project import (
    Project,
    ProjectVideo,
    load_project,
    relative_to_project,
    save_project,
)

_LONGEST_ID = 80


@dataclass(frozen=True)
class _Found:
    """A video, who is in it, and whether a computer made it."""

    path: Path
    person: str = ""
    synthetic: bool = False


def add_videos(
    folder: str | Path, paths: Sequence[str | Path], *, person: str = "", mm_per_px: float | None = None
) -> tuple[ProjectVideo, ...]:
    """Add videos to the project of a folder, all or none; those that are new now.

    A path may be a video, a session folder (session.json says who is in its videos, and whether they are
    synthetic), or a folder of session folders. `person` is who is in them, where the session says nothing or
    something else is meant. `mm_per_px`: size of a pixel at the person, the same for all of these videos.

    Raises:
        InputError: a video is in the project already, under whatever name; folders without sessions; several
            files that are no videos, each named.
        VideoError: one file is no video that can be read.
        OutputError: the folder cannot be written.
    """
    project = load_project(folder)
    added: list[ProjectVideo] = []
    found = [video for some in each_or_none(map(Path, paths), _videos_at) for video in some]
    opened = opened_videos([one.path for one in found])
    ids = new_ids([one.path for one in found], {video.id for video in project.videos})
    for one, video, name in zip(found, opened, ids, strict=True):
        known = (*project.videos, *added)
        sha256 = sha256_of(one.path)
        twin = next((other for other in known if other.sha256 == sha256), None)
        if twin is not None:
            raise InputError(
                f"{one.path} is in the project already, as {twin.id!r} ({twin.path}); nothing was added. "
                "The same pictures twice would be in training and test at once"
            )
        added.append(
            ProjectVideo(
                id=name,
                path=relative_to_project(one.path, folder),
                size_px=video.size_px,
                n_frames=video.n_frames,
                rate_hz=round(video.rate_hz, 6),
                person=person or one.person,
                mm_per_px=mm_per_px,
                sha256=sha256,
                synthetic=one.synthetic,
            )
        )
    save_project(with_videos(project, added), folder)
    return tuple(added)


def with_videos(project: Project, added: Iterable[ProjectVideo]) -> Project:
    """The project with more videos."""
    return replace(project, videos=(*project.videos, *added))


def new_ids(paths: Sequence[Path], taken: set[str]) -> list[str]:
    """Plain names for videos: their own, with as many of the folders above as make all of them unique."""
    parts = [[plain(part) for part in (*path.absolute().parent.parts, path.stem)] for path in paths]
    for depth in range(1, max(map(len, parts), default=0) + 1):
        names = ["_".join(filter(None, one[-depth:]))[-_LONGEST_ID:].strip("._-") for one in parts]
        if len(set(names)) == len(names) and all(names) and not taken & set(names):
            return names
    stems = [one[-1] or "video" for one in parts]
    return [f"{stem}_{len(taken) + i}" for i, stem in enumerate(stems, 1)]


def plain(text: str) -> str:
    """Letters, digits, dash, underscore and dot of a text; others become an underscore."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", text).strip("._-")


def _videos_at(path: Path) -> list[_Found]:
    if not path.is_dir():
        session = session_with(path)
        return [_Found(path) if session is None else _Found(path, session.subject.id, session.synthetic)]
    files = [path / SESSION_FILE] if (path / SESSION_FILE).is_file() else sorted(path.rglob(SESSION_FILE))
    found = []
    for file in files:
        session = read_session(file.parent)
        found += [
            _Found(file.parent / video, session.subject.id, session.synthetic)
            for video in session.paths("video")
        ]
    if not found:
        raise InputError(
            f"{path} is a folder without session folders with videos; give the videos themselves, "
            f"as in {path}/*.mp4"
        )
    return found
