"""The door of calibration without a board: from a person who moves, seen by all cameras.

The landmarks are the points that all cameras know. Two views fix each other but for scale by the essential
matrix (Nister, IEEE PAMI 2004, by OpenCV with RANSAC), further cameras are placed by what the first two see,
then everything is moved together (`bundle`). The scale is the person's height, up is along the standing body.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.spatial.transform import Rotation

from kinelab.cameras.board_detection import opencv
from kinelab.cameras.bundle import Adjusted, Sightings, adjust, free_points
from kinelab.cameras.rig import Rig, calibrations_of, moved, rig_of
from kinelab.cameras.stature import standing_height
from kinelab.cameras.tracks import ViewTracks
from kinelab.cameras.world import upright_axes
from kinelab.core.checks import Array, BoolArray, IntArray
from kinelab.core.keypoints import Keypoints
from kinelab.errors import InputError
from kinelab.files.calibration import CameraCalibration
from kinelab.geometry.projection import sight
from kinelab.geometry.projection_derivatives import N_INTRINSICS
from kinelab.geometry.triangulation import RobustRule, triangulate

_SEEN = 0.5  # confidence
_SD = 0.002  # of the picture's longer side
_FEWEST = 60  # points that two cameras must share
_MOST = 1200
_FOCAL_SD = 0.2  # of a guessed focal length
_GUESS = 0.9  # focal length over the longer side; phones are 0.7 to 0.8, cameras of laboratories 0.9 and more
_ROUNDS = 3
_INLIER = 0.006  # of a focal length
# A pose network is wrong at a landmark in the same way as long as the body turns one side to the camera, so
# that the landmarks of about a second count as one. With it the focal lengths of a real recording (Pose2Sim's
# demo) are 0.4 to 1.5 sd from the true ones; without it they were up to 13.
_ALIKE_S = 1.0


@dataclass(frozen=True, eq=False)
class PersonCalibration:
    """cameras in a world with Z up and its origin on the floor; error_px (C,) median reprojection error; sd
    (C, 15) of the 9 intrinsics, the turn (rad) and the place (m), relative to the first camera, as the error
    of a pose network repeats itself, which is several times that of independent errors."""

    cameras: tuple[CameraCalibration, ...]
    error_px: Array
    sd: Array


def calibrate_person(
    tracks: ViewTracks,
    size_px: Sequence[tuple[int, int]],
    height_m: float,
    known: Sequence[CameraCalibration] | None = None,
) -> PersonCalibration:
    """Cameras from the landmarks (in step) of a person of height_m who moves through what all of them see.

    known: cameras whose intrinsics are right, in the order of the tracks (their places are not looked at).
    Without it focal lengths start at 0.9 of the longer side and are found with the rest; the lens is taken
    for straight and the pixels for square.

    Raises:
        InputError: a height that is none, too few common landmarks, or a movement that fixes no camera.
    """
    if not 0.5 <= height_m <= 2.6:
        raise InputError(f"height_m is {height_m:g}, expected 0.5 to 2.6 m")
    start = rig_of(known) if known is not None else _guessed(tracks.names, size_px)
    sd = np.zeros((len(tracks.names), N_INTRINSICS))
    if known is None:
        sd[:, 0] = _FOCAL_SD * start.intrinsics[:, 0]
    px = _points_seen(tracks)
    rig = _first_places(start, px)
    for _ in range(_ROUNDS):
        points = _triangulated(rig, px)
        done = adjust(rig, free_points(points[0]), _sights(rig, px, *points[1:]), sd, tail_sd=2.0)
        rig = done.rig
    seconds = max(1.0, float(tracks.time_s[-1] - tracks.time_s[0]) / _ALIKE_S)
    repeats = max(1.0, len(px) / (len(tracks.skeleton) * seconds))
    return _in_world(done, tracks, height_m, repeats)


def _guessed(names: Sequence[str], size_px: Sequence[tuple[int, int]]) -> Rig:
    n = len(names)
    intrinsics = np.zeros((n, N_INTRINSICS))
    for row, (width, height) in zip(intrinsics, size_px, strict=True):
        row[:4] = _GUESS * max(width, height), 1, (width - 1) / 2, (height - 1) / 2
    eyes = np.broadcast_to(np.eye(3), (n, 3, 3))
    return Rig(tuple(names), tuple(size_px), intrinsics, eyes, np.zeros((n, 3)), np.zeros(n, dtype=bool))


def _points_seen(tracks: ViewTracks) -> Array:
    """px (N, C, 2) of landmarks in single frames that two cameras saw well, at most `_MOST`, evenly
    chosen.
    """
    good = np.isfinite(tracks.px[..., 0]) & (np.nan_to_num(tracks.confidence) >= _SEEN)
    px = np.moveaxis(np.where(good[..., None], tracks.px, np.nan), 1, 2).reshape(-1, len(tracks.names), 2)
    px = px[np.isfinite(px[..., 0]).sum(axis=1) >= 2]
    rows = np.unique(np.linspace(0, len(px) - 1, min(_MOST, len(px))).astype(int))
    chosen: Array = px[rows] if len(px) else px
    return chosen


def _first_places(rig: Rig, px: Array) -> Rig:
    """The rig with the best pair of cameras and then the others in place, in the unit of that pair's
    distance.
    """
    views = [camera.view for camera in calibrations_of(rig)]
    xy = np.stack([sight(view, px[:, c]) for c, view in enumerate(views)], axis=1)
    pairs = [
        found for a, b in combinations(range(len(views)), 2) if (found := _pair(xy[:, a], xy[:, b], (a, b)))
    ]
    if not pairs:
        raise InputError(
            f"no two cameras share {_FEWEST} landmarks that fit one movement; let the person walk through "
            "all of what the cameras see, arms away from the body, and see that the recordings are in step "
            "(--sync)"
        )
    _, (a, b), turn, shift = max(pairs, key=lambda found: found[0])
    rotation, translation = np.array(rig.rotation), np.array(rig.translation_m)
    rotation[a], translation[a] = np.eye(3), 0
    rotation[b], translation[b] = turn, shift
    done = [a, b]
    while len(done) < len(views):
        now = dataclasses.replace(rig, rotation=rotation, translation_m=translation)
        points = triangulate(
            [calibrations_of(now)[c].view for c in done], px[:, done], _sd_of(now, px)[:, done], RobustRule()
        )
        rest = [c for c in range(len(views)) if c not in done]
        both = {c: np.isfinite(points.position_m[:, 0]) & np.isfinite(xy[:, c, 0]) for c in rest}
        new = max(rest, key=lambda c: int(both[c].sum()))
        rotation[new], translation[new] = _resected(
            points.position_m[both[new]], xy[both[new], new], rig.names[new]
        )
        done.append(new)
    # The first camera's axes are the world.
    turned = rotation @ rotation[0].T
    return dataclasses.replace(rig, rotation=turned, translation_m=translation - turned @ translation[0])


def _pair(a: Array, b: Array, which: tuple[int, int]) -> tuple[float, tuple[int, int], Array, Array] | None:
    """How good a start a pair of cameras is (points times sine of the angle between their sights), and its
    pose.
    """
    cv2 = opencv()
    both = np.isfinite(a[:, 0]) & np.isfinite(b[:, 0])
    if both.sum() < _FEWEST:
        return None
    cv2.setRNGSeed(0)
    essential, mask = cv2.findEssentialMat(a[both], b[both], np.eye(3), cv2.RANSAC, 0.999, _INLIER)
    if essential is None or essential.shape != (3, 3):
        return None
    n, turn, shift, mask = cv2.recoverPose(essential, a[both], b[both], np.eye(3), mask=mask)
    if n < _FEWEST // 2:
        return None
    rays = [np.column_stack([xy[both], np.ones(both.sum())])[mask.ravel() > 0] for xy in (a, b)]
    unit = [ray / np.linalg.norm(ray, axis=1, keepdims=True) for ray in rays]
    across = np.linalg.norm(np.cross(unit[0] @ turn.T, unit[1]), axis=1)
    return n * float(np.median(across)), which, turn, shift.ravel()


def _resected(points: Array, xy: Array, name: str) -> tuple[Array, Array]:
    cv2 = opencv()
    if len(points) < _FEWEST // 2:
        raise InputError(
            f"{name} shares only {len(points)} landmarks with the other cameras; let the person walk where "
            "it sees"
        )
    cv2.setRNGSeed(0)
    ok, turn, shift, _ = cv2.solvePnPRansac(
        points,
        xy,
        np.eye(3),
        None,
        reprojectionError=2 * _INLIER,
        iterationsCount=500,
        flags=cv2.SOLVEPNP_EPNP,
    )
    if not ok:
        raise InputError(
            f"{name}: no place of this camera fits what the others saw; is it in step with them?"
        )
    return Rotation.from_rotvec(turn.ravel()).as_matrix(), shift.ravel()


def _sd_of(rig: Rig, px: Array) -> Array:
    """(N, C) px, a share of each camera's picture; NaN where not seen."""
    sd = _SD * np.array([max(size) for size in rig.size_px])
    return np.where(np.isfinite(px[..., 0]), sd, np.nan)


def _triangulated(rig: Rig, px: Array) -> tuple[Array, IntArray, BoolArray]:
    """Points (S, 3) that could be placed, their rows in px, and which cameras saw them (N, C)."""
    views = [camera.view for camera in calibrations_of(rig)]
    points = triangulate(views, px, 3 * _sd_of(rig, px), RobustRule())
    placed = np.isfinite(points.position_m[:, 0])
    if placed.sum() < _FEWEST // 2:
        raise InputError(
            "the landmarks of the cameras do not fit together; are the recordings in step (--sync)?"
        )
    return points.position_m[placed], np.flatnonzero(placed), np.isfinite(px[..., 0])


def _sights(rig: Rig, px: Array, rows: IntArray, seen: BoolArray) -> Sightings:
    thing, camera = np.nonzero(seen[rows])
    at = rows[thing]
    return Sightings(camera, thing, np.zeros_like(thing), px[at, camera], _sd_of(rig, px)[at, camera])


def _in_world(done: Adjusted, tracks: ViewTracks, height_m: float, repeats: float) -> PersonCalibration:
    """Scale, up and floor by the person; repeats: sights that are wrong in the same way."""
    rig = done.rig
    views = [camera.view for camera in calibrations_of(rig)]
    px = np.moveaxis(tracks.px, 1, 2)
    points = triangulate(
        views, px, 3 * _sd_of(rig, px.reshape(-1, *px.shape[2:])).reshape(px.shape[:-1]), RobustRule()
    )
    position = points.position_m
    body = Keypoints(tracks.skeleton, tracks.time_s, position, np.ones(position.shape[:2]), "m")
    tall = standing_height(body)
    if tall is None:
        raise InputError(
            "the scale needs ankles, knees, hips and shoulders of one side; they were not all seen"
        )
    up = _upward(body)
    height = position.reshape(-1, 3) @ up
    place = np.nanmedian(position.reshape(-1, 3), axis=0)
    origin = place + up * (np.nanpercentile(height, 1) - place @ up)
    scale = height_m / tall
    cameras = calibrations_of(moved(rig, upright_axes(rig.rotation[0], up), origin, scale))
    error = np.array([np.nanmedian(points.error_px[..., c]) for c in range(len(cameras))])
    sd = done.sd * np.sqrt(repeats)
    sd[:, 12:] *= scale
    return PersonCalibration(cameras, error, sd)


def _upward(body: Keypoints) -> Array:
    """Mean direction from the ankles to the shoulders."""
    lines = [body.of(f"{s}_shoulder") - body.of(f"{s}_ankle") for s in ("left", "right")]
    flat = np.concatenate(lines)
    up = np.nanmedian(flat / np.linalg.norm(flat, axis=1, keepdims=True), axis=0)
    unit: Array = up / np.linalg.norm(up)
    return unit
