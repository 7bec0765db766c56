"""How far a project is, video by video, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kinelab.keypoints.projects.labels import load_labels, raters
from kinelab.keypoints.projects.project import Project, chosen_frames, video_path
from kinelab.keypoints.projects.runs import finished_networks


@dataclass(frozen=True)
class Progress:
    """What one rater did on one video: frames begun, and of these complete."""

    labelled: int
    complete: int


@dataclass(frozen=True)
class VideoStatus:
    """One video: chosen frames, those that somebody labelled, progress by rater, and what is missing.

    file: "here", "missing", or "pictures" where there never was a video. missing_pictures: labelled frames
    whose picture is not there.
    """

    id: str
    person: str
    file: str
    chosen: int
    labelled: int
    complete: int
    by_rater: Mapping[str, Progress]
    missing_pictures: int
    synthetic: bool


@dataclass(frozen=True)
class ProjectStatus:
    """All videos, the finished networks, and what to do next."""

    videos: tuple[VideoStatus, ...]
    networks: tuple[str, ...]
    advice: str


def project_status(folder: str | Path, project: Project) -> ProjectStatus:
    """How far the project is.

    Raises:
        FileFormatError: a label file is damaged.
    """
    videos = tuple(_video_status(Path(folder), project, video.id) for video in project.videos)
    networks = tuple(sorted(file.parent.name for file in finished_networks(folder)))
    return ProjectStatus(videos, networks, _advice(Path(folder), videos, networks))


def _video_status(folder: Path, project: Project, video_id: str) -> VideoStatus:
    video = project.video(video_id)
    chosen = set(chosen_frames(folder, video_id))
    by_rater: dict[str, Progress] = {}
    labelled: set[int] = set()
    complete: set[int] = set()
    for rater in raters(folder):
        labels = load_labels(folder, project, rater, video_id)
        if labels.frame.size:
            whole = labels.frame[labels.complete].tolist()
            by_rater[rater] = Progress(labels.frame.size, len(whole))
            labelled |= set(labels.frame.tolist())
            complete |= set(whole)
    path = video_path(folder, video)
    return VideoStatus(
        id=video_id,
        person=video.person,
        file="pictures" if path.is_dir() else "here" if path.is_file() else "missing",
        chosen=len(chosen | labelled),
        labelled=len(labelled),
        complete=len(complete),
        by_rater=by_rater,
        missing_pictures=len(labelled - chosen),
        synthetic=video.synthetic,
    )


def _advice(folder: Path, videos: tuple[VideoStatus, ...], networks: tuple[str, ...]) -> str:
    """The next step, as a command."""
    if not videos:
        return f"add videos: kinelab keypoints add {folder} VIDEO..."
    if any(video.missing_pictures for video in videos):
        return f"cut the missing pictures again: kinelab keypoints frames {folder} --restore"
    if not any(video.chosen for video in videos):
        return f"choose frames to label: kinelab keypoints frames {folder} --per-video 20"
    if any(video.complete < video.chosen for video in videos):
        left = sum(video.chosen - video.complete for video in videos)
        return f"label the {left} frames that are not complete: kinelab label {folder}"
    if not networks:
        return f"train a network: kinelab keypoints train {folder}"
    return f"track videos with it: kinelab keypoints track {folder} VIDEO --network {networks[-1]}"
