"""The plane of a walk out of landmarks in space, unrolled along a way that may turn."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter1d

from kinelab.core.checks import Array
from kinelab.core.events import SIDES
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import GAIT_20, Skeleton
from kinelab.errors import GaitError, InputError
from kinelab.gait.progress import belt_speed_mps

# Slower than the sway of a stride, faster than a turn.
_TURN_S, _PELVIS_S = 0.5, 0.25
_TURNS_DEG = 20.0
_STRAIGHT_SHARE = 0.2
_SPACE = 3


@dataclass(frozen=True, eq=False)
class WalkingWay:
    """A walk in its own plane.

    plane: landmarks (T, K, 2) m, X along the way as the person faces, Y up; who walks backwards goes towards
    -X. across_m (T, K): how far each landmark is to the right of the way, m. heading_deg (T,): direction of
    the way about the vertical axis, deg, unwrapped, positive to the left. turn_deg: range of it.
    """

    plane: Keypoints
    across_m: Array
    heading_deg: Array

    @property
    def turn_deg(self) -> float:
        """How far the way turns, deg: the range of the heading."""
        return float(np.ptp(self.heading_deg))

    @property
    def turns(self) -> bool:
        """Whether the way turns by more than 20 deg."""
        return self.turn_deg > _TURNS_DEG

    @property
    def facing(self) -> Array:
        """(T, 2) X and Z of the direction in which the person faces, of length 1."""
        radians = np.radians(self.heading_deg)
        return np.stack([np.cos(radians), -np.sin(radians)], axis=1)

    def across(self, landmark: str) -> Array:
        """How far one landmark is to the right of the way, (T,) m."""
        track: Array = self.across_m[:, self.plane.skeleton.index(landmark)]
        return track


def walking_way(landmarks: Keypoints) -> WalkingWay:
    """Landmarks (T, K, 3) m in ground (Y up) along the way that feet and pelvis face.

    The heading is where the person faces, not where she goes, so that it holds on a treadmill and walking
    backwards: the mean of both feet (heel, or ankle, to big toe) and of the pelvis (across the hips),
    horizontal, smoothed with a Gaussian of 0.5 s. The pelvis' travel along it makes the way's length: who
    walks round a corner, or to and fro, walks straight on here. On the spot X stays where it is.

    Raises:
        InputError: landmarks not in space, or not in metres.
        GaitError: neither feet nor hips are seen in any frame, so that nothing tells where the person faces.
    """
    if landmarks.unit != "m" or landmarks.position.shape[-1] != _SPACE:
        shape = landmarks.position.shape
        raise InputError(
            f"a walking way needs landmarks in space, (T, K, 3) m, found {shape} {landmarks.unit}"
        )
    rate_hz = max(landmarks.rate_hz, 1.0)
    facing = _smooth(_facing(landmarks), _TURN_S * rate_hz)
    facing /= np.maximum(np.linalg.norm(facing, axis=1, keepdims=True), 1e-9)
    centre = _smooth(_filled(_centre(landmarks)), _PELVIS_S * rate_hz)
    step = np.diff(centre, axis=0)
    middle = (facing[1:] + facing[:-1]) / 2
    way = np.concatenate([[0.0], np.cumsum((step * middle).sum(axis=1))])
    names = tuple(name for name in GAIT_20.landmarks if landmarks.skeleton.has(name))
    points = landmarks.position[:, [landmarks.skeleton.index(name) for name in names]]
    from_centre = points - centre[:, None]
    right = np.stack([-facing[:, 2], np.zeros(len(facing)), facing[:, 0]], axis=1)
    along = (from_centre * facing[:, None]).sum(axis=-1) + way[:, None]
    links = tuple(link for link in GAIT_20.links if set(link) <= set(names))
    plane = Keypoints(
        Skeleton(GAIT_20.name, names, links),
        landmarks.time_s,
        np.stack([along, points[..., 1]], axis=-1),
        np.where(np.isfinite(points).all(axis=-1), 1.0, np.nan),
        "m",
    )
    heading = np.degrees(np.unwrap(np.arctan2(-facing[:, 2], facing[:, 0])))
    return WalkingWay(plane, (from_centre * right[:, None]).sum(axis=-1), heading)


def over_ground(landmarks: Keypoints, way: WalkingWay) -> Keypoints:
    """The landmarks (T, K, 3) m of a walk as if the ground stood still: a treadmill's belt is taken out."""
    belt_mps = belt_speed_mps(way.plane)
    if not belt_mps > 0:
        return landmarks
    step = belt_mps * np.diff(landmarks.time_s)[:, None] * (way.facing[1:] + way.facing[:-1]) / 2
    gone = np.concatenate([np.zeros((1, 2)), np.cumsum(step, axis=0)])
    shift = np.stack([gone[:, 0], np.zeros(len(gone)), gone[:, 1]], axis=1)
    return replace(landmarks, position=landmarks.position + shift[:, None])


def _facing(landmarks: Keypoints) -> Array:
    """(T, 3) horizontal direction in which feet and pelvis point, filled over gaps."""
    found = []
    for side in SIDES:
        back = next((n for n in (f"{side}_heel", f"{side}_ankle") if landmarks.skeleton.has(n)), None)
        if back is not None and landmarks.skeleton.has(f"{side}_big_toe"):
            found.append(_unit(landmarks.of(f"{side}_big_toe") - landmarks.of(back)))
    if landmarks.skeleton.has("left_hip", "right_hip"):
        across = landmarks.of("right_hip") - landmarks.of("left_hip")
        found.append(_unit(np.stack([across[:, 2], np.zeros(len(across)), -across[:, 0]], axis=1)))
    total = np.nansum(found, axis=0) if found else np.zeros((landmarks.n, _SPACE))
    lengths = np.linalg.norm(total, axis=1)
    if not (lengths > _STRAIGHT_SHARE).any():
        raise GaitError("nothing tells where the person faces: neither both hips nor heel and toe were seen")
    return _filled(np.where(lengths[:, None] > _STRAIGHT_SHARE, total, np.nan))


def _unit(vectors: Array) -> Array:
    flat = vectors * [1.0, 0.0, 1.0]
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    unit: Array = np.divide(flat, length, out=np.full_like(flat, np.nan), where=length > 0)
    return unit


def _centre(landmarks: Keypoints) -> Array:
    """(T, 3) middle of the hips; of the feet where the set has no pelvis."""
    for names in (("left_hip", "right_hip"), ("mid_hip",), ("left_ankle", "right_ankle")):
        if landmarks.skeleton.has(*names):
            middle: Array = np.mean([landmarks.of(name) for name in names], axis=0)
            if np.isfinite(middle).any():
                return middle
    raise GaitError("neither hips nor ankles were seen: nothing tells where the person goes")


def _filled(values: Array) -> Array:
    """Gaps drawn straight, ends held: what is smoothed over half a second may be."""
    seen = np.isfinite(values).all(axis=1)
    frame = np.arange(len(values))
    columns = [np.interp(frame, frame[seen], values[seen, i]) for i in range(values.shape[1])]
    filled: Array = np.stack(columns, axis=1)
    return filled


def _smooth(values: Array, frames: float) -> Array:
    return np.asarray(gaussian_filter1d(values, frames, axis=0, mode="nearest"))
