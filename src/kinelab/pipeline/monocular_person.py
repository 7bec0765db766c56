"""Whom to look at in a video of one camera: boxes over the frames, and what other networks see of him."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rich.console import Console

from kinelab.core.checks import Array, IntArray
from kinelab.core.keypoints import Keypoints
from kinelab.core.provenance import ModelRecord
from kinelab.core.recording import Video
from kinelab.core.report import Finding
from kinelab.core.skeletons import skeleton
from kinelab.detection.choice import choose_person
from kinelab.detection.contact_sheet import contact_sheet
from kinelab.detection.detectors import Detector
from kinelab.detection.opening import open_detector, open_pose_model
from kinelab.detection.people import watch
from kinelab.detection.pose_models import PoseModel
from kinelab.detection.store import stored
from kinelab.errors import VideoError
from kinelab.files.video import read_frames
from kinelab.keypoints.own_network import KeypointDetector, open_own_network
from kinelab.monocular.estimate_pose import DirectPose
from kinelab.monocular.shipped import DirectNetwork
from kinelab.pipeline.landmarks import CONTACT_SHEET, PEOPLE_FILE, find_landmarks
from kinelab.pipeline.monocular_options import QUICK_S, MonocularOptions
from kinelab.pipeline.networks import DETECTORS_BY_MERIT, POSE_BY_MERIT, record
from kinelab.pipeline.people_file import load_people, save_people
from kinelab.pipeline.progress import progress
from kinelab.pipeline.run_folder import RunFolder
from kinelab.pipeline.settings import AnalyzeSettings

_MARGIN = 0.06  # of the height: head and feet reach beyond their landmarks
_LOOSE = 0.97  # a detector's box is so much larger than that of the landmarks
_SEEN = 0.3
_RELIABLE_DEG = 5.0  # what several cameras without markers are said to reach: 3 to 5 deg


@dataclass(frozen=True, eq=False)
class Person:
    """The chosen person over F frames: frame_index (F,), time_s (F,), box (F, 4) px of the body's landmarks.

    other: landmarks of another network, px; others: frames and boxes of everybody else. findings: what is to
    be said of how the person was found.
    """

    frame_index: IntArray
    time_s: Array
    box: Array
    other: Keypoints | None = None
    others: tuple[tuple[IntArray, Array], ...] = ()
    number: int | None = None
    thumbnail: npt.NDArray[np.uint8] | None = None
    findings: tuple[Finding, ...] = ()


def network_finding(network: DirectNetwork) -> tuple[Finding, ...]:
    """What its card says of a network that is not to be relied on, by what it was off on people held out."""
    off_deg = network.card.figures.get("angle_mae_deg", float("nan"))
    if not off_deg > _RELIABLE_DEG:
        return ()
    text = f"This network is off by {off_deg:.0f} deg in the mean on people whom it did not learn from."
    said = "a first look, without angles of strides: train one of your own (kinelab monocular train), or use"
    return (Finding("warning", text, f"{said} markers, sensors or several cameras"),)


def network_record(network: DirectNetwork) -> ModelRecord:
    """What a result says of a direct network."""
    return ModelRecord(network.card.name, network.sha256, network.card.licence)


def find_person(
    video: Video, network: DirectNetwork, folder: RunFolder, options: MonocularOptions, console: Console
) -> Person:
    """The person to look at; the pass over the video is a stage of the run.

    Raises:
        PersonError: nobody in view, or not the person asked for.
        VideoError: not one frame could be decoded.
        ModelError, FileFormatError, InputError: a network or file cannot be used.
    """
    if options.keypoints is not None:
        return _from_file(video, folder, options, console)
    pose, detector, found = _networks(network, options)
    folder.add_models(*dict.fromkeys((record(pose), record(detector))))
    stop = _last_frame(video, options)

    def watch_them() -> list[str]:
        with progress("finding people", stop, console) as advance, read_frames(video, stop=stop) as frames:
            tracks = watch(frames, detector, pose, detect_every=options.detect_every,
                           on_frame=lambda index: advance(index + 1))  # fmt: skip
        folder.facts["video_problem"] = frames.problem
        if frames.n_read == 0:
            raise VideoError(f"{video.path}: no frame could be decoded ({frames.problem})")
        if not tracks:
            choose_person(tracks, options.person, video.size_px)  # raises, in words
        save_people(tracks, folder.file(PEOPLE_FILE), synthetic=options.synthetic)
        return [PEOPLE_FILE]

    choices = {"pose": pose.sha256, "detector": detector.sha256, "detect_every": options.detect_every,
               "slow_motion": options.slow_motion, "stop": stop}  # fmt: skip
    folder.stage("people", choices, watch_them)
    tracks = load_people(folder.file(PEOPLE_FILE))
    chosen = choose_person(tracks, options.person, video.size_px)

    def show() -> list[str]:
        contact_sheet(tracks, chosen, folder.file(CONTACT_SHEET))
        return [CONTACT_SHEET]

    folder.stage("choice", {"person": chosen.id}, show)
    own = isinstance(pose, DirectPose)
    seen = chosen.score > 0
    return Person(
        frame_index=chosen.frame_index[seen],
        time_s=chosen.time_s[seen],
        box=_shrunk(chosen.box[seen]),
        other=None if own else chosen.keypoints,
        others=tuple((t.frame_index, t.box) for t in tracks if t.id != chosen.id),
        number=chosen.id,
        thumbnail=chosen.thumbnail,
        findings=found,
    )


def _last_frame(video: Video, options: MonocularOptions) -> int:
    if not options.quick:
        return video.n_frames
    within = np.searchsorted(video.frame_time_s, video.frame_time_s[0] + QUICK_S)
    return int(max(within, min(3, video.n_frames)))


def _networks(
    network: DirectNetwork, options: MonocularOptions
) -> tuple[PoseModel, Detector, tuple[Finding, ...]]:
    here = stored()
    pose_name = options.pose or next((name for name in POSE_BY_MERIT if name in here), None)
    pose: PoseModel
    if pose_name is None:
        one = network_record(network)
        pose = DirectPose(network, name=one.name, sha256=one.sha256, licence=one.licence)
    else:
        landmark_set = skeleton(options.landmark_set) if options.landmark_set else None
        pose = open_pose_model(pose_name, skeleton=landmark_set)
    name = options.detector or next((name for name in DETECTORS_BY_MERIT if name in here), None)
    if name is not None:
        return pose, open_detector(name), ()
    text = "No person detector is installed: the shipped pose network looked for the person itself."
    said = Finding("attention", text, "one proper is surer in real rooms: kinelab models get yolox-tiny")
    return pose, KeypointDetector(open_own_network()), (said,)


def _from_file(video: Video, folder: RunFolder, options: MonocularOptions, console: Console) -> Person:
    settings = AnalyzeSettings(
        keypoints=options.keypoints, landmark_set=options.landmark_set, person=options.person,
        slow_motion=options.slow_motion, synthetic=options.synthetic,
    )  # fmt: skip
    keypoints = find_landmarks(video, folder, settings, console).keypoints
    seen = (keypoints.confidence >= _SEEN) & keypoints.seen
    rows = np.flatnonzero(seen.sum(axis=1) >= 4)
    frame = np.abs(video.frame_time_s[None] - keypoints.time_s[rows, None]).argmin(axis=1)
    position = np.where(seen[..., None], keypoints.position[..., :2], np.nan)[rows]
    low, high = np.nanmin(position, axis=1), np.nanmax(position, axis=1)
    room = _MARGIN * (high - low).max(axis=1, keepdims=True)
    size = np.array(video.size_px) - 0.5
    box = np.concatenate([np.clip(low - room, -0.5, size), np.clip(high + room, -0.5, size)], axis=1)
    kept = frame < _last_frame(video, options)
    return Person(frame[kept], video.frame_time_s[frame[kept]], box[kept], keypoints)


def _shrunk(box: Array) -> Array:
    middle = (box[:, :2] + box[:, 2:]) / 2
    half = _LOOSE * (box[:, 2:] - box[:, :2]) / 2
    return np.concatenate([middle - half, middle + half], axis=1)
