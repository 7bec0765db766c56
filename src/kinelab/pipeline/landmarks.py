"""Video to the raw landmarks of one person: by networks, or from the file of another tool."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console

from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.core.recording import Video
from kinelab.detection.choice import choose_person
from kinelab.detection.contact_sheet import contact_sheet
from kinelab.detection.people import watch
from kinelab.errors import InputError, PersonError, VideoError
from kinelab.files.keypoint_files import holds_times, read_keypoints
from kinelab.files.openpose import archive_in
from kinelab.files.video import read_frames
from kinelab.pipeline.networks import open_networks, record
from kinelab.pipeline.people_file import load_people, save_people
from kinelab.pipeline.progress import progress
from kinelab.pipeline.run_folder import RunFolder, fingerprint
from kinelab.pipeline.settings import AnalyzeSettings
from kinelab.pipeline.trained_landmarks import trained_landmarks

PEOPLE_FILE = "people.nc"
CONTACT_SHEET = "contact_sheet.png"


@dataclass(frozen=True, eq=False)
class Landmarks:
    """Raw landmarks of the chosen person, px of the video as viewed, at the times of its frames.

    width_px is the video's. person and thumbnail tell who it is (None: the landmarks came from a file, or
    from a network of one's own). problem is what the video's reader had to say.
    """

    keypoints: Keypoints
    width_px: int
    person: int | None = None
    thumbnail: npt.NDArray[np.uint8] | None = None
    problem: str | None = None


def find_landmarks(video: Video, folder: RunFolder, settings: AnalyzeSettings, console: Console) -> Landmarks:
    """Landmarks of the person to analyse; the long pass over the video is a stage of the run.

    Raises:
        PersonError: nobody in view, or not the person that was asked for.
        VideoError: not one frame could be decoded.
        ModelError, FileFormatError, InputError: see `open_networks` and `read_keypoints`.
    """
    if settings.keypoints is not None:
        return _from_file(video, settings.keypoints, folder, settings)
    if settings.network is not None:
        keypoints = trained_landmarks(video, settings.network, folder, console, synthetic=settings.synthetic)
        return Landmarks(keypoints, video.size_px[0], problem=folder.facts.get("video_problem"))
    pose_model, detector = open_networks(settings)
    folder.add_models(record(pose_model), record(detector))

    def look() -> list[str]:
        with progress("finding people", video.n_frames, console) as advance, read_frames(video) as frames:
            tracks = watch(
                frames,
                detector,
                pose_model,
                detect_every=settings.detect_every,
                on_frame=lambda index: advance(index + 1),
            )
        folder.facts["video_problem"] = frames.problem
        if frames.n_read == 0:
            raise VideoError(f"{video.path}: no frame could be decoded ({frames.problem})")
        if not tracks:
            choose_person(tracks, settings.person, video.size_px)  # raises, in words
        save_people(tracks, folder.file(PEOPLE_FILE), synthetic=settings.synthetic)
        return [PEOPLE_FILE]

    choices = {
        "pose": pose_model.sha256,
        "detector": detector.sha256,
        "detect_every": settings.detect_every,
        "slow_motion": settings.slow_motion,
    }
    folder.stage("people", choices, look)
    tracks = load_people(folder.file(PEOPLE_FILE))
    chosen = choose_person(tracks, settings.person, video.size_px)

    def show_candidates() -> list[str]:
        contact_sheet(tracks, chosen, folder.file(CONTACT_SHEET))
        return [CONTACT_SHEET]

    folder.stage("choice", {"person": chosen.id}, show_candidates)
    return Landmarks(
        chosen.keypoints,
        video.size_px[0],
        chosen.id,
        chosen.thumbnail,
        folder.facts.get("video_problem"),
    )


def _from_file(video: Video, path: Path, folder: RunFolder, settings: AnalyzeSettings) -> Landmarks:
    """Landmarks of another tool, put at the true times of the video's frames."""
    timed = holds_times(path)
    keypoints = read_keypoints(
        path,
        rate_hz=None if timed else video.rate_hz,
        person=settings.person,
        skeleton=settings.landmark_set,
    )
    if keypoints.unit != "px":
        raise InputError(f"{path}: landmarks in {keypoints.unit}, expected px of the video")
    if not keypoints.seen.any():
        raise PersonError(f"{path}: holds {keypoints.n} frames and not one landmark that was seen")
    if not timed:
        keypoints = replace(keypoints, time_s=_frame_times(video, keypoints, path))
    choices = {
        "keypoints": fingerprint(archive_in(path) or path),
        "inside": path.name,
        "person": settings.person,
        "landmark_set": settings.landmark_set,
        "slow_motion": settings.slow_motion,
    }
    folder.stage("landmarks", choices, list)
    return Landmarks(keypoints, video.size_px[0])


def _frame_times(video: Video, keypoints: Keypoints, path: Path) -> Array:
    frame = np.rint(keypoints.time_s * video.rate_hz).astype(int)
    if frame[-1] >= video.n_frames:
        raise InputError(
            f"{path}: reaches frame {frame[-1]}, but {video.path.name} has {video.n_frames} frames;"
            " are these the landmarks of this video?"
        )
    times: Array = video.frame_time_s[frame]
    return times
