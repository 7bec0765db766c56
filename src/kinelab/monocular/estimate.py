"""A network at work on the frames of a video: square crops around one person, in batches, as they come by."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from kinelab.body.model import BodyModel
from kinelab.core.checks import Array, BoolArray, IntArray, Problems
from kinelab.core.recording import Frame
from kinelab.core.timebase import Timebase
from kinelab.detection.crops import crop
from kinelab.errors import InputError
from kinelab.monocular.poses import POSE_ARRAYS, Poses, joined

GREY = 114  # what a crop shows beside the picture, as in training
BATCH = 16
_STEADY_S = 0.12  # a box that trembles makes angles tremble
_LONGEST_GAP = 2.5  # frames between which a pose is interpolated


class PoseNetwork(Protocol):
    """What this room asks of a direct network; `shipped.DirectNetwork` is one."""

    @property
    def size_px(self) -> int: ...  # noqa: D102

    @property
    def fill(self) -> tuple[float, float]: ...  # noqa: D102

    @property
    def landmarks(self) -> tuple[str, ...]: ...  # noqa: D102

    @property
    def model(self) -> BodyModel: ...  # noqa: D102

    def estimate(self, images: npt.NDArray[np.uint8], *, mirror: bool = False) -> Poses:
        """Poses in square crops (N, H, H, 3) uint8."""
        ...


@dataclass(frozen=True, eq=False)
class Looks:
    """What a network said of one person in F frames of a video.

    frame_index, time_s (F,). poses: F of them. square (F, 4) px: the crops' boxes in the picture.
    contrast (F,): standard deviation of the crop's grey levels. size_px (width, height) of the video.
    """

    frame_index: IntArray
    time_s: Array
    poses: Poses
    square: Array
    contrast: Array
    size_px: tuple[int, int]

    def __post_init__(self) -> None:
        with Problems("Looks") as problems:
            for name, shape in (("frame_index", ()), ("time_s", ()), ("square", (4,)), ("contrast", ())):
                problems.shape(name, getattr(self, name), (self.poses.n, *shape))

    @property
    def middle_px(self) -> Array:
        """(F, 2) of the crops, in the picture."""
        return (self.square[:, :2] + self.square[:, 2:]) / 2

    @property
    def px_per_crop_px(self) -> Array:
        """(F,) picture px a px of the crop."""
        return np.asarray((self.square[:, 2] - self.square[:, 0]) / self.poses.size_px[0])

    @property
    def landmark_px(self) -> Array:
        """(F, K, 2) in the picture."""
        scale = self.px_per_crop_px[:, None, None]
        return np.asarray(self.square[:, None, :2] + (self.poses.landmark_px + 0.5) * scale)


def square_track(box: Array, time_s: Array, fill: tuple[float, float]) -> Array:
    """Squares (F, 4) px around boxes (F, 4), steadied over time; boxes take the middle of `fill` of them."""
    middle = (box[:, :2] + box[:, 2:]) / 2
    side = (box[:, 2:] - box[:, :2]).max(axis=1) / (sum(fill) / 2)
    if len(box) > 2:
        frames = _STEADY_S / float(np.median(np.diff(time_s)))
        middle = gaussian_filter1d(middle, frames, axis=0, mode="nearest")
        side = gaussian_filter1d(side, 2 * frames, mode="nearest")
    return np.concatenate([middle - side[:, None] / 2, middle + side[:, None] / 2], axis=1)


def look(
    frames: Iterable[Frame],
    squares: dict[int, Array],
    network: PoseNetwork,
    *,
    mirror: bool = True,
    on_frame: Callable[[int], None] = lambda index: None,
) -> Looks:
    """What the network says of the frames that have a square; no picture is kept beyond a batch.

    squares: frame index -> (4,) px. mirror: the mean with the mirrored crop, at twice the time. on_frame:
    called with the index of each frame that came by.

    Raises:
        InputError: not one frame has a square.
    """
    batch: list[npt.NDArray[np.uint8]] = []
    told: list[Poses] = []
    index, time_s, square, contrast = [], [], [], []
    size_px = (0, 0)

    def tell() -> None:
        if batch:
            told.append(network.estimate(np.stack(batch), mirror=mirror))
            batch.clear()

    for frame in frames:
        size_px = (frame.image.shape[1], frame.image.shape[0])
        if frame.index in squares:
            here = squares[frame.index]
            picture, _ = crop(frame.image, here, (network.size_px, network.size_px), fill=GREY)
            batch.append(picture)
            index.append(frame.index)
            time_s.append(frame.time_s)
            square.append(here)
            contrast.append(contrast_of(picture))
            if len(batch) == BATCH:
                tell()
        on_frame(frame.index)
    tell()
    if not told:
        raise InputError("not one frame of the video has a box of a person: nothing to look at")
    return Looks(
        np.array(index), np.array(time_s), joined(told), np.array(square), np.array(contrast), size_px
    )


def contrast_of(picture: npt.NDArray[np.uint8]) -> float:
    """Standard deviation of the grey levels, 0 to 127, of what is not fill."""
    grey = picture.mean(axis=2)
    inside = grey[(picture != GREY).any(axis=2)]
    return float(inside.std()) if inside.size else 0.0


def on_timebase(looks: Looks, timebase: Timebase, wanted: BoolArray) -> Looks:
    """The looks at uniform times: as they are where a frame is there, interpolated between two near ones.

    wanted (F,): looks to count. Where there is none near enough, square is NaN and the pose of no meaning.
    """
    rows = np.flatnonzero(wanted)
    if not rows.size:
        raise InputError("no frame of the video shows anything that could be looked at")
    time_s, at = looks.time_s[rows], timebase.time_s
    after = np.clip(np.searchsorted(time_s, at), 0, rows.size - 1)
    before = np.maximum(after - 1, 0)
    gap = np.maximum(time_s[after] - time_s[before], 1e-9)
    share = np.clip((at - time_s[before]) / gap, 0.0, 1.0)
    same = 0.02 / timebase.rate_hz
    share = np.where(
        np.abs(time_s[after] - at) < same, 1.0, np.where(np.abs(time_s[before] - at) < same, 0.0, share)
    )
    alone = (share == 0.0) | (share == 1.0)
    there = np.where(alone, np.abs(np.where(share == 1.0, time_s[after], time_s[before]) - at) < same,
                     gap < _LONGEST_GAP / timebase.rate_hz)  # fmt: skip
    first, second = rows[before], rows[after]
    poses = _between(looks.poses, first, second, share)

    def mixed(values: Array) -> Array:
        part = share.reshape(-1, *[1] * (values.ndim - 1))
        return np.asarray((1 - part) * values[first] + part * values[second])

    square = np.where(there[:, None], mixed(looks.square), np.nan)
    index = np.where(share > 0.5, looks.frame_index[second], looks.frame_index[first])
    return Looks(index, at, poses, square, mixed(looks.contrast), looks.size_px)


def _between(poses: Poses, first: IntArray, second: IntArray, share: Array) -> Poses:
    def mixed(values: Array) -> Array:
        part = share.reshape(-1, *[1] * (values.ndim - 1))
        return np.asarray((1 - part) * values[first] + part * values[second])

    arrays = {name: mixed(getattr(poses, name)) for name in POSE_ARRAYS if name != "view_rotation"}
    start, end = poses.view_rotation[first], poses.view_rotation[second]
    turn = Rotation.from_matrix(end @ np.swapaxes(start, 1, 2)).as_rotvec()
    arrays["view_rotation"] = Rotation.from_rotvec(share[:, None] * turn).as_matrix() @ start
    return Poses(poses.model, landmarks=poses.landmarks, size_px=poses.size_px, **arrays)
