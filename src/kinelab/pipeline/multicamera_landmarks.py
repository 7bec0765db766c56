"""Each camera's landmarks of the one person that all cameras see."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from kinelab.cameras.people import same_person
from kinelab.cameras.sizes import fitted_to
from kinelab.core.keypoints import Keypoints
from kinelab.core.report import Finding
from kinelab.errors import VideoError
from kinelab.files.calibration import CameraCalibration
from kinelab.pipeline.multicamera_inputs import (
    LandmarkOptions,
    MulticameraOptions,
    Source,
    keypoints_of,
    size_finding_of,
)
from kinelab.pipeline.run_folder import RunFolder, fingerprint


def find_tracks(
    cameras: Sequence[CameraCalibration],
    sources: Sequence[Source],
    options: MulticameraOptions,
    folder: RunFolder,
    console: Console,
) -> tuple[list[CameraCalibration], list[Keypoints], tuple[Finding, ...]]:
    """The sources' cameras, fitted to the size of their pictures, their landmarks, and what was noticed.

    Videos are looked through one after the other, each a stage of the run: what is done is found again.

    Raises:
        InputError, VideoError, ModelError, FileFormatError: see `sizes.fitted_to`, `pipeline.landmarks`.
    """
    by_name = {camera.name: camera for camera in cameras}
    fitted = [by_name[source.camera] for source in sources]
    findings: list[Finding] = []
    candidates: list[list[Keypoints]] = []
    for i, source in enumerate(sources):
        if source.is_video:
            from kinelab.files.video import open_video

            fitted[i], said = fitted_to(fitted[i], open_video(source.path).size_px)
            candidates.append(people_in(source, options, folder, console))
        else:
            candidates.append([keypoints_of(source, options)])
            said = size_finding_of(fitted[i].size_px, candidates[i][0], source.camera)
        findings += said
    chosen = same_person(fitted, [source.camera for source in sources], candidates)
    for source, found, i in zip(sources, candidates, chosen, strict=True):
        if len(found) > 1:
            text = f"{source.camera}: {len(found)} people in view; person {i + 1} fits with the other cameras"
            findings.append(Finding("info", text))
    return fitted, [found[i] for found, i in zip(candidates, chosen, strict=True)], tuple(findings)


def people_in(
    source: Source, options: LandmarkOptions, folder: RunFolder, console: Console
) -> list[Keypoints]:
    """Everyone in a video, who was seen longest first; a stage of the run, found again when it is done.

    Raises:
        VideoError: nobody was found. ModelError: no network.
    """
    from kinelab.detection.people import watch
    from kinelab.files.video import open_video, read_frames
    from kinelab.pipeline.networks import open_networks, record
    from kinelab.pipeline.people_file import load_people, save_people
    from kinelab.pipeline.progress import progress
    from kinelab.pipeline.settings import AnalyzeSettings

    video = open_video(source.path)
    pose_model, detector = open_networks(
        AnalyzeSettings(pose=options.pose, detector=options.detector, landmark_set=options.landmark_set)
    )
    folder.add_models(record(pose_model), record(detector))
    name = f"people_{source.camera}.nc"

    def look() -> list[str]:
        with progress(source.camera, video.n_frames, console) as advance, read_frames(video) as frames:
            tracks = watch(
                frames,
                detector,
                pose_model,
                detect_every=options.detect_every,
                on_frame=lambda index: advance(index + 1),
            )
        if not tracks:
            raise VideoError(f"{source.path}: nobody was found in view; leave this camera out, or look at it")
        save_people(tracks, folder.file(name))
        return [name]

    choices = {
        "video": fingerprint(source.path),
        "pose": pose_model.sha256,
        "detector": detector.sha256,
        "detect_every": options.detect_every,
    }
    folder.stage(f"people {source.camera}", choices, look)
    tracks = load_people(folder.file(name))
    if options.person is not None:
        tracks = [track for track in tracks if track.id == options.person] or tracks
    return [t.keypoints for t in sorted(tracks, key=lambda t: -int(t.keypoints.seen.sum()))]
