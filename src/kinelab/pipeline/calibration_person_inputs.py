"""What a calibration by a person reads: her landmarks in each camera's recording, and the pictures' sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from kinelab.cameras.sizes import fitted_to
from kinelab.core.keypoints import Keypoints
from kinelab.core.report import Finding
from kinelab.errors import InputError
from kinelab.files.calibration import CameraCalibration
from kinelab.pipeline.multicamera_inputs import LandmarkOptions, Source, keypoints_of, size_finding_of
from kinelab.pipeline.multicamera_landmarks import people_in
from kinelab.pipeline.run_folder import RunFolder


@dataclass(frozen=True, kw_only=True)
class PersonOptions(LandmarkOptions):
    """What a user can decide; each field is an option of `kinelab calibrate`.

    height_m: of the person. intrinsics: a calibration whose focal lengths and lenses are kept; without it
    they are found with the rest. size_px: width and height of the pictures, which landmark files do not tell.
    sync: bring the recordings into step by the movement first.
    """

    height_m: float
    intrinsics: Path | None = None
    size_px: tuple[int, int] | None = None
    sync: bool = False


@dataclass(frozen=True, eq=False)
class Seen:
    """What the cameras gave: names, sizes of the pictures, the person's landmarks, and lenses if known."""

    names: list[str]
    sizes_px: list[tuple[int, int]]
    tracks: list[Keypoints]
    known: list[CameraCalibration] | None
    findings: list[Finding]


def look(
    sources: Sequence[Source],
    cameras: Sequence[CameraCalibration] | None,
    options: PersonOptions,
    folder: RunFolder,
    console: Console,
) -> Seen:
    """The person's landmarks in every recording, found in videos or read from files.

    cameras: calibrations whose lenses are known; they are fitted to the size of the pictures.

    Raises:
        InputError, VideoError, ModelError, FileFormatError: a recording that cannot be used; which, and why.
    """
    by_name = {camera.name: camera for camera in cameras or ()}
    seen = Seen([], [], [], None if cameras is None else [], [])
    for source in sources:
        camera = by_name.get(source.camera)
        size = _size_of(source, camera, options)
        if camera is not None and seen.known is not None:
            fitted, said = fitted_to(camera, size)
            seen.known.append(fitted)
            seen.findings.extend(said)
        people = (
            people_in(source, options, folder, console)
            if source.is_video
            else [keypoints_of(source, options)]
        )
        if len(people) > 1:
            text = f"{source.camera}: {len(people)} people in view; the one seen longest was taken"
            seen.findings.append(Finding("attention", text))
        seen.findings.extend(size_finding_of(size, people[0], source.camera))
        seen.names.append(source.camera)
        seen.sizes_px.append(size)
        seen.tracks.append(people[0])
    return seen


def _size_of(source: Source, camera: CameraCalibration | None, options: PersonOptions) -> tuple[int, int]:
    if source.is_video:
        from kinelab.files.video import open_video

        return open_video(source.path).size_px
    size = options.size_px or (camera.size_px if camera is not None else None)
    if size is None:
        raise InputError(
            f"{source.path.name} does not say how large the pictures were; give it with --picture-size "
            "1920x1080 (or known lenses with --intrinsics)"
        )
    return size
