"""Virtual people as a pose network would tell their landmarks: seen by a camera, with a detector's errors.

Errors are what is known of small pose networks: labels that sit beside joint centres, alike for all moments;
noise that is alike from frame to frame, and noise that is not; outliers; landmarks that are not told; left
and right exchanged for some moments; limbs on the far side put onto those on the near side. Sizes are our
choice, none was tuned on real video.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Array, BoolArray, IntArray
from kinelab.core.skeletons import BLAZEPOSE_33, COCO_17, GAIT_20, HALPE_26, Skeleton
from kinelab.monocular.camera_sight import view_from_camera
from kinelab.monocular.lifting_clips import RATE_HZ, Clips
from kinelab.monocular.lifting_input import MOMENTS_S, boxes_of, features
from kinelab.virtual_lab.sessions.filming import LANDMARKS

_OFFSETS = np.array(MOMENTS_S) * RATE_HZ
_MIDDLE = len(MOMENTS_S) // 2
_TEMPO = (0.75, 1.35)  # people are shown so much slower or faster than they moved
_BIAS_M = {"hip": 0.035, "shoulder": 0.025, "ear": 0.02, "eye": 0.015, "nose": 0.015}
_OTHER_BIAS_M = 0.015
_NOISE = (0.003, 0.025)  # of the person's size, lowest and highest, drawn alike in the logarithm
_OUTLIER_SHARE, _OUTLIER = 0.015, 0.12
_LOST_SHARE = 0.02  # a landmark at a moment; a person has some landmarks lost in all of them:
_HIDDEN_PEOPLE, _HIDDEN_SHARE = 0.3, 0.12
_SWAPPED_LEGS, _SWAPPED_ALL, _SWAPPED_MOMENTS = 0.16, 0.04, 0.4
# Whose landmarks are told, the others never: one network reads them all.
_SETS = ((COCO_17, 0.3), (GAIT_20, 0.4), (HALPE_26, 0.2), (BLAZEPOSE_33, 0.1))
_LEGS = ("hip", "knee", "ankle", "heel", "toe")
# The limb on the far side, which a detector puts onto the near one, or part of the way there.
_DRAWN_PEOPLE, _DRAWN_MOMENTS, _DRAWN_WAY = 0.2, 0.4, (0.3, 1.0)
_LIMBS = ("elbow", "wrist", "knee", "ankle", "heel", "toe")
Singles = NDArray[np.float32]


class Lifted(NamedTuple):
    """A batch: values (B, W * K * 3) as `lifting_input.features`; coordinates (B, C), scale (B, S, 3) and
    view_rotation (B, 3, 3) of the pelvis at the middle moment."""

    values: Array
    coordinates: Array
    scale: Array
    view_rotation: Array


class Looker:
    """Looks at clips with the landmarks of a set, or with those of them that a usual set has."""

    def __init__(self, clips: Clips, skeleton: Skeleton) -> None:
        self.clips = clips
        columns = [LANDMARKS.index(name) for name in skeleton.landmarks]
        self.point_m: Singles = np.ascontiguousarray(clips.landmark_m[:, columns], np.float32)
        self.exchanged = _exchange(skeleton, "")
        self.legs = _exchange(skeleton, _LEGS)
        limbs = _exchange(skeleton, _LIMBS)
        self.pairs = np.array([(a, b) for a, b in enumerate(limbs) if a < b], np.int64).reshape(-1, 2)
        bare = [name.removeprefix("left_").removeprefix("right_") for name in skeleton.landmarks]
        self.bias_m = np.array([_BIAS_M.get(name, _OTHER_BIAS_M) for name in bare])
        self.sets = np.array([[one.has(name) for name in skeleton.landmarks] for one, _ in _SETS])
        first = np.searchsorted(clips.clip, clips.clip)
        last = np.searchsorted(clips.clip, clips.clip, side="right") - 1
        self._ends = first, last

    def __call__(self, rows: IntArray, rng: np.random.Generator) -> Lifted:
        """Look at frames (B,) of the clips, each from a camera of its own."""
        slowest, quickest = np.log(_TEMPO)
        tempo = np.exp(rng.uniform(slowest, quickest, (len(rows), 1)))
        first, last = (end[rows, None] for end in self._ends)
        moments = np.clip(rows[:, None] + np.rint(tempo * _OFFSETS).astype(int), first, last)
        point_m = self.point_m[moments]
        k = point_m.shape[2]
        point_m += rng.normal(0, self.bias_m[:, None], (len(rows), 1, k, 3)).astype(np.float32)
        turn, eye_m = _cameras(point_m[:, _MIDDLE].astype(np.float64), rng)
        local = (point_m - eye_m[:, None, None].astype(np.float32)).reshape(len(rows), -1, 3)
        local = (local @ turn.swapaxes(1, 2).astype(np.float32)).reshape(point_m.shape)
        place = local[..., :2] / np.maximum(local[..., 2:], 0.1)
        seen_place, seen = self._worsened(place, local[:, _MIDDLE, :, 2], rng)
        seen &= self.sets[rng.choice(len(_SETS), len(rows), p=[share for _, share in _SETS])][:, None]
        sight, _ = boxes_of(seen_place[:, _MIDDLE], seen[:, _MIDDLE])
        onto = view_from_camera(np.nan_to_num(sight))
        return Lifted(
            features(seen_place, seen),
            self.clips.coordinates[rows].astype(np.float64),
            self.clips.scale[self.clips.clip[rows]].astype(np.float64),
            onto @ turn @ self.clips.pelvis_rotation[rows],
        )

    def _worsened(
        self, place: Singles, depth_m: Singles, rng: np.random.Generator
    ) -> tuple[Array, BoolArray]:
        """As a detector tells it: positions (B, W, K, 2) and what is told (B, W, K); depth_m (B, K)."""
        b, w, k, _ = place.shape
        size = np.median((place.max(axis=2) - place.min(axis=2)).max(axis=-1), axis=1)
        low, high = np.log(_NOISE)
        steady, restless = (size * np.exp(rng.uniform(low, high, (2, b)))).astype(np.float32)
        slow = _slow(rng.standard_normal((b, 2, k, 2), np.float32))
        noise = steady[:, None, None, None] * slow
        noise += restless[:, None, None, None] * rng.standard_normal(place.shape, np.float32)
        place = self._swapped(self._drawn_over(place, depth_m, rng), rng) + noise
        person, *where = np.nonzero(rng.random((b, w, k), np.float32) < _OUTLIER_SHARE)
        jump = size[person, None] * rng.normal(0, _OUTLIER, (len(person), 2))
        place[(person, *where)] += jump.astype(np.float32)
        lost = rng.random((b, w, k), np.float32) < _LOST_SHARE
        hidden = (rng.random((b, 1, k)) < _HIDDEN_SHARE) & (rng.random((b, 1, 1)) < _HIDDEN_PEOPLE)
        return place.astype(np.float64), ~(lost | hidden)

    def _drawn_over(self, place: Singles, depth_m: Singles, rng: np.random.Generator) -> Singles:
        """Landmarks of the farther limb on their way to those of the nearer one."""
        b, w = place.shape[:2]
        left, right = self.pairs.T
        people = rng.random((b, 1, 1)) < _DRAWN_PEOPLE
        chosen = people & (rng.random((b, w, len(left))) < _DRAWN_MOMENTS)
        way = np.where(chosen, rng.uniform(*_DRAWN_WAY, (b, w, len(left))), 0.0).astype(np.float32)
        far = (depth_m[:, left] > depth_m[:, right])[:, None]
        apart = place[:, :, right] - place[:, :, left]
        drawn = np.array(place)
        drawn[:, :, left] += np.where(far, way, 0)[..., None] * apart
        drawn[:, :, right] -= np.where(far, 0, way)[..., None] * apart
        return drawn

    def _swapped(self, place: Singles, rng: np.random.Generator) -> Singles:
        b, w = place.shape[:2]
        for share, order in ((_SWAPPED_LEGS, self.legs), (_SWAPPED_ALL, self.exchanged)):
            chosen = (rng.uniform(size=(b, 1)) < share) & (rng.uniform(size=(b, w)) < _SWAPPED_MOMENTS)
            person, moment = np.nonzero(chosen)
            place[person, moment] = place[person, moment][:, order]
        return place


def _slow(ends: Singles) -> Singles:
    """Noise (B, W, ...) that goes from moment to moment as a walk between ends (B, 2, ...), of their sd."""
    share = ((np.array(MOMENTS_S) - MOMENTS_S[0]) / (MOMENTS_S[-1] - MOMENTS_S[0])).reshape(1, -1, 1, 1)
    first, last = ends[:, :1], ends[:, 1:]
    return np.asarray(np.cos(share * np.pi / 2) * first + np.sin(share * np.pi / 2) * last, np.float32)


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
