"""The pictures of chosen frames, cut from a project's video."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from kinelab.core.recording import Video
from kinelab.errors import InputError
from kinelab.files.video import open_video, read_frames
from kinelab.keypoints.projects.labels import load_labels, raters
from kinelab.keypoints.projects.pictures import write_picture
from kinelab.keypoints.projects.project import (
    Project,
    chosen_frames,
    frame_picture,
    present_video,
)


def write_frames(
    folder: str | Path,
    project: Project,
    video_id: str,
    frames: Iterable[int],
    on_frame: Callable[[int], None] | None = None,
) -> tuple[int, ...]:
    """Write the pictures of these frames that are not there yet; the frames written.

    Each picture is whole or not there: after a full disk or a kill the same call goes on. A frame that the
    decoder cannot give is passed over, and so not among those returned. `on_frame` is told of each.

    Raises:
        InputError: the video is missing, is another one than when it was added, or has no such frame.
        OutputError: the disk is full, or the folder cannot be written.
    """
    video = checked_video(folder, project, video_id)
    wanted = sorted(set(frames) - set(chosen_frames(folder, video_id)))
    if wanted and not 0 <= wanted[0] <= wanted[-1] < video.n_frames:
        raise InputError(
            f"frames {wanted[0]} to {wanted[-1]} asked for, {video_id} has 0 to {video.n_frames - 1}"
        )
    written = []
    for frame in wanted:
        with read_frames(video, start=frame, stop=frame + 1, prefetch=0) as pictures:
            for picture in pictures:
                write_picture(picture.image, frame_picture(folder, video_id, picture.index))
                written.append(picture.index)
                if on_frame is not None:
                    on_frame(picture.index)
    return tuple(written)


def checked_video(folder: str | Path, project: Project, video_id: str) -> Video:
    """A project's video, opened; `InputError` when it is missing or no longer the one that was added."""
    about = project.video(video_id)
    video = open_video(present_video(folder, about))
    if (video.size_px, video.n_frames) != (tuple(about.size_px), about.n_frames):
        raise InputError(
            f"{video.path} has {video.n_frames} frames of {video.size_px[0]} x {video.size_px[1]} px, but "
            f"when it was added it had {about.n_frames} of {about.size_px[0]} x {about.size_px[1]}; was it "
            "cut or encoded again? Frame numbers of the labels would no longer fit: add it as a new video"
        )
    return video


def missing_pictures(folder: str | Path, project: Project, video_id: str) -> tuple[int, ...]:
    """Frames that somebody has labelled and whose picture is not there.

    Raises:
        FileFormatError: a label file is damaged.
    """
    labelled = {int(f) for one in raters(folder) for f in load_labels(folder, project, one, video_id).frame}
    return tuple(sorted(labelled - set(chosen_frames(folder, video_id))))
