"""A movement from a BVH file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.files.bvh import Bvh, read_bvh
from kinelab.geometry.rotations import about_axis
from kinelab.virtual_lab.motion.finishing import Finish
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.motion.retarget import AT_EASE_TILT_DEG, retarget
from kinelab.virtual_lab.motion.skeleton_clip import SkeletonClip, chain, summed


def movement_from_bvh(
    path: str | Path,
    mover: Mover,
    finish: Finish | None = None,
    *,
    names: Mapping[str, str] | None = None,
    pelvis_tilt_deg: float = AT_EASE_TILT_DEG,
    vertical: str | None = None,
) -> Movement:
    """A BVH motion on a person; see `retarget` for the options.

    Raises:
        FileFormatError: see `read_bvh`.
        InputError: see `retarget`.
    """
    clip = clip_of_bvh(Path(path).name, read_bvh(path))
    return retarget(clip, mover, finish, names=names, pelvis_tilt_deg=pelvis_tilt_deg, vertical=vertical)


def clip_of_bvh(name: str, bvh: Bvh) -> SkeletonClip:
    """The skeleton of a BVH in motion. Rotations follow one another in the order of the channels."""
    rest = summed(bvh.parents, bvh.offset)
    rotation = np.broadcast_to(np.eye(3), (len(bvh.values), len(bvh.names), 3, 3)).copy()
    offset = np.broadcast_to(bvh.offset, (len(bvh.values), *bvh.offset.shape)).copy()
    first, notes = 0, []
    for joint, channels in enumerate(bvh.channels):
        table = dict(zip(channels, bvh.values[:, first : first + len(channels)].T, strict=True))
        first += len(channels)
        rotation[:, joint] = _rotation(table)
        if any(channel.endswith("position") for channel in channels):
            offset[:, joint] = _offset(table, bvh.offset[joint], root=bvh.parents[joint] < 0)
    stretched = np.ptp(np.linalg.norm(offset, axis=2), axis=0) > 0.02 * np.abs(bvh.offset).max()
    moving = [bvh.names[j] for j in np.flatnonzero(stretched) if bvh.parents[j] >= 0]
    if moving:
        notes.append(f"bones change their length in the file ({', '.join(moving[:6])}); the person's do not")
    turned, placed = chain(bvh.parents, rotation, offset)
    return SkeletonClip(name, bvh.names, bvh.parents, rest, turned, placed, bvh.rate_hz, notes=tuple(notes))


def _rotation(table: dict[str, Array]) -> Array:
    """(T, 3, 3), or (3, 3) where nothing turns, of a joint's channels in their order."""
    turned: Array = np.eye(3)
    for channel, degrees in table.items():
        if channel.endswith("rotation"):
            turned = turned @ about_axis("xyz".index(channel[0]), np.radians(degrees))
    return turned


def _offset(table: dict[str, Array], offset: Array, *, root: bool) -> Array:
    """(T, 3) a joint's place in its parent: the channels, instead of OFFSET or, where near 0, on top of it.

    Programs do not agree on which it is; for the root it makes no difference to the movement.
    """
    placed = np.stack(
        [table.get(f"{axis}position", np.zeros(0)) for axis in "xyz" if f"{axis}position" in table]
    )
    columns = [k for k, axis in enumerate("xyz") if f"{axis}position" in table]
    near_zero = (
        np.abs(np.median(placed, axis=1)).max() < np.abs(np.median(placed, axis=1) - offset[columns]).max()
    )
    result = np.repeat(offset[None], placed.shape[1], axis=0)
    result[:, columns] = placed.T + (offset[columns] if near_zero and not root else 0.0)
    return result
