"""One camera's angles of a real person against those of four cameras together: Pose2Sim's demo.

A man balances, filmed by four calibrated cameras at 60 Hz; the reference are the angles of Pose2Sim's
inverse kinematics of OpenPose's landmarks in all four, augmented by OpenCap's LSTM. Here each camera is
alone, and not even its calibration is used. Nothing of kinelab was tuned on it. The reference is another
model's, and good to some degrees itself: means differ by how each model defines its zeros, so errors are told
with and without them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console

from kinelab.core.checks import Array
from kinelab.core.kinematics import Kinematics
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.files.opensim_files import read_mot
from kinelab.files.video import open_video
from kinelab.monocular.camera_sight import assumed_camera
from kinelab.monocular.estimate import on_timebase
from kinelab.monocular.fusing import fused, weight_by_cards
from kinelab.monocular.lifting import load_lifting
from kinelab.monocular.motion import motion_of
from kinelab.monocular.poses import Poses
from kinelab.monocular.quality import judge
from kinelab.monocular.shipped import load_network
from kinelab.pipeline.monocular_looks import look_at
from kinelab.pipeline.monocular_options import MonocularOptions
from kinelab.pipeline.monocular_person import find_person
from kinelab.pipeline.run_folder import RunFolder, source_record
from kinelab.signals.resampling import uniform_timebase

CAMERAS = ("cam01", "cam02", "cam03", "cam04")
COORDINATES = tuple(
    f"{name}_{side}"
    for name in (
        "hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle", "subtalar_angle",
        "elbow_flex",
    )
    for side in "rl"
)  # fmt: skip
LEGS = 12  # the first of them
_DEMO = "video/pose2sim_demo/single"
_REFERENCE = "opensim/S00_P00_T01_BalancingTrial_filt_butterworth_0-100_LSTM.mot"
_WEIGHTS = ("weights/pp_tinypose/pp_tinypose_256x192.onnx", "weights/yolox_nano/yolox_nano.onnx")
WAYS = (
    "direct, frame by frame",
    "direct, refined",
    "direct + pp-tinypose, refined",
    "fused with lifting, refined",
    "lifting of pp-tinypose",
)


def run(quick: bool, shared: Path | None, network: str | Path | None, console: Console) -> str:
    """A page of Markdown; quick: one camera, one second. network: a direct one, None = the shipped one.

    Raises:
        InputError: no folder of real recordings. ModelError: no network.
    """
    if shared is None or not (shared / _DEMO).is_dir():
        raise InputError(
            f"the real recordings ({_DEMO}) are needed: give the folder that holds them with --shared"
        )
    reference = read_mot(shared / _DEMO / _REFERENCE)
    names = [name for name in COORDINATES if name in reference.names]
    errors = {}
    for camera in CAMERAS[:1] if quick else CAMERAS:
        video = shared / _DEMO / "videos" / f"{camera}.mp4"
        found = _ways(video, shared, network, quick, console)
        errors[camera] = {way: _errors(angles, reference, names) for way, angles in found.items()}
    return _markdown(errors, names)


def _ways(
    path: Path, shared: Path, network_path: str | Path | None, quick: bool, console: Console
) -> Mapping[str, tuple[Sequence[str], Array]]:
    """Names and angles (T, J) deg of each way, frame by frame of the video."""
    network = load_network(network_path)
    pose, detector = (str(shared / name) for name in _WEIGHTS)
    options = MonocularOptions(pose=pose, detector=detector, quick=quick, detect_every=2)
    video = open_video(path)
    with tempfile.TemporaryDirectory() as temporary:
        folder = RunFolder(Path(temporary) / "run", source_record(path))
        person = find_person(video, network, folder, options, console)
        looks = look_at(video, person, network, folder, options, console)
    time, quality = (
        uniform_timebase(video.frame_time_s[: int(looks.frame_index[-1]) + 1]),
        judge(looks, person.others),
    )
    camera = assumed_camera(video.size_px)
    even = on_timebase(looks, time, quality.shown)
    found = {WAYS[0]: _of_poses(even.poses, np.isfinite(even.square[:, 0]))}
    assert person.other is not None  # a pose network was asked for
    lifting = load_lifting()
    weight = weight_by_cards(network.card, lifting.card)
    both = fused(looks, person.other, camera, lifting, weight)
    for way, seen, other in (
        (WAYS[1], looks, None),
        (WAYS[2], looks, person.other),
        (WAYS[3], both, person.other),
    ):
        kinematics = motion_of(seen, quality, camera, time, other=other).kinematics
        found[way] = (kinematics.names, kinematics.angle_deg)
    found[WAYS[4]] = _lifted(lifting.estimate(person.other), person.other.time_s, time)
    return found


def _lifted(lifted: Poses, time_s: Array, time: Timebase) -> tuple[Sequence[str], Array]:
    """Lifted poses of some frames, in the rows of the timebase that they are nearest to."""
    names, angles = _of_poses(lifted, np.ones(lifted.n, dtype=bool))
    whole = np.full((time.n, len(names)), np.nan)
    rows = np.rint((time_s - time.start_s) * time.rate_hz).astype(int)
    inside = (rows >= 0) & (rows < time.n)
    whole[rows[inside]] = angles[inside]
    return names, whole


def _of_poses(poses: Poses, there: Array) -> tuple[Sequence[str], Array]:
    names = poses.model.coordinate_names
    return names, np.where(there[:, None], np.degrees(poses.coordinates), np.nan)


def _errors(found: tuple[Sequence[str], Array], reference: Kinematics, names: Sequence[str]) -> Array:
    """(2, J) deg: mean absolute error of each coordinate, as it is and with the mean difference taken off.

    Row i of the reference is frame i of the video: Pose2Sim counts its frames from one.
    """
    columns = [list(found[0]).index(name) for name in names]
    n = min(len(found[1]), reference.time.n)
    angles = found[1][:n, columns]
    seen = np.isfinite(angles).all(axis=1)
    if not seen.any():
        return np.full((2, len(names)), np.nan)
    off = angles[seen] - np.stack([reference.of(name)[:n] for name in names], axis=1)[seen]
    return np.stack([np.abs(off).mean(axis=0), np.abs(off - off.mean(axis=0)).mean(axis=0)])


def _markdown(errors: Mapping[str, Mapping[str, Array]], names: Sequence[str]) -> str:
    cameras, ways = list(errors), list(next(iter(errors.values())))
    mean = {way: np.mean([errors[camera][way] for camera in cameras], axis=0) for way in ways}
    lines = [
        f"Real video (Pose2Sim's demo, 100 frames at 60 Hz), each of {len(cameras)} cameras alone and not "
        "calibrated, against the angles of four cameras. Mean absolute error of all frames, deg; in brackets "
        "with the mean difference of the recording taken off.",
        "",
        f"| coordinate | {' | '.join(ways)} |",
        f"|---|{'---|' * len(ways)}",
    ]
    for j, name in enumerate(names):
        lines.append(f"| {name} | {' | '.join(_cell(mean[way][:, j]) for way in ways)} |")
    for what, part in (("legs", slice(0, LEGS)), ("all", slice(None))):
        cells = (_cell(mean[way][:, part].mean(axis=1)) for way in ways)
        lines.append(f"| **{what}** | {' | '.join(cells)} |")
    lines += ["", f"| legs, camera | {' | '.join(ways)} |", f"|---|{'---|' * len(ways)}"]
    for camera in cameras:
        cells = (_cell(errors[camera][way][:, :LEGS].mean(axis=1)) for way in ways)
        lines.append(f"| {camera} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(pair: Array) -> str:
    return f"{pair[0]:.1f} ({pair[1]:.1f})"
