"""What a multi-camera run reads: the calibration, and for each camera a video or a file of landmarks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from kinelab.core.checks import Problems
from kinelab.core.keypoints import Keypoints
from kinelab.core.report import Finding
from kinelab.core.subject import Subject
from kinelab.errors import InputError
from kinelab.files.calibration import CameraCalibration, read_calibration
from kinelab.files.keypoint_files import holds_times, read_keypoints

VIDEOS = (".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv")


@dataclass(frozen=True)
class LandmarkOptions:
    """How the person's landmarks are found in videos, or read from files of other tools.

    pose, detector, landmark_set, person, detect_every: as `kinelab analyze` has them. rate_hz: of landmark
    files that hold frame numbers only.
    """

    pose: str | None = None
    detector: str | None = None
    landmark_set: str | None = None
    person: int | None = None
    detect_every: int = 1
    rate_hz: float | None = None

    def said(self) -> dict[str, object]:
        """The options for the record; files by name."""
        return {k: v.name if isinstance(v, Path) else v for k, v in asdict(self).items()}


@dataclass(frozen=True)
class MulticameraOptions(LandmarkOptions):
    """What a user can decide about a multi-camera run; each field is an option of `kinelab multicamera`.

    rule: "robust" (ours) or "pose2sim" (its exclusion of cameras). sync: bring the recordings into step
    first. ik: go on to joint angles. model, static: for the joint angles, as `kinelab ik` has them.
    """

    rule: str = "robust"
    threshold_px: float = 15.0
    min_cameras: int = 2
    min_confidence: float = 0.3
    sync: bool = False
    cutoff_hz: float | None = 6.0
    max_gap_s: float = 0.17
    ik: bool = True
    model: Path | None = None
    static: Path | None = None
    subject: Subject = field(default_factory=Subject)
    synthetic: bool = False

    def __post_init__(self) -> None:
        with Problems("multicamera") as problems:
            problems.one_of("rule", self.rule, ("robust", "pose2sim"))
            cutoff = self.cutoff_hz
            problems.add_if(cutoff is not None and not cutoff > 0, f"cutoff_hz is {cutoff}, expected above 0")
            problems.add_if(not self.max_gap_s >= 0, f"max_gap_s is {self.max_gap_s}, expected 0 or more")


@dataclass(frozen=True)
class Source:
    """One camera's recording."""

    camera: str
    path: Path

    @property
    def is_video(self) -> bool:
        """Whether it is a video; else a file of landmarks."""
        return self.path.suffix.lower() in VIDEOS


def find_sources(
    cameras: Sequence[CameraCalibration], given: Sequence[str], calibration: Path
) -> tuple[Source, ...]:
    """Which recording is which camera's: `camera=FILE`, or a file whose name has the camera's in it.

    A folder stands for the videos in it, or else for what else is in it.

    Raises:
        InputError: fewer than two, a file that is not there, one that fits no camera or several; with what
            there is.
    """
    names = [camera.name for camera in cameras]
    found = [Source(name or _camera_in(path, names, calibration), path) for name, path in _given(given)]
    unknown = [source.camera for source in found if source.camera not in names]
    if unknown:
        raise InputError(f"{calibration} has no camera {', '.join(unknown)}; it has {', '.join(names)}")
    return _several(found)


def name_sources(given: Sequence[str]) -> tuple[Source, ...]:
    """The same where no camera is known yet: each is called as told, `camera=FILE`, or as its file.

    Raises:
        InputError: fewer than two, a file that is not there, one name twice.
    """
    return _several([Source(name or path.name.split(".")[0], path) for name, path in _given(given)])


def read_cameras(path: Path) -> tuple[CameraCalibration, ...]:
    """The calibration, checked for what a run needs.

    Raises:
        FileFormatError: see `read_calibration`.
        InputError: one camera only, or distances that cannot be metres.
    """
    cameras = read_calibration(path)
    if len(cameras) < 2:
        raise InputError(f"{path}: holds one camera; depth needs two or more")
    eyes = [camera.view.eye_m for camera in cameras]
    largest = max(float(abs(a - b).max()) for a in eyes for b in eyes)
    if not 0.01 < largest < 200:
        raise InputError(
            f"{path}: the cameras are up to {largest:.4g} m apart; is it in millimetres? Positions are in "
            "metres"
        )
    return cameras


def keypoints_of(source: Source, options: LandmarkOptions) -> Keypoints:
    """Landmarks from a file of another tool, px.

    Raises:
        InputError: no rate where the file needs one, or landmarks that are not in pixels.
    """
    timed = holds_times(source.path)
    if not timed and options.rate_hz is None:
        raise InputError(f"{source.path}: holds frame numbers only; give the frame rate with --rate-hz")
    keypoints = read_keypoints(
        source.path,
        rate_hz=None if timed else options.rate_hz,
        person=options.person,
        skeleton=options.landmark_set,
    )
    if keypoints.unit != "px":
        raise InputError(f"{source.path}: landmarks in {keypoints.unit}, expected px of the camera's picture")
    return keypoints


def size_finding_of(size_px: tuple[int, int], keypoints: Keypoints, name: str) -> tuple[Finding, ...]:
    """A remark when landmarks lie far outside a picture of that size."""
    seen = keypoints.position[keypoints.seen]
    outside = (seen > 1.02 * np.array(size_px)).any(axis=1)
    if len(seen) and float(outside.mean()) > 0.02:
        text = (
            f"{name}: landmarks lie outside the {size_px[0]} x {size_px[1]} px that its pictures should "
            "have; was it filmed at another size?"
        )
        return (Finding("warning", text),)
    return ()


def _given(given: Sequence[str]) -> list[tuple[str, Path]]:
    """(name or "", file) of all recordings; folders by what is in them."""
    found: list[tuple[str, Path]] = []
    for text in given:
        name, _, file = text.rpartition("=")
        path = Path(file)
        paths = _inside(path) if not name and path.is_dir() and not _numbered(path) else [path]
        for one in paths:
            if not one.exists() and not any(parent.is_file() for parent in one.parents):
                raise InputError(f"{one}: no such file")
            found.append((name, one))
    return found


def _several(found: Sequence[Source]) -> tuple[Source, ...]:
    twice = sorted({s.camera for s in found if [o.camera for o in found].count(s.camera) > 1})
    if twice:
        raise InputError(f"two recordings were given for {', '.join(twice)}; name each: camera=FILE")
    if len(found) < 2:
        raise InputError(
            f"{len(found)} recording given; a place in space needs two cameras or more that see it (for one "
            "camera: kinelab analyze)"
        )
    return tuple(found)


def _inside(folder: Path) -> list[Path]:
    files = sorted(p for p in folder.iterdir() if not p.name.startswith("."))
    videos = [p for p in files if p.suffix.lower() in VIDEOS]
    return videos or files


def _numbered(folder: Path) -> bool:
    """Whether a folder is one camera's OpenPose files."""
    return next(folder.glob("*.json"), None) is not None


def _camera_in(path: Path, names: Sequence[str], calibration: Path) -> str:
    """The camera whose name is in the file's name, spelling apart: cam01.mp4 is of cam_01."""
    plain = {name: _plain(name) for name in names}
    stem = _plain(path.name)
    fits = [name for name, text in plain.items() if text in stem]
    longest = [name for name in fits if len(plain[name]) == max(len(plain[f]) for f in fits)]
    if len(longest) != 1:
        problem = "no camera's name is" if not longest else f"the names of {', '.join(longest)} are"
        raise InputError(
            f"{path.name}: {problem} in the file's name; {calibration.name} has {', '.join(names)}. Name it: "
            f"{names[0]}={path.name}"
        )
    return longest[0]


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
