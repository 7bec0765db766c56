"""Landmark tracks with known sides, to exchange on purpose: virtual walkers, a real network, runners."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import GAIT_20, Skeleton
from kinelab.files.keypoint_files import read_keypoints
from kinelab.files.packed_markers import read_packed_markers
from kinelab.virtual_lab.cameras.pinhole import PinholeCamera, look_at, project
from kinelab.virtual_lab.solid_people.bodies import random_body
from kinelab.virtual_lab.solid_people.walk_style import random_style
from kinelab.virtual_lab.solid_people.walking import walk

OPENPOSE = "video/pose2sim_demo/single/pose_openpose_body25b_json.tar.gz"
OPENPOSE_CAMERAS = ("cam01", "cam02", "cam03", "cam04")
RUNNERS = "mocap/running_26"
RUNNER_SPEEDS = ("25", "35")
LEG_JOINTS = ("hip", "knee", "ankle", "heel", "big_toe")
LEGS = Skeleton("legs", tuple(f"{side}_{joint}" for joint in LEG_JOINTS for side in ("left", "right")))
RUNNING_RATE_HZ = 50.0


@dataclass(frozen=True, eq=False)
class Source:
    """Tracks whose sides are right, and the kind of source that they count for."""

    kind: str
    name: str
    keypoints: Keypoints


def sources(rng: np.random.Generator, shared: Path | None) -> Iterator[Source]:
    """One virtual walker; with the folder of real recordings also the network's tracks and one runner."""
    yield Source("virtual walkers", "random walker", virtual_walker(rng))
    if shared is None:
        return
    if (shared / OPENPOSE).is_file():
        for camera in OPENPOSE_CAMERAS:
            yield Source("OpenPose, real video", camera, openpose_track(shared / OPENPOSE, camera))
    files = sorted((shared / RUNNERS).glob("RBDS*.npz"))
    if files:
        file = files[int(rng.integers(len(files)))]
        speed = RUNNER_SPEEDS[int(rng.integers(len(RUNNER_SPEEDS)))]
        name = f"{file.stem} at {float(speed) / 10:g} m/s"
        yield Source("runners, measured markers", name, runner(file, speed, rng))


def virtual_walker(rng: np.random.Generator, *, duration_s: float = 8.0, rate_hz: float = 50.0) -> Keypoints:
    """A random person walking through the view of a random camera that sees the side, px, with noise."""
    body = random_body(rng)
    style = random_style(rng, body)
    motion = walk(style, body, rate_hz, duration_s, start_x_m=-0.5 * style.speed_mps * duration_s)
    side = float(rng.choice([-1.0, 1.0]))
    camera = look_at((rng.uniform(-0.5, 0.5), 1.0, 5.0 * side), (0.0, 0.9, 0.0), 500.0, (960, 540))
    return seen_by_network(GAIT_20, motion.time.time_s, project(camera, motion.landmarks_m)[0], rng)


def openpose_track(archive: Path, camera: str) -> Keypoints:
    """The person that moves in one camera of the pose2sim demo, as OpenPose labelled it at 60 Hz."""
    return read_keypoints(archive / "pose" / f"{camera}_json", rate_hz=60.0, skeleton="body25b")


def runner(file: Path, speed: str, rng: np.random.Generator) -> Keypoints:
    """Ten seconds of a runner's legs (Fukuchi 2017) seen by a camera at the right side, px, with noise.

    Joint centres are stood in for by the mean of the markers around them: sides and timing are what counts.
    """
    trial = read_packed_markers(file).trials[f"T{speed}"]
    labels, rate_hz = trial.labels, trial.rate_hz
    every = round(rate_hz / RUNNING_RATE_HZ)
    start = int(rng.integers(0, len(trial.marker_m) - round(10 * rate_hz)))
    markers = trial.marker_m[start : start + round(10 * rate_hz) : every]
    centres = [
        markers[:, [labels.index(n) for n in _runner_markers(joint, letter) if n in labels]].mean(axis=1)
        for joint in LEG_JOINTS
        for letter in ("L", "R")
    ]
    points = np.stack(centres, axis=1)
    middle = np.nanmean(points, axis=(0, 1))
    camera: PinholeCamera = look_at(middle + np.array([0.0, 0.0, 4.0]), middle, 520.0, (960, 540))
    pixels = project(camera, points)[0]
    return seen_by_network(LEGS, np.arange(len(markers)) * every / rate_hz, pixels, rng)


def _runner_markers(joint: str, letter: str) -> tuple[str, ...]:
    names = {
        "hip": ("ASIS", "PSIS", "Thigh.Top.Lateral"),
        "knee": ("Thigh.Bottom.Lateral", "Shank.Top.Lateral"),
        "ankle": ("Shank.Bottom.Lateral", "Heel.Lateral"),
        "heel": ("Heel.Bottom",),
        "big_toe": ("MT1", "MT5"),
    }
    return tuple(f"{letter}.{name}" for name in names[joint])


def seen_by_network(skeleton: Skeleton, time_s: Array, pixels: Array, rng: np.random.Generator) -> Keypoints:
    """Exact pixels (T, K, 2) as a pose network would give them.

    Noise of 1 to 2 px (one sd a recording) with a correlation of 0.5 from frame to frame, 1 % single
    drop-outs, and for each landmark an occlusion of 2 to 12 frames every four seconds.
    """
    noise = rng.normal(size=pixels.shape)
    for t in range(1, len(noise)):
        noise[t] = 0.5 * noise[t - 1] + np.sqrt(0.75) * noise[t]
    position = pixels + rng.uniform(1.0, 2.0) * noise
    gone = rng.random(pixels.shape[:2]) < 0.01
    for landmark in range(len(skeleton)):
        for _ in range(rng.poisson((time_s[-1] - time_s[0]) / 4)):
            first = int(rng.integers(time_s.size))
            gone[first : first + int(rng.integers(2, 13)), landmark] = True
    confidence = np.clip(rng.normal(0.8, 0.08, gone.shape), 0.3, 1.0)
    clean = Keypoints(skeleton, time_s, position, confidence)
    gone |= ~clean.seen
    return replace(
        clean,
        position=np.where(gone[..., None], np.nan, position),
        confidence=np.where(gone, np.nan, confidence),
    )
