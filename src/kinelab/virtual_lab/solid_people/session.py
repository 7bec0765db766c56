"""Writing a scene as an ordinary session folder: a video, and the truth beside it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from kinelab.core.events import GaitEvents
from kinelab.files.atomic import atomic_path, sha256_of, write_text
from kinelab.virtual_lab.solid_people.posture import COORDINATES
from kinelab.virtual_lab.solid_people.scenes import Scene

VIDEO_FILE = "video.mp4"
TRUTH_FILE = "truth.npz"
SESSION_FILE = "session.json"


def film(scene: Scene, folder: str | Path, on_frame: Callable[[int], None] | None = None) -> Path:
    """Film a scene into a folder and give the video's path; a scene that was filmed there stays as it is.

    Written: `video.mp4`; `truth.npz` (plain arrays, no pickle) with time_s (T,), landmark_px (T, 20, 2),
    visible (T, 20), landmark_m (T, 20, 3), planar_angle_deg (T, 6), joint_angle_deg (T, J), event_time_s (N,)
    and the names as text arrays; `session.json`, which says that nobody real was filmed.

    on_frame is told the index of each frame when it is written.

    Raises:
        OutputError: the folder cannot be written or the disk is full.
    """
    # Only who films needs the encoder.
    from kinelab.files.video_writer import VideoWriter

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / VIDEO_FILE
    if _is_filmed(scene, folder):
        return path
    with VideoWriter(path, scene.camera.size_px, scene.motion.time.rate_hz) as writer:
        for index, time_s, image in scene.frames():
            writer.write(image, time_s)
            if on_frame is not None:
                on_frame(index)
    _write_truth(scene, folder / TRUTH_FILE)
    about = {**_about(scene), "video_sha256": sha256_of(path)}
    write_text(folder / SESSION_FILE, json.dumps(about, indent=2) + "\n")
    return path


def _is_filmed(scene: Scene, folder: Path) -> bool:
    """Whether the folder holds this scene's video as it was written (session.json comes last)."""
    if not all((folder / name).is_file() for name in (VIDEO_FILE, TRUTH_FILE, SESSION_FILE)):
        return False
    written = {**_about(scene), "video_sha256": sha256_of(folder / VIDEO_FILE)}
    return (folder / SESSION_FILE).read_text(encoding="utf-8") == json.dumps(written, indent=2) + "\n"


def _write_truth(scene: Scene, path: Path) -> None:
    keypoints, kinematics, events = scene.keypoints(), scene.kinematics(), scene.events()
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(
            file,
            time_s=keypoints.time_s,
            landmark_name=np.array(keypoints.skeleton.landmarks),
            landmark_px=keypoints.position,
            visible=scene.visible,
            landmark_m=scene.motion.landmarks_m,
            planar_angle_name=np.array(kinematics.names),
            planar_angle_deg=kinematics.angle_deg,
            joint_angle_name=np.array(COORDINATES),
            joint_angle_deg=scene.motion.angle_deg,
            event_time_s=events.time_s,
            event_side=np.array(events.side, dtype="U5"),
            event_kind=np.array(events.kind, dtype="U2"),
        )


def _about(scene: Scene) -> dict[str, object]:
    events: GaitEvents = scene.events()
    width, height = scene.camera.size_px
    return {
        "synthetic": True,
        "note": "A computer drew this video; nobody was filmed. truth.npz holds the exact answers.",
        "video": VIDEO_FILE,
        "truth": TRUTH_FILE,
        "rate_hz": scene.motion.time.rate_hz,
        "n_frames": scene.motion.time.n,
        "size_px": [width, height],
        "subject": {"id": "virtual", "height_m": scene.motion.body.height_m},
        "n_events": len(events.side),
        "motion_sha256": hashlib.sha256(scene.motion.landmarks_m.tobytes()).hexdigest(),
    }
