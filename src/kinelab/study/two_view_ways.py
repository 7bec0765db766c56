"""Two calibrated cameras among the ways of the reproduction of Bittner et al. 2022: 2D landmarks of each,
triangulation, scaling by who stands still, inverse kinematics.

As the paper did with OpenPose and MediaPipe. Their networks are not free to come with kinelab, so that their
landmark sets stand here with another's errors: `Drawn` makes landmarks of any set from the truth with the
errors that `lifting_views` knows of, and `Detected` runs a pose network that is at hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.skeletons import Skeleton
from kinelab.detection.pose_models import PoseModel
from kinelab.errors import InputError
from kinelab.geometry.lens import NO_LENS
from kinelab.geometry.projection import CameraView
from kinelab.geometry.triangulation import triangulate
from kinelab.monocular.camera_sight import view_from_camera
from kinelab.monocular.examples import Arrays, Shard
from kinelab.monocular.multistep import MeasuredBody, Scaling, measured_body, solved
from kinelab.monocular.poses import POSE_ARRAYS, Poses
from kinelab.monocular.sequences import STILL, clips_of
from kinelab.signals.filters import low_pass
from kinelab.study.bittner2022_ways import Told
from kinelab.virtual_lab.sessions.design import rng_of
from kinelab.virtual_lab.sessions.filming import LANDMARKS

_FOCAL_PX = 1000.0  # of the whole cameras that stand for the crops
_SD_PX = 10.0  # of a landmark there; with two cameras it only decides from when on they disagree
_MIN_CONFIDENCE = 0.3  # Pose2Sim's
_LAB = 0  # of random numbers


class Landmarks(Protocol):
    """2D landmarks of the pictures of a shard."""

    @property
    def key(self) -> str:
        """Another one whenever it would say something else."""

    @property
    def skeleton(self) -> Skeleton:
        """Which landmarks."""

    def tell(self, shard: Shard) -> Array:
        """(N, K, 2) px of the stored crops, NaN = not told."""


@dataclass(frozen=True, eq=False)
class Detected:
    """By a pose network, the person's box being known."""

    model: PoseModel

    @property
    def key(self) -> str:
        """The network's file."""
        return self.model.sha256

    @property
    def skeleton(self) -> Skeleton:
        """The network's."""
        return self.model.skeleton

    def tell(self, shard: Shard) -> Array:
        """What the network finds, where it is sure enough."""
        found = []
        for row, places in enumerate(shard.labels["landmark_px"]):
            box = np.concatenate([places.min(axis=0), places.max(axis=0)]).astype(np.float64)
            said = self.model.estimate(shard.images([row])[0], box[None])
            found.append(np.where(said.confidence[0, :, None] < _MIN_CONFIDENCE, np.nan, said.position[0]))
        return np.array(found)


@dataclass(frozen=True)
class Drawn:
    """True places with errors: noise of every frame and one of its own for each clip, both of sd noise times
    the person's size; what the person's own body hides is lost so often."""

    skeleton: Skeleton
    noise: float = 0.012
    lost_share: float = 0.3
    seed: int = 0

    @property
    def key(self) -> str:
        """All of it."""
        return f"{self.skeleton.name} {self.noise} {self.lost_share} {self.seed}"

    def tell(self, shard: Shard) -> Array:
        """See the class."""
        columns = [LANDMARKS.index(name) for name in self.skeleton.landmarks]
        px = shard.labels["landmark_px"][:, columns].astype(np.float64)
        hidden = ~shard.labels["seen"][:, columns].astype(np.bool_)
        rng = rng_of(self.seed, _LAB, int(shard.labels["person"][0]))
        size = np.ptp(px, axis=1).max(axis=1)[:, None, None]
        for part in clips_of(shard.labels):
            px[part] += self.noise * size[part] * rng.normal(size=(1, *px.shape[1:]))
        px += self.noise * size * rng.normal(size=px.shape)
        px[hidden & (rng.uniform(size=hidden.shape) < self.lost_share)] = np.nan
        return px


@dataclass(frozen=True)
class TwoViews:
    """A way of two cameras. cutoff_hz: points are smoothed so (None: not, as the paper's OpenPose); missing
    ones are put on straight lines between their neighbours in time, as there."""

    landmarks: Landmarks
    name: str
    cutoff_hz: float | None = None
    scaling: Scaling = "distances"

    @property
    def key(self) -> str:
        """Another one for other landmarks or steps."""
        return f"{self.landmarks.key} {self.cutoff_hz} {self.scaling}"

    def tell(self, shard: Shard) -> Told:
        """Estimates of one person: one pose for both views of a moment.

        Raises:
            InputError: clips that not both cameras show; nobody stands still in the shard.
        """
        labels = shard.labels
        px = _whole(self.landmarks.tell(shard), labels)
        names = self.landmarks.skeleton.landmarks
        rate_hz = 1 / float(np.median(np.diff(labels["time_s"][clips_of(labels)[0]])))
        pairs = _pairs(labels)
        cameras = [_second_camera(labels, *pair) for pair in pairs]
        points = [
            self._points_m(px[a], px[b], camera, rate_hz)
            for (a, b), camera in zip(pairs, cameras, strict=True)
        ]
        movement = [shard.movements[int(labels["movement"][a.start])] for a, _ in pairs]
        standing = [found for found, name in zip(points, movement, strict=True) if name == STILL]
        if not standing:
            raise InputError(
                f"{shard.path}: nobody stands still in it, so nothing tells the person's lengths"
            )
        body = measured_body(names, np.concatenate(standing), self.scaling)
        return Told(_in_views(body, names, points, pairs, shard, cameras))

    def _points_m(self, one: Array, other: Array, second: CameraView, rate_hz: float) -> Array:
        """(T, K, 3) m in the first camera's frame; a landmark that is never seen by both stays NaN."""
        views = (_view(np.eye(3), np.zeros(3)), second)
        px = np.stack([one, other], axis=-2)
        found = np.array(triangulate(views, px, np.full(px.shape[:-1], _SD_PX)).position_m)
        for k in range(found.shape[1]):
            there = np.flatnonzero(np.isfinite(found[:, k, 0]))
            if there.size:
                for axis in range(3):
                    found[:, k, axis] = np.interp(np.arange(len(found)), there, found[there, k, axis])
        if self.cutoff_hz is not None:
            found = low_pass(found, rate_hz, self.cutoff_hz).values
        return found


def _view(rotation: Array, translation_m: Array) -> CameraView:
    return CameraView(np.diag([_FOCAL_PX, _FOCAL_PX, 1.0]), NO_LENS, rotation, translation_m)


def _second_camera(labels: Arrays, one: slice, other: slice) -> CameraView:
    """The sagittal camera as the frontal one sees the world, from where both see the pelvis in a clip."""
    first, second = (labels["pelvis_rotation"][part].astype(np.float64) for part in (one, other))
    turn = second @ first.swapaxes(1, 2)
    u, _, vt = np.linalg.svd(turn.mean(axis=0))
    at = labels["pelvis_m"].astype(np.float64)
    return _view(u @ vt, np.median(at[other] - at[one] @ (u @ vt).T, axis=0))


def _whole(px: Array, labels: Arrays) -> Array:
    """From px of each crop to px of the whole camera with `_FOCAL_PX` and its centre at 0."""
    lens = labels["lens"].astype(np.float64)
    return np.asarray((px - lens[:, None, 1:]) / lens[:, None, :1] * _FOCAL_PX)


def _pairs(labels: Arrays) -> list[tuple[slice, slice]]:
    """The two views of each clip.

    Raises:
        InputError: a clip without both, of the same frames.
    """
    by_clip: dict[tuple[int, int], dict[int, slice]] = {}
    for part in clips_of(labels):
        clip = int(labels["person"][part.start]), int(labels["clip"][part.start])
        by_clip.setdefault(clip, {})[int(labels["view"][part.start])] = part
    for (person, number), views in by_clip.items():
        lengths = {part.stop - part.start for part in views.values()}
        if set(views) != {0, 1} or len(lengths) != 1:
            raise InputError(
                f"clip {number} of person {person} is not shown by both cameras, frame for frame"
            )
    return [(views[0], views[1]) for views in by_clip.values()]


def _in_views(
    body: MeasuredBody,
    names: tuple[str, ...],
    points: list[Array],
    pairs: list[tuple[slice, slice]],
    shard: Shard,
    cameras: list[CameraView],
) -> Poses:
    """Poses of all rows, each in the frame of its own crop's view."""
    lens = shard.labels["lens"].astype(np.float64)
    middle_px = (np.array(shard.images([0]).shape[2:0:-1]) - 1) / 2
    onto = view_from_camera((middle_px - lens[:, 1:]) / lens[:, :1])
    rows: dict[str, Array] = {}
    for (a, b), point_m, second in zip(pairs, points, cameras, strict=True):
        found = solved(body, names, point_m)
        for part, turn in ((a, np.eye(3)), (b, np.asarray(second.rotation))):
            for name in POSE_ARRAYS:
                value = np.asarray(getattr(found, name))
                if name == "view_rotation":
                    value = onto[part] @ turn @ value
                rows.setdefault(name, np.full((len(lens), *value.shape[1:]), np.nan))[part] = value
    return Poses(model=found.model, landmarks=(), size_px=(1, 1), **rows)
