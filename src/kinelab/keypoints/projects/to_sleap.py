"""A project's labels as a SLEAP project, one .slp file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from kinelab.errors import InputError, MissingExtraError
from kinelab.files.atomic import atomic_path
from kinelab.keypoints.projects.project import Project, frame_picture, video_path
from kinelab.keypoints.projects.truth import truth


def write_sleap_labels(
    folder: str | Path, project: Project, path: str | Path, rater: str | None = None
) -> Path:
    """Write a .slp whose instances are hand labels; one rater, or the mean of all (`truth.truth`).

    It refers to the videos where they lie, and to the chosen pictures where there is no video. An occluded
    landmark is written where it was placed, with SLEAP's `visible` left at true: it has no other word for it.

    Raises:
        InputError: nothing is labelled, or another suffix.
        OutputError: the file cannot be written.
        MissingExtraError: sleap-io is not installed.
    """
    path = Path(path)
    if path.suffix.lower() != ".slp":
        raise InputError(f"{path}: a SLEAP file is .slp")
    try:
        import sleap_io as sio
    except ImportError as error:
        raise MissingExtraError("writing SLEAP files", "interop") from error
    skeleton = sio.Skeleton(nodes=list(project.landmarks), edges=list(project.links), name=project.name)
    videos: list[Any] = []
    frames: list[Any] = []
    for about in project.videos:
        labels = truth(folder, project, about.id, rater)
        if not labels.frame.size:
            continue
        numbers = labels.frame.tolist()
        source = video_path(folder, about).resolve()
        if source.is_file():
            video = sio.Video(filename=str(source), open_backend=False)
        else:
            pictures = [str(frame_picture(folder, about.id, n).resolve()) for n in numbers]
            video = sio.Video(filename=pictures, open_backend=False)
            numbers = list(range(len(numbers)))
        videos.append(video)
        for number, position in zip(numbers, np.array(labels.position_px), strict=True):
            instance = sio.Instance.from_numpy(position, skeleton=skeleton)
            frames.append(sio.LabeledFrame(video=video, frame_idx=number, instances=[instance]))
    if not frames:
        raise InputError(f"{folder}: nothing is labelled yet; there is nothing to export")
    said = {"synthetic": project.synthetic}
    labels_file = sio.Labels(labeled_frames=frames, videos=videos, skeletons=[skeleton], provenance=said)
    with atomic_path(path) as temporary:
        sio.save_slp(labels_file, str(temporary), verbose=False)
    return path
