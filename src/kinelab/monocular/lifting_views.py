"""Virtual people as a pose network would tell their landmarks: seen by a camera, with a detector's errors.

Errors are what is known of small pose networks: labels that sit beside joint centres, alike for all moments;
noise that is alike from frame to frame, and noise that is not; outliers; landmarks that are not told; left
and right exchanged for some moments. Sizes are our choice, none was tuned on real video.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kinelab.core.checks import Array, BoolArray, IntArray
from kinelab.core.skeletons import Skeleton
from kinelab.monocular.camera_sight import view_from_camera
from kinelab.monocular.lifting_clips import RATE_HZ, Clips
from kinelab.monocular.lifting_input import MOMENTS_S, boxes_of, features
from kinelab.virtual_lab.sessions.filming import LANDMARKS

_OFFSETS = np.round(np.array(MOMENTS_S) * RATE_HZ).astype(int)
_BIAS_M = {"hip": 0.035, "shoulder": 0.025, "ear": 0.02, "eye": 0.015, "nose": 0.015}
_OTHER_BIAS_M = 0.015
_NOISE = (0.003, 0.025)  # of the person's size, lowest and highest, drawn alike in the logarithm
_OUTLIER_SHARE, _OUTLIER = 0.015, 0.12
_LOST_SHARE = 0.02  # a landmark at a moment; a person has some landmarks lost in all of them:
_HIDDEN_PEOPLE, _HIDDEN_SHARE = 0.3, 0.12
_SWAPPED_LEGS, _SWAPPED_ALL, _SWAPPED_MOMENTS = 0.10, 0.04, 0.4
_LEGS = ("hip", "knee", "ankle", "heel", "toe")


class Lifted(NamedTuple):
    """A batch: values (B, W * K * 3) as `lifting_input.features`; coordinates (B, C), scale (B, S, 3) and
    view_rotation (B, 3, 3) of the pelvis at the middle moment."""

    values: Array
    coordinates: Array
    scale: Array
    view_rotation: Array


class Looker:
    """Looks at clips with the landmarks of one set."""

    def __init__(self, clips: Clips, skeleton: Skeleton) -> None:
        self.clips = clips
        self.columns = [LANDMARKS.index(name) for name in skeleton.landmarks]
        self.exchanged = _exchange(skeleton, "")
        self.legs = _exchange(skeleton, _LEGS)
        bare = [name.removeprefix("left_").removeprefix("right_") for name in skeleton.landmarks]
        self.bias_m = np.array([_BIAS_M.get(name, _OTHER_BIAS_M) for name in bare])
        first = np.searchsorted(clips.clip, clips.clip)
        last = np.searchsorted(clips.clip, clips.clip, side="right") - 1
        self._ends = first, last

    def __call__(self, rows: IntArray, rng: np.random.Generator) -> Lifted:
        """Look at frames (B,) of the clips, each from a camera of its own."""
        first, last = (end[rows, None] for end in self._ends)
        moments = np.clip(rows[:, None] + _OFFSETS, first, last)
        point_m = self.clips.landmark_m[moments][:, :, self.columns].astype(np.float64)
        point_m += rng.normal(0, self.bias_m[:, None], (len(rows), 1, len(self.columns), 3))
        turn, eye_m = _cameras(point_m[:, len(MOMENTS_S) // 2], rng)
        local = np.einsum("bij,bwkj->bwki", turn, point_m - eye_m[:, None, None])
        place = local[..., :2] / np.maximum(local[..., 2:], 0.1)
        middle = len(MOMENTS_S) // 2
        sight, _ = boxes_of(place[:, middle], np.ones(place[:, middle].shape[:2], bool))
        seen_place, seen = self._worsened(place, rng)
        onto = view_from_camera(sight)
        return Lifted(
            features(seen_place, seen),
            self.clips.coordinates[rows].astype(np.float64),
            self.clips.scale[self.clips.clip[rows]].astype(np.float64),
            onto @ turn @ self.clips.pelvis_rotation[rows],
        )

    def _worsened(self, place: Array, rng: np.random.Generator) -> tuple[Array, BoolArray]:
        """As a detector tells it: positions (B, W, K, 2) and what is told (B, W, K)."""
        b, w, k, _ = place.shape
        _, side = boxes_of(place, np.ones((b, w, k), bool))
        size = np.median(side, axis=1)[:, None, None, None]
        low, high = np.log(_NOISE)
        steady, restless = np.exp(rng.uniform(low, high, (2, b, 1, 1, 1)))
        noise = steady * _slow(rng.normal(size=place.shape)) + restless * rng.normal(size=place.shape)
        outlier = (rng.uniform(size=(b, w, k, 1)) < _OUTLIER_SHARE) * rng.normal(0, _OUTLIER, place.shape)
        place = self._swapped(place, rng) + size * (noise + outlier)
        lost = rng.uniform(size=(b, w, k)) < _LOST_SHARE
        hidden = (rng.uniform(size=(b, 1, k)) < _HIDDEN_SHARE) & (
            rng.uniform(size=(b, 1, 1)) < _HIDDEN_PEOPLE
        )
        return place, ~(lost | hidden)

    def _swapped(self, place: Array, rng: np.random.Generator) -> Array:
        b, w = place.shape[:2]
        for share, order in ((_SWAPPED_LEGS, self.legs), (_SWAPPED_ALL, self.exchanged)):
            chosen = (rng.uniform(size=(b, 1)) < share) & (rng.uniform(size=(b, w)) < _SWAPPED_MOMENTS)
            place = np.where(chosen[..., None, None], place[:, :, order], place)
        return place


def _slow(noise: Array) -> Array:
    """Noise (B, W, ...) that goes from moment to moment as a walk between its ends, of the same sd."""
    first, last = noise[:, :1], noise[:, -1:]
    share = ((np.array(MOMENTS_S) - MOMENTS_S[0]) / (MOMENTS_S[-1] - MOMENTS_S[0])).reshape(1, -1, 1, 1)
    return np.asarray(np.cos(share * np.pi / 2) * first + np.sin(share * np.pi / 2) * last)


def _cameras(point_m: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Ground to camera (B, 3, 3) and eye (B, 3) m of cameras as `virtual_lab.sample` puts them, at points
    (B, K, 3) m; a little more of them look past the person."""
    b = len(point_m)
    middle = (point_m.min(axis=1) + point_m.max(axis=1)) / 2
    side = np.where(rng.uniform(size=b) < 0.5, -90.0, 90.0) + rng.uniform(-30, 30, b)
    yaw = np.radians(np.where(rng.uniform(size=b) < 0.4, side, rng.uniform(-180, 180, b)))
    distance, height = rng.uniform(2.2, 8.0, b), rng.uniform(0.4, 2.2, b)
    eye = middle * [1.0, 0.0, 1.0]
    eye = eye + np.stack([np.cos(yaw) * distance, height, np.sin(yaw) * distance], axis=1)
    axis = middle + rng.normal(0, 0.1, (b, 3)) * distance[:, None] * [1.0, 0.3, 1.0] - eye
    z = axis / np.linalg.norm(axis, axis=1, keepdims=True)
    x = np.stack([-z[:, 2], np.zeros(b), z[:, 0]], axis=1)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    y = np.cross(z, x)
    roll = np.radians(rng.normal(0, 2.5, b))[:, None]
    turned = np.stack([np.cos(roll) * x + np.sin(roll) * y, np.cos(roll) * y - np.sin(roll) * x, z], axis=1)
    return turned, eye


def _exchange(skeleton: Skeleton, of: str | tuple[str, ...]) -> IntArray:
    """(K,) partner of each landmark whose name ends so; its own otherwise."""
    order = np.arange(len(skeleton))
    for left, right in skeleton.pairs:
        if skeleton.landmarks[left].endswith(of):
            order[[left, right]] = right, left
    return order
