"""What each way says of the clips of the reproduction of Bittner et al. 2022, kept in files as it goes.

A way is a network, or a network and what follows it. Its estimates lie in a file for each person, so that a
stopped run goes on; they are made again where the way or the pictures have changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from safetensors import SafetensorError, safe_open

from kinelab.body.own_body import own_body
from kinelab.core.checks import Array, IntArray
from kinelab.errors import InputError
from kinelab.files.atomic import atomic_path
from kinelab.files.safe_arrays import safetensors_bytes
from kinelab.monocular.examples import Examples, Shard
from kinelab.monocular.poses import Poses
from kinelab.monocular.scores import Pose, pose_of, skin_markers_m, truth_of
from kinelab.monocular.sequences import STILL, clips_of

FORMAT = "kinelab estimates 1"
MARKER = "marker_m"
_ARRAYS = ("coordinates", "scale", "view_rotation")
_LABELS = ("person", "movement", "view", "clip", "frame", "time_s")
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class Told:
    """What a way says of a shard's N crops, in their order, in the frame of each stored crop's own view.

    marker_m (N, 63, 3): places of the own body's markers from the pelvis' origin, in m, for a way that tells
    them itself; None: they are the scaled model's. NaN where nothing is told.
    """

    poses: Poses
    marker_m: Array | None = None


class Way(Protocol):
    """name: of its files and of its rows; key: another one whenever it would say something else."""

    @property
    def name(self) -> str:
        """Such as direct_lstm."""

    @property
    def key(self) -> str:
        """Such as the sum of a network's file."""

    def tell(self, shard: Shard) -> Told:
        """What it says of the pictures of one person."""


@dataclass(frozen=True, eq=False)
class Clips:
    """What frames are of: person (N,), movement (N,) into movements, view (N,) and time_s (N,); `parts` are
    those of one clip and view, `both` the pairs of parts that show the same frames by both cameras."""

    person: IntArray
    movement: IntArray
    movements: tuple[str, ...]
    view: IntArray
    time_s: Array
    parts: list[slice]

    @property
    def both(self) -> list[tuple[slice, slice]]:
        """Frontal and sagittal view of each clip."""
        first = [part for part in self.parts if self.view[part.start] == 0]
        second = [part for part in self.parts if self.view[part.start] == 1]
        return list(zip(first, second, strict=True))


@dataclass(frozen=True, eq=False)
class Judged:
    """What a way said of all clips, and what is true of them."""

    name: str
    told: Pose
    truth: Pose
    clips: Clips


def judged(way: Way, examples: Examples, folder: Path, tell: Tell = lambda *_: None) -> Judged:
    """Estimates of all clips but those of who stands still; files of earlier runs are read.

    Raises:
        InputError: single pictures in place of clips, or clips of several designs.
        OutputError: the disk is full.
    """
    names = examples.shards[0].movements
    if any(shard.movements != names for shard in examples.shards):
        raise InputError(f"{examples.folder}: its clips are of several designs; draw them all with one")
    n, told, truth, labels = len(examples.shards), [], [], []
    for i, shard in enumerate(examples.shards):
        tell(way.name, i, n)
        clips_of(shard.labels)
        said = _said(way, shard, folder / way.name / shard.path.name)
        moving = _moving(shard)
        told.append({name: values[moving] for name, values in said.items()})
        truth.append(_picked(_truth(shard, own_markers=MARKER in said), moving))
        labels.append({name: shard.labels[name][moving] for name in _LABELS})
    tell(way.name, n, n)
    found = {name: np.concatenate([one[name] for one in labels]) for name in _LABELS}
    whole = {name: np.concatenate([one[name] for one in told]) for name in told[0]}
    clips = Clips(
        found["person"].astype(np.int64), found["movement"].astype(np.int64), tuple(names),
        found["view"].astype(np.int64), found["time_s"].astype(np.float64), clips_of(found),
    )  # fmt: skip
    return Judged(way.name, _pose(whole), _joined(truth), clips)


def _moving(shard: Shard) -> IntArray:
    """Rows of the clips in which something is done."""
    still = shard.movements.index(STILL) if STILL in shard.movements else -1
    return np.flatnonzero(shard.labels["movement"] != still)


def _truth(shard: Shard, *, own_markers: bool) -> Pose:
    picture = shard.images([0])
    size_px = (int(picture.shape[2]), int(picture.shape[1]))
    truth = truth_of(shard.labels, size_px, own_body())
    # Markers that a way tells itself were learned on skin, where each person has them elsewhere.
    return replace(truth, marker_m=skin_markers_m(shard.labels, size_px)) if own_markers else truth


def _pose(arrays: dict[str, Array]) -> Pose:
    coordinates, scale, rotation = (arrays[name] for name in _ARRAYS)
    return pose_of(own_body(), coordinates, scale, rotation, arrays.get(MARKER))


def _picked(pose: Pose, rows: IntArray) -> Pose:
    return replace(
        pose, marker_m=pose.marker_m[rows], **{name: getattr(pose, name)[rows] for name in _ARRAYS}
    )


def _joined(poses: Sequence[Pose]) -> Pose:
    names = (*_ARRAYS, MARKER)
    arrays = {name: np.concatenate([getattr(one, name) for one in poses]) for name in names}
    return Pose(poses[0].model, **arrays)


def _said(way: Way, shard: Shard, path: Path) -> dict[str, Array]:
    """The way's estimates of one shard from its file, or made now and written."""
    digest = hashlib.sha256(f"{way.key} {sorted(shard.header.items())}".encode())
    digest.update(shard.labels["coordinates"].tobytes())
    found = _read(path, digest.hexdigest())
    if found is not None:
        return found
    told = way.tell(shard)
    if told.poses.n != len(shard.labels["person"]):
        raise InputError(f"way {way.name} tells {told.poses.n} poses of {len(shard.labels['person'])} crops")
    arrays = {name: np.asarray(getattr(told.poses, name), np.float32) for name in _ARRAYS}
    if told.marker_m is not None:
        arrays[MARKER] = told.marker_m.astype(np.float32)
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary:
        temporary.write_bytes(safetensors_bytes(arrays, {"format": FORMAT, "key": digest.hexdigest()}))
    return {name: values.astype(np.float64) for name, values in arrays.items()}


def _read(path: Path, key: str) -> dict[str, Array] | None:
    """What the file holds; None where it is not there, damaged, or of another way or other pictures."""
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="numpy") as file:
            header = file.metadata() or {}
            if header.get("format") != FORMAT or header.get("key") != key:
                return None
            return {name: file.get_tensor(name).astype(np.float64) for name in file.keys()}  # noqa: SIM118
    except SafetensorError:
        return None
