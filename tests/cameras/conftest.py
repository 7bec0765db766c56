"""A virtual person who walks, and a board that is carried about, filmed by known cameras."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinelab.cameras.boards import Board, BoardSightings
from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import COCO_17
from kinelab.files.calibration import WORLD_FROM_GROUND, CameraCalibration
from kinelab.geometry.projection import project_view
from kinelab.virtual_lab.cameras.calibrated import calibration_of
from kinelab.virtual_lab.cameras.rig import jitter, ring

RATE_HZ = 60.0

Film = Callable[..., list[Keypoints]]


def walking(standing_m: Array, n: int = 180) -> Array:
    """(n, 17, 3) m in the ground frame: a person who walks in a bend and swings arms and legs."""
    time = np.arange(n) / RATE_HZ
    swing = {"wrist": 0.25, "elbow": 0.12, "knee": 0.18, "ankle": 0.3}
    lift = {"ankle": 0.09, "knee": 0.06, "wrist": 0.05}
    points = np.empty((n, len(COCO_17), 3))
    for k, name in enumerate(COCO_17.landmarks):
        side = -1.0 if name.startswith("left_") else 1.0
        part = name.split("_")[-1]
        x, y, z = standing_m[k]
        phase = (
            2 * np.pi * 0.9 * time + (0 if side > 0 else np.pi) + (np.pi if part in ("wrist", "elbow") else 0)
        )
        points[:, k] = np.stack(
            [
                x + swing.get(part, 0) * np.sin(phase),
                y + lift.get(part, 0.02) * np.cos(phase + 0.4) ** 2 - lift.get(part, 0.02),
                np.full(n, z),
            ],
            axis=1,
        )
    # Not at an even pace: only so can recordings be brought into step.
    at = (
        np.cumsum(1 + 0.6 * np.sin(2 * np.pi * 0.31 * time) + 0.3 * np.sin(2 * np.pi * 0.83 * time)) / RATE_HZ
    )
    turn = Rotation.from_rotvec(np.outer(0.5 * at, [0.0, 1.0, 0.0])).as_matrix()
    way = np.stack([0.8 * np.sin(0.7 * at), 0.02 * np.sin(7 * at), 0.6 * np.cos(0.9 * at) - 0.3], axis=1)
    return np.einsum("tij,tkj->tki", turn, points) + way[:, None]


@pytest.fixture(scope="session")
def person_m(standing_m: Array) -> Array:
    """The walk, in the ground frame."""
    return walking(standing_m)


@pytest.fixture(scope="session")
def cameras() -> tuple[CameraCalibration, ...]:
    """Four cameras around the person, none placed like another."""
    rng = np.random.default_rng(1)
    return tuple(calibration_of(jitter(camera, rng, 0.5, 3.0)) for camera in ring(4))


@pytest.fixture(scope="session")
def film(person_m: Array) -> Film:
    """Landmarks (px) that cameras see of the person, with noise."""

    def filmed(
        cameras: Sequence[CameraCalibration], noise_px: float = 2.0, late: Sequence[int] = ()
    ) -> list[Keypoints]:
        rng = np.random.default_rng(0)
        tracks = []
        for c, camera in enumerate(cameras):
            px = project_view(camera.view, person_m @ WORLD_FROM_GROUND.T)
            px = px + noise_px * rng.standard_normal(px.shape)
            # A camera that is late by k frames shows at its frame i what the others show at i - k.
            k = late[c] if late else 0
            px = np.roll(px, k, axis=0)
            rows = slice(max(k, 0), len(px) + min(k, 0))
            time_s = np.arange(len(px)) / RATE_HZ
            sd = np.full(px.shape[:2], max(noise_px, 0.1))
            tracks.append(
                Keypoints(COCO_17, time_s[rows], px[rows], np.full(px.shape[:2], 0.9)[rows], "px", sd[rows])
            )
        return tracks

    return filmed


@pytest.fixture(scope="session")
def board() -> Board:
    """A board of 6 x 5 squares of 60 mm."""
    return Board("charuco", 6, 5, 0.06)


@pytest.fixture(scope="session")
def board_seen(board: Board, cameras: tuple[CameraCalibration, ...]) -> Callable[..., BoardSightings]:
    """What cameras see of the board carried about in 40 moments, with noise."""

    def seen(
        of: Sequence[CameraCalibration] = cameras, noise_px: float = 0.2, square_m: float = 0.06
    ) -> BoardSightings:
        rng = np.random.default_rng(2)
        moments = 40
        way = np.cumsum(rng.normal(0, 0.35, (moments, 3)), axis=0)
        place = np.array([0.0, 0.0, 1.1]) + [0.7, 0.7, 0.5] * np.sin(way)
        turns = Rotation.from_rotvec(np.cumsum(rng.normal(0, 0.3, (moments, 3)), axis=0)).as_matrix()
        corners = board.corners_m * square_m / board.square_m
        world = np.einsum("fij,pj->fpi", turns, corners - corners.mean(axis=0)) + place[:, None]
        px = np.full((len(of), moments, board.n_corners, 2), np.nan)
        for c, camera in enumerate(of):
            here = project_view(camera.view, world) + noise_px * rng.standard_normal((*world.shape[:2], 2))
            size = np.array(camera.size_px)
            inside = np.isfinite(here).all(axis=-1) & ((here > 0) & (here < size - 1)).all(axis=-1)
            px[c] = np.where(inside[..., None], here, np.nan)
        names, sizes = tuple(c.name for c in of), tuple(c.size_px for c in of)
        return BoardSightings(board, names, sizes, tuple(map(str, range(moments))), px)

    return seen


def renamed(camera: CameraCalibration, name: str) -> CameraCalibration:
    """The camera under another name."""
    return replace(camera, name=name)
