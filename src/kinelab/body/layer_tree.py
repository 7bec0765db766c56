"""The tree as row numbers, and what the two plans of the torch layer share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from torch import Tensor

# A group of joints: rotation columns (G, 3, 3, N or 1) and origins (G, 3, N or 1) in the parent body.
Local = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Tree:
    """Row numbers of S joints (each carries one body) and P points; -1 is ground.

    parent (S,) joint that carries joint j's parent; groups: joints evaluated together by the plan for large
    batches; body_joint (S,) joint that carries body s; point_joint (P,) joint whose body a point is on.
    """

    parent: tuple[int, ...]
    groups: tuple[tuple[int, ...], ...]
    body_joint: tuple[int, ...]
    point_joint: tuple[int, ...]

    @cached_property
    def depth(self) -> tuple[int, ...]:
        """Joints between each joint and ground."""
        depth: list[int] = []
        for above in self.parent:
            depth.append(0 if above < 0 else depth[above] + 1)
        return tuple(depth)

    @cached_property
    def levels(self) -> tuple[tuple[int, ...], ...]:
        """Joints of each depth."""
        deepest = max(self.depth, default=-1)
        return tuple(
            tuple(j for j, depth in enumerate(self.depth) if depth == level) for level in range(deepest + 1)
        )

    @cached_property
    def order(self) -> tuple[int, ...]:
        """Joints sorted by depth."""
        return tuple(chain.from_iterable(self.levels))

    @cached_property
    def root_of(self) -> tuple[int, ...]:
        """Joint of each joint's branch that is on ground."""
        root: list[int] = []
        for j, above in enumerate(self.parent):
            root.append(j if above < 0 else root[above])
        return tuple(root)

    @cached_property
    def group_place(self) -> dict[int, tuple[int, int]]:
        """Group and place in it of each joint."""
        return {j: (g, at) for g, group in enumerate(self.groups) for at, j in enumerate(group)}


@dataclass(frozen=True)
class Root:
    """Pose given for the one body on ground: rotation columns (3, 3, N), position (3, N), or None."""

    rotation: Tensor | None
    position: Tensor | None
