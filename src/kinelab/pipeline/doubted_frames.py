"""Frames in which a network is likely wrong, taken from its tracks into the labelling project."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from kinelab.core.keypoints import Keypoints
from kinelab.errors import FileFormatError, InputError
from kinelab.files.native import load_as
from kinelab.files.tables import write_csv
from kinelab.keypoints.projects.frame_pictures import write_frames
from kinelab.keypoints.projects.pictures import read_picture
from kinelab.keypoints.projects.project import (
    Project,
    ProjectVideo,
    chosen_frames,
    frame_picture,
    load_project,
)
from kinelab.keypoints.tracks.doubt import KINDS, Doubted, doubted_frames, doubts
from kinelab.keypoints.tracks.smoother import smooth_track
from kinelab.pipeline.run_folder import RUN_FILE
from kinelab.pipeline.tracking import TRACK
from kinelab.reports.figure_raters import TwoLabelled, figure_worst_frames
from kinelab.reports.figure_style import save_figure

TABLE = "doubted_frames.csv"
SHEET = "doubted_frames.svg"  # and .png
_SHOWN = 12
TRACKS = "tracks"


@dataclass(frozen=True)
class Added:
    """What one track gave: the video's id, the chosen frames, and how many frames each kind of doubt has."""

    video: str
    frames: tuple[Doubted, ...]
    doubtful: dict[str, int]


def add_doubted_frames(folder: str | Path, track: str | Path, n: int) -> Added:
    """Up to n doubtful frames of a track become chosen frames of the project, with their pictures.

    track: a folder of `kinelab keypoints track`. A table of what was chosen and why, and pictures of the
    first twelve, are written into it. The labelling page proposes the network's places on these frames.

    Raises:
        InputError: the video is not in the project, or the track has another number of frames.
        FileFormatError: no track there, or a damaged one.
    """
    if n < 1:
        raise InputError(f"{n} frames a video asked for, expected 1 or more")
    project = load_project(folder)
    place = Path(track)
    keypoints = load_as(Keypoints, place / TRACK)
    video = video_of(project, place)
    if keypoints.n != video.n_frames:
        raise InputError(
            f"{place / TRACK} has {keypoints.n} frames, but {video.id} has {video.n_frames}; track it again"
        )
    found = doubts(keypoints, *_shape_of(project, keypoints))
    frames = doubted_frames(found, keypoints, n, chosen_frames(folder, video.id))
    written = set(write_frames(folder, project, video.id, [one.frame for one in frames]))
    frames = tuple(one for one in frames if one.frame in written)
    columns = ["frame", "time_s", "kind", "landmark", "score"]
    rows = [(one.frame, keypoints.time_s[one.frame], one.kind, one.landmark, one.score) for one in frames]
    write_csv(pd.DataFrame(rows, columns=columns), place / TABLE, synthetic=video.synthetic)
    if frames:
        sheet = _sheet(folder, video, keypoints, frames[:_SHOWN])
        save_figure(sheet, place / SHEET, png=True)
    doubtful = {kind: int((found.score[:, i] > 1).sum()) for i, kind in enumerate(KINDS)}
    return Added(video.id, frames, doubtful)


def tracks_of(folder: str | Path) -> tuple[Path, ...]:
    """All tracks that lie in a project."""
    return tuple(sorted(path.parent for path in (Path(folder) / TRACKS).glob(f"*/{TRACK}")))


def video_of(project: Project, track: Path) -> ProjectVideo:
    """The project's video that a track folder is of: by the video's content.

    Raises:
        InputError: it is not in the project.
        FileFormatError: the folder holds no run.
    """
    path = track / RUN_FILE
    try:
        source = json.loads(path.read_text(encoding="utf-8"))["source"]
        name, sha256 = str(source["path"]), str(source["sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FileFormatError(
            path, "is not there or damaged; give a folder that `kinelab keypoints track` wrote"
        ) from error
    for video in project.videos:
        if video.sha256 == sha256:
            return video
    raise InputError(
        f"{track} is the track of {name}, which is not a video of the project; add it with `kinelab "
        f"keypoints add PROJECT {name}`"
    )


def _sheet(
    folder: str | Path, video: ProjectVideo, keypoints: Keypoints, frames: Sequence[Doubted]
) -> Figure:
    """The chosen frames with the network's places, and those that the rest of the track speaks for."""
    smooth = smooth_track(keypoints).keypoints.position
    pictures = [
        TwoLabelled(
            f"frame {one.frame}, {one.kind}: {one.landmark}",
            read_picture(frame_picture(folder, video.id, one.frame)),
            keypoints.position[one.frame],
            smooth[one.frame],
            keypoints.skeleton.landmarks,
        )
        for one in frames
    ]
    return figure_worst_frames(pictures, ("network", "smoothed track"), synthetic=video.synthetic)


def _shape_of(
    project: Project, keypoints: Keypoints
) -> tuple[Sequence[tuple[str, str]], Sequence[tuple[str, str]]]:
    """Links and left-right pairs of the project, as far as the network's landmarks go."""
    now = {project.current_name(name): name for name in keypoints.skeleton.landmarks}
    links, pairs = (
        [(now[a], now[b]) for a, b in couples if a in now and b in now]
        for couples in (project.links, project.pairs)
    )
    return links, pairs
