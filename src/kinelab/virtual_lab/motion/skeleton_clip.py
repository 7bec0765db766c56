"""A foreign skeleton in motion, whatever file it came from: what `retarget` makes a movement of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array, Problems, read_only


@dataclass(frozen=True, eq=False)
class SkeletonClip:
    """J joints, parents first, over T frames, in the file's own axes (right-handed) and unit of length.

    A joint's rotation is that of the bones that begin at it. rest (J, 3): where the joints are in the rest
    pose; rotation (T, J, 3, 3) turns the rest pose's bones to where they are now; position (T, J, 3).
    parents (J,): -1 is the root. unit_m: metres of one unit, None where the file does not say. flat_feet: the
    rest pose has its soles on the floor; else they are square to the shanks, however these stand.
    """

    name: str
    joints: tuple[str, ...]
    parents: tuple[int, ...]
    rest: Array
    rotation: Array
    position: Array
    rate_hz: float
    unit_m: float | None = None
    flat_feet: bool = True
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("rest", "rotation", "position"):
            object.__setattr__(self, name, read_only(getattr(self, name)))
        T, J = len(self.position), len(self.joints)
        with Problems(f"SkeletonClip {self.name}") as problems:
            problems.unique("joints", self.joints)
            problems.shape("rest", self.rest, (J, 3))
            problems.shape("rotation", self.rotation, (T, J, 3, 3))
            problems.shape("position", self.position, (T, J, 3))
            early = all(-1 <= parent < j for j, parent in enumerate(self.parents))
            problems.add_if(len(self.parents) != J or not early, "a joint comes before its parent")
            problems.add_if(T < 2, f"{T} frames; a motion has 2 or more")
            problems.add_if(not self.rate_hz > 0, f"rate_hz is {self.rate_hz}")

    def ancestors(self, joint: int) -> list[int]:
        """The joint, its parent, and so on to the root."""
        path = [joint]
        while self.parents[path[-1]] >= 0:
            path.append(self.parents[path[-1]])
        return path

    def children(self, joint: int) -> list[int]:
        """The joints that hang on this one."""
        return [j for j, parent in enumerate(self.parents) if parent == joint]


def summed(parents: Sequence[int], offset: Array) -> Array:
    """Where joints are when nothing turns, (J, 3), from their places in their parents' axes (J, 3)."""
    place = np.array(offset, dtype=np.float64)
    for joint, parent in enumerate(parents):
        if parent >= 0:
            place[joint] += place[parent]
    return place


def chain(parents: tuple[int, ...], rotation: Array, offset: Array) -> tuple[Array, Array]:
    """Rotations and positions in the room from those against the parent.

    rotation (T, J, 3, 3), offset (J, 3) or (T, J, 3) from the parent's joint, in the parent's turned axes.
    """
    T, J = rotation.shape[:2]
    offset = np.broadcast_to(offset, (T, J, 3))
    turned, placed = np.empty((T, J, 3, 3)), np.empty((T, J, 3))
    for joint, parent in enumerate(parents):
        if parent < 0:
            turned[:, joint], placed[:, joint] = rotation[:, joint], offset[:, joint]
            continue
        turned[:, joint] = turned[:, parent] @ rotation[:, joint]
        shift = np.einsum("tij,tj->ti", turned[:, parent], offset[:, joint])
        placed[:, joint] = placed[:, parent] + shift
    return turned, placed
