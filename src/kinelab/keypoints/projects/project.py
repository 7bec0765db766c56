"""A labelling project: a folder with project.json, the chosen frames as pictures, and each rater's labels.

    PROJECT/
    ├── project.json                     landmarks, links, left-right pairs, videos
    ├── frames/VIDEO/000123.png          the chosen frames, by their number in the video
    ├── labels/RATER/VIDEO.json          what one person put on the frames of one video
    └── networks/NAME/                   training runs

Everything is plain text or a picture, so that a project can be copied, mailed and kept under version control.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from kinelab.core.checks import Problems
from kinelab.core.skeletons import Skeleton
from kinelab.errors import FileFormatError, InputError
from kinelab.files.json_nouns import read_noun, write_noun

PROJECT_FILE = "project.json"
Format = Literal["kinelab keypoint project 1"]
FORMAT: Format = "kinelab keypoint project 1"


@dataclass(frozen=True)
class ProjectVideo:
    """One video of a project.

    id names its folders: letters, digits, dash, underscore, dot. path is relative to the project's folder
    where both lie on one disk, else absolute; of pictures that came without a video it is their own folder,
    frames/ID, and rate_hz is 0. person is who is in it, for splits by person ("" = not said). mm_per_px,
    where a known length is in view, turns errors into millimetres. synthetic: nobody was filmed, a computer
    made it; every result says so.
    """

    id: str
    path: str
    size_px: tuple[int, int]
    n_frames: int
    rate_hz: float
    person: str = ""
    mm_per_px: float | None = None
    sha256: str = ""
    synthetic: bool = False

    def __post_init__(self) -> None:
        with Problems(f"video {self.id!r}") as problems:
            problems.add_if(
                not is_plain_name(self.id),
                "id is no plain name; letters, digits, dash, underscore and dot are allowed",
            )
            problems.add_if(not self.path, "path is empty")
            problems.add_if(min(self.size_px) < 1, f"size_px is {self.size_px}, expected positive")
            problems.add_if(self.n_frames < 1, f"n_frames is {self.n_frames}, expected positive")
            problems.add_if(not self.rate_hz >= 0, f"rate_hz is {self.rate_hz}, expected 0 or more")
            if self.mm_per_px is not None:
                problems.add_if(not self.mm_per_px > 0, f"mm_per_px is {self.mm_per_px}, expected positive")


@dataclass(frozen=True)
class Project:
    """What project.json holds. pairs are (left, right) landmarks, exchanged when a picture is mirrored.

    renamed are (old, new) names and removed are landmarks that went: labels and networks of an earlier day
    are read by them (`current_name`).
    """

    name: str
    landmarks: tuple[str, ...]
    links: tuple[tuple[str, str], ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    videos: tuple[ProjectVideo, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    removed: tuple[str, ...] = ()
    format: Format = FORMAT

    def __post_init__(self) -> None:
        with Problems("project") as problems:
            problems.add_if(not self.landmarks, "landmarks is empty")
            problems.add_if(any(not name.strip() for name in self.landmarks), "a landmark has no name")
            problems.unique("landmarks", self.landmarks)
            problems.unique("videos", [video.id for video in self.videos])
            for what, couples in (("links", self.links), ("pairs", self.pairs)):
                unknown = sorted({end for couple in couples for end in couple} - set(self.landmarks))
                problems.add_if(bool(unknown), f"{what} name {', '.join(unknown)}, which are not landmarks")
            problems.unique("pairs", [end for pair in self.pairs for end in pair])
            problems.unique("renamed", [old for old, _ in self.renamed])
            back = sorted(set(self.removed) & set(self.landmarks))
            problems.add_if(bool(back), f"{', '.join(back)} is among landmarks and among removed")

    @property
    def synthetic(self) -> bool:
        """Whether anything in it was made by a computer."""
        return any(video.synthetic for video in self.videos)

    @property
    def skeleton(self) -> Skeleton:
        """The landmark set."""
        return Skeleton(self.name or "project", self.landmarks, self.links)

    @property
    def mirror_order(self) -> tuple[int, ...]:
        """(K,) the column that each landmark takes in the mirror image."""
        partner = {a: b for left, right in self.pairs for a, b in ((left, right), (right, left))}
        return tuple(self.landmarks.index(partner.get(name, name)) for name in self.landmarks)

    def current_name(self, name: str) -> str:
        """What a landmark of labels or networks of an earlier day is called now."""
        return name if name in self.landmarks else dict(self.renamed).get(name, name)

    def video(self, video_id: str) -> ProjectVideo:
        """One video; raises `InputError` that lists what exists."""
        for video in self.videos:
            if video.id == video_id:
                return video
        known = ", ".join(video.id for video in self.videos) or "none yet"
        raise InputError(f"the project has no video {video_id!r}; it has {known}")


def is_plain_name(text: str) -> bool:
    """Whether a text can name a folder on every system and lead nowhere else."""
    allowed = text.replace("-", "").replace("_", "").replace(".", "")
    return allowed.isalnum() and allowed.isascii() and not text.startswith(".") and len(text) <= 100


def save_project(project: Project, folder: str | Path) -> Path:
    """Write project.json, whole or not at all.

    Raises:
        OutputError: the folder cannot be written.
    """
    return write_noun(project, Path(folder) / PROJECT_FILE)


def load_project(folder: str | Path) -> Project:
    """The project in a folder.

    Raises:
        FileFormatError: no project.json, not JSON, or not what a project holds; each fault is named.
    """
    path = Path(folder) / PROJECT_FILE
    if not path.is_file():
        raise FileFormatError(
            path, "no such file; make a project with `kinelab keypoints new FOLDER --landmarks ...`"
        )
    return read_noun(Project, path)


def video_path(folder: str | Path, video: ProjectVideo) -> Path:
    """Where the video of a project lies; it may be missing."""
    return Path(folder) / video.path


def present_video(folder: str | Path, video: ProjectVideo) -> Path:
    """Where the video of a project lies, for what needs its frames.

    Raises:
        InputError: it is not there, or there are only pictures.
    """
    path = video_path(folder, video)
    if path.is_dir():
        raise InputError(f"video {video.id!r} is a set of pictures without a video; this needs the video")
    if not path.is_file():
        raise InputError(
            f"video {video.id!r} is not at {path}; bring it back, or change its path in {PROJECT_FILE}. "
            "Labels and chosen frames are kept, and training needs no more than these"
        )
    return path


def frame_picture(folder: str | Path, video_id: str, frame: int) -> Path:
    """The picture of one chosen frame; it may be missing."""
    return Path(folder) / "frames" / video_id / f"{frame:06d}.png"


def chosen_frames(folder: str | Path, video_id: str) -> tuple[int, ...]:
    """Numbers of the frames of a video that were chosen for labelling, in order."""
    here = Path(folder) / "frames" / video_id
    return tuple(sorted(int(p.stem) for p in here.glob("*.png") if p.stem.isdecimal()))


def relative_to_project(path: str | Path, folder: str | Path) -> str:
    """A video's path as project.json keeps it: relative with forward slashes where that is possible."""
    try:
        return PurePosixPath(Path(os.path.relpath(Path(path).absolute(), Path(folder).absolute()))).as_posix()
    except ValueError:  # another drive
        return str(Path(path).absolute())
