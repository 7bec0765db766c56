"""A virtual person with markers, and the runners of the Fukuchi data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.body.own_body import own_body
from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import Skeleton


def keypoints(names: tuple[str, ...], position: Array, rate_hz: float = 100.0) -> Keypoints:
    seen = np.isfinite(position).all(axis=-1)
    time_s = np.arange(position.shape[0]) / rate_hz
    return Keypoints(Skeleton("test", names), time_s, position, np.where(seen, 1.0, np.nan), "m")


def walk_coordinates(frames: int, rate_hz: float = 100.0) -> Array:
    """A made-up walk of the own body: every joint moves, and the person goes forward at 1.2 m/s."""
    model = own_body()
    t = np.arange(frames) / rate_hz
    q = np.tile(model.default_coordinates, (frames, 1))
    swing = 2 * np.pi * 0.9 * t
    for name, middle, size, phase in (
        ("hip_flexion_r", 0.15, 0.4, 0.0), ("hip_flexion_l", 0.15, 0.4, np.pi),
        ("knee_angle_r", 0.5, 0.4, 1.0), ("knee_angle_l", 0.5, 0.4, 1.0 + np.pi),
        ("ankle_angle_r", 0.0, 0.2, 2.0), ("ankle_angle_l", 0.0, 0.2, 2.0 + np.pi),
        ("hip_rotation_r", 0.0, 0.1, 0.5), ("pelvis_rotation", 0.0, 0.08, 0.0),
        ("arm_flex_r", 0.0, 0.3, np.pi), ("arm_flex_l", 0.0, 0.3, 0.0),
        ("elbow_flex_r", 0.4, 0.15, 0.3), ("elbow_flex_l", 0.4, 0.15, 0.3),
        ("lumbar_rotation", 0.0, 0.1, 1.0),
    ):  # fmt: skip
        q[:, model.coordinate_index(name)] = middle + size * np.sin(swing + phase)
    q[:, model.coordinate_index("pelvis_tx")] = 1.2 * t
    q[:, model.coordinate_index("pelvis_ty")] = 0.95
    return q


@pytest.fixture(scope="session")
def walker() -> Keypoints:
    """2 s of the own body's bony markers in ground, without noise."""
    model = own_body()
    return keypoints(model.marker_names, forward(model, walk_coordinates(200)).marker_m)


@pytest.fixture
def runner(shared_data: Path) -> Callable[[str, int], tuple[Keypoints, Keypoints]]:
    """(trial, static) of a runner at 25, 35 or 45 dm/s; see FORMAT.md beside the data."""

    def read(subject: str, speed: int) -> tuple[Keypoints, Keypoints]:
        with np.load(shared_data / f"mocap/running_26/{subject}.npz") as file:
            frames, count, _ = (int(n) for n in file[f"T{speed}_shape"])
            values = np.cumsum(np.cumsum(file[f"T{speed}_d2"].astype(np.float64), axis=1), axis=1)
            position = values.T.reshape(frames, count, 3) / 10_000
            lost = np.unpackbits(file[f"T{speed}_missbits"])[: frames * count].reshape(frames, count)
            position[lost.astype(bool)] = np.nan
            trial = keypoints(tuple(map(str, file[f"T{speed}_labels"])), position, 150.0)
            still = np.repeat(file["static_mm"][None] / 1000, 3, axis=0)
            return trial, keypoints(tuple(map(str, file["static_labels"])), still, 150.0)

    return read


@pytest.fixture(scope="session")
def walk() -> Callable[[int], Array]:
    """The coordinates behind `walker`, by the number of frames."""
    return walk_coordinates
