"""The cameras of a trial: videos, their calibration, what is true in each image, and what people labelled."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import Skeleton
from kinelab.files import native
from kinelab.files.calibration import write_calibration
from kinelab.files.keypoint_files import write_keypoints
from kinelab.files.session import SessionFile
from kinelab.files.video_writer import VideoWriter
from kinelab.virtual_lab.cameras.calibrated import calibration_of
from kinelab.virtual_lab.cameras.lens import Camera, see
from kinelab.virtual_lab.cameras.pinhole import inside_image
from kinelab.virtual_lab.sensors.raters import Rater, label
from kinelab.virtual_lab.sessions.filming import LANDMARKS, SEEN, Actor, Film, Shot, landmarks_m
from kinelab.virtual_lab.sessions.record_truth import TRUTH
from kinelab.virtual_lab.sessions.stage import Stage

CALIBRATION_FILE = "cameras.toml"
SKELETON = Skeleton("virtual", LANDMARKS)
_MASKS = ("part", "depth")
_FARTHEST_MM, _NO_DEPTH = 65534, 65535  # of 16 bits


def record_videos(
    stage: Stage, cast: tuple[Actor, ...], rngs: Sequence[np.random.Generator], folder: Path, masks: bool
) -> list[SessionFile]:
    """Film the trial with every camera of the stage; rngs: one generator for each camera.

    Written for each camera: CAMERA.mp4 and truth/CAMERA_landmarks.nc (px in the image; confidence 1 where the
    camera sees the landmark, 0 where something hides it, NaN outside the image); with masks, PNG files in
    truth/CAMERA_part/ and truth/CAMERA_depth/. And cameras.toml.
    """
    write_calibration(folder / CALIBRATION_FILE, [calibration_of(camera) for camera in stage.cameras])
    files = [SessionFile(CALIBRATION_FILE, "calibration")]
    for camera, rng in zip(stage.cameras, rngs, strict=True):
        truth = _film(stage, camera, cast, rng, folder, masks)
        native.save(truth, folder / _truth_file(camera), synthetic=True)
        files.append(SessionFile(f"{camera.name}.mp4", "video", camera.name))
        files.append(SessionFile(_truth_file(camera), "truth", camera.name))
        if masks:
            files += [SessionFile(_mask_folder(camera, kind), "truth", camera.name) for kind in _MASKS]
    return files


def record_labels(
    stage: Stage,
    actor: Actor,
    raters: Sequence[Rater],
    rngs: Sequence[np.random.Generator],
    folder: Path,
    most_frames: int,
) -> list[SessionFile]:
    """Write labels/CAMERA_RATER.csv: what each rater clicks in evenly spread frames of each video, the same
    for all of them; rngs: one generator for each camera. After `record_videos`."""
    files = []
    for camera, rng in zip(stage.cameras, rngs, strict=True):
        truth = native.load_as(Keypoints, folder / _truth_file(camera))
        frames = np.unique(np.linspace(0, truth.n - 1, min(most_frames, truth.n)).round().astype(int))
        shown = Keypoints(
            truth.skeleton, truth.time_s[frames], truth.position[frames], truth.confidence[frames], "px"
        )
        hidden = np.nan_to_num(shown.confidence, nan=1.0) == 0
        tall_px = _height_px(camera, actor)[frames]
        for rater in raters:
            name = f"labels/{camera.name}_{rater.name}.csv"
            write_keypoints(label(rater, shown, tall_px, hidden, rng).keypoints, folder / name, "csv")
            files.append(SessionFile(name, "labels", camera.name))
    return files


def _film(
    stage: Stage,
    camera: Camera,
    cast: tuple[Actor, ...],
    rng: np.random.Generator,
    folder: Path,
    masks: bool,
) -> Keypoints:
    """Write the video (and masks) of one camera; the landmarks in its image."""
    time = cast[0].movement.time
    px, sight = [], []
    film = Film(stage, camera, cast, rng)
    with VideoWriter(folder / f"{camera.name}.mp4", camera.pinhole.size_px, time.rate_hz) as writer:
        for frame, shot in enumerate(film):
            writer.write(shot.image, float(time.time_s[frame]))
            px.append(shot.landmark_px)
            sight.append(shot.sight)
            if masks:
                _write_masks(film, shot, camera, frame, folder)
    return _in_image(np.array(px), np.array(sight), time.time_s, camera)


def _in_image(px: Array, sight: Array, time_s: Array, camera: Camera) -> Keypoints:
    inside = inside_image(camera.pinhole, px)
    return Keypoints(
        SKELETON,
        time_s,
        np.where(inside[..., None], px, np.nan),
        np.where(inside, (sight == SEEN).astype(float), np.nan),
        "px",
        np.where(inside, 0.0, np.nan),
    )


def _height_px(camera: Camera, actor: Actor) -> Array:
    """How tall the person would stand in each picture, (T,) px."""
    middle_m = landmarks_m(actor.person, actor.movement)[:, LANDMARKS.index("mid_hip")]
    _, depth_m = see(camera, middle_m)
    return camera.pinhole.focal_px * actor.person.shape.height_m / depth_m


def _write_masks(film: Film, shot: Shot, camera: Camera, frame: int, folder: Path) -> None:
    """Part of the subject (index into PARTS, 255 none) and depth (16-bit mm, 65535 none) of a frame."""
    from PIL import Image as Pictures

    part, depth_m = film.masks(shot)
    depth_mm = np.where(np.isfinite(depth_m), np.clip(1000 * depth_m, 0, _FARTHEST_MM), _NO_DEPTH)
    pictures = (Pictures.fromarray(part), Pictures.fromarray(depth_mm.astype(np.uint16)))
    for kind, picture in zip(_MASKS, pictures, strict=True):
        path = folder / _mask_folder(camera, kind) / f"{frame:06d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(path)


def _truth_file(camera: Camera) -> str:
    return f"{TRUTH}/{camera.name}_landmarks.nc"


def _mask_folder(camera: Camera, kind: str) -> str:
    return f"{TRUTH}/{camera.name}_{kind}"
