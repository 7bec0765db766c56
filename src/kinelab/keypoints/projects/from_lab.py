"""A labelled project out of a study of the virtual laboratory, whose truth is exact."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from kinelab.core.checks import BoolArray, IntArray
from kinelab.core.keypoints import Keypoints
from kinelab.errors import InputError
from kinelab.files import native
from kinelab.files.calibration import WORLD_FROM_GROUND, read_calibration
from kinelab.files.keypoint_files import read_keypoints
from kinelab.files.landmark_names import skeleton_from
from kinelab.files.session import SESSION_FILE, read_session
from kinelab.keypoints.projects.adding import add_videos
from kinelab.keypoints.projects.choosing import Method, choose_frames
from kinelab.keypoints.projects.frame_pictures import write_frames
from kinelab.keypoints.projects.labels import Labels, State, save_labels
from kinelab.keypoints.projects.making import new_project
from kinelab.keypoints.projects.project import (
    PROJECT_FILE,
    Project,
    ProjectVideo,
    chosen_frames,
    load_project,
    save_project,
    video_path,
)
from kinelab.keypoints.projects.truth import EXACT

_FOLDER = "truth"
_MIDDLE = "mid_hip"


def project_from_lab(
    folder: str | Path,
    study: str | Path,
    *,
    landmarks: Sequence[str] | None = None,
    per_video: int = 20,
    method: Method = "uniform",
    cameras: Sequence[str] | None = None,
    virtual_raters: bool = False,
    seed: int = 0,
    on_video: Callable[[str], None] | None = None,
) -> Project:
    """A project of all videos of a virtual study, `per_video` frames of each chosen, and labelled exactly.

    The rater "truth" has the exact places: what something hides is occluded, what is outside the picture is
    absent. With `virtual_raters` the frames that the study's virtual people labelled come in as well, under
    their names. mm_per_px is that of the pelvis in the middle of the movement. Everything is marked
    synthetic. The same call again goes on where it stopped.

    landmarks: which of the study's (None: all). cameras: which of its views (None: all).

    Raises:
        InputError: no sessions with videos and truth there, no such camera or landmark, or a project of other
            landmarks in the folder.
        OutputError: the folder cannot be written.
    """
    videos = _videos(Path(study), cameras)
    have = _truth_of(videos[0]).skeleton.landmarks
    wanted = tuple(have if landmarks is None else landmarks)
    unknown = [name for name in wanted if name not in have]
    if unknown:
        raise InputError(f"the study has no landmark {', '.join(unknown)}; it has {', '.join(have)}")
    if not (Path(folder) / PROJECT_FILE).is_file():
        new_project(folder, wanted, links=skeleton_from("virtual", wanted).links)
    project = load_project(folder)
    if project.landmarks != wanted:
        raise InputError(f"{folder} holds a project of other landmarks; choose another folder")
    there = {video_path(folder, video).resolve() for video in project.videos}
    add_videos(folder, [path for path in videos if path.resolve() not in there])
    project = _with_scale(load_project(folder), Path(folder))
    save_project(project, folder)
    for video in project.videos:
        _choose_and_label(Path(folder), project, video, per_video, method, virtual_raters, seed)
        if on_video is not None:
            on_video(video.id)
    return project


def _with_scale(project: Project, folder: Path) -> Project:
    scaled = (replace(one, mm_per_px=mm_per_px(video_path(folder, one))) for one in project.videos)
    return replace(project, videos=tuple(scaled))


def mm_per_px(video: Path) -> float:
    """Size of a pixel at the pelvis of a virtual person, in the middle of the movement."""
    calibration = read_calibration(video.parent / "cameras.toml")
    camera = next(one for one in calibration if one.name == video.stem)
    points = native.load_as(Keypoints, video.parent / _FOLDER / "landmarks.nc")
    pelvis_m = np.median(points.of(_MIDDLE), axis=0) @ WORLD_FROM_GROUND.T
    depth_m = float(camera.view.rotation[2] @ pelvis_m + camera.view.translation_m[2])
    return 1000 * depth_m / float(camera.matrix[0, 0])


def _choose_and_label(
    folder: Path,
    project: Project,
    about: ProjectVideo,
    per_video: int,
    method: Method,
    virtual_raters: bool,
    seed: int,
) -> None:
    video = video_path(folder, about)
    clicked = _clicks(video) if virtual_raters else {}
    frames = {int(frame) for _, numbers in clicked.values() for frame in numbers}
    write_frames(folder, project, about.id, frames)
    wanted = min(per_video, about.n_frames) - len(chosen_frames(folder, about.id))
    if wanted > 0:
        more = choose_frames(folder, about.id, wanted, method, seed=seed).frames
        write_frames(folder, project, about.id, more)
    chosen = np.array(chosen_frames(folder, about.id), dtype=np.int64)
    save_labels(_labels(_truth_of(video), chosen, chosen, project, about, EXACT), folder)
    for rater, (clicks, numbers) in clicked.items():
        rows = np.arange(numbers.size)
        save_labels(_labels(clicks, rows, numbers, project, about, rater), folder)


def _labels(
    points: Keypoints, rows: IntArray, frames: IntArray, project: Project, video: ProjectVideo, rater: str
) -> Labels:
    """Rows of the lab's keypoints as labels: confidence below 1 is hidden, NaN is out of the picture."""
    columns = [points.skeleton.index(name) for name in project.landmarks]
    position = points.position[rows][:, columns]
    confidence = points.confidence[rows][:, columns]
    limit = np.array(video.size_px) - 0.5
    inside = (position >= -0.5) & (position <= limit)  # never so for NaN
    placed: BoolArray = np.logical_and.reduce(inside, axis=-1)
    state = np.where(placed, np.where(confidence < 1, State.OCCLUDED, State.VISIBLE), State.ABSENT)
    where = np.where(placed[..., None], position, np.nan)
    return Labels(video.id, rater, project.landmarks, frames, where, state.astype(np.uint8))


def _videos(study: Path, cameras: Sequence[str] | None) -> list[Path]:
    """The videos of a study that have a truth."""
    found: list[Path] = []
    views: set[str] = set()
    for file in sorted(study.rglob(SESSION_FILE)):
        for name in read_session(file.parent).paths("video"):
            video = file.parent / name
            if _truth_file(video).is_file():
                views.add(video.stem)
                found += [video] if cameras is None or video.stem in cameras else []
    unknown = set(cameras or ()) - views
    if not found or unknown:
        asked = f"cameras {', '.join(sorted(unknown))} asked for; " if unknown else ""
        raise InputError(
            f"{study}: {asked}its videos with truth are of {', '.join(sorted(views)) or 'no camera'}; make a "
            "study with `kinelab lab make --cameras ... --out DIR`"
        )
    return found


def _truth_file(video: Path) -> Path:
    return video.parent / _FOLDER / f"{video.stem}_landmarks.nc"


def _truth_of(video: Path) -> Keypoints:
    return native.load_as(Keypoints, _truth_file(video))


def _clicks(video: Path) -> dict[str, tuple[Keypoints, IntArray]]:
    """What each virtual rater clicked in a video, and the numbers of the frames."""
    times = _truth_of(video).time_s
    found = {}
    for path in sorted((video.parent / "labels").glob(f"{video.stem}_*.csv")):
        clicks = read_keypoints(path)
        nearest = np.abs(clicks.time_s[:, None] - times[None]).argmin(axis=1)
        found[path.stem.removeprefix(f"{video.stem}_")] = (clicks, nearest.astype(np.int64))
    return found
