"""The plan for large batches: one joint after another, each operation over the whole batch.

What one joint needs stays in the processor's cache, and constant parts (identity rotations, fixed offsets)
are left out or become one matrix product.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import torch
from torch import Tensor

from kinelab.body.layer_terms import Constants
from kinelab.body.layer_tree import Local, Root, Tree


class Pose(NamedTuple):
    """A body in ground: rotation (3 columns, 3, N or 1), its columns one by one, position (3, N or 1).

    The columns are taken apart once: each time that a part is taken of a tensor costs a tensor of zeros on
    the way back.
    """

    rotation: Tensor
    columns: tuple[Tensor, ...]
    position: Tensor


class ByJoint(Constants):
    """Poses of all bodies and points from the joints' own, parents first.

    straight[j]: the joint never turns its child against its parent.
    """

    point_order: Tensor

    def __init__(self, tree: Tree, straight: Sequence[bool]) -> None:
        super().__init__()
        self.parent = tree.parent
        self.body_joint = tree.body_joint
        self.group_place = [tree.group_place[j] for j in range(len(tree.parent))]
        self.straight = tuple(straight)
        # Points are evaluated body by body and put into their own order run by run.
        order = sorted(range(len(tree.point_joint)), key=tree.point_joint.__getitem__)
        self.blocks = [(joint, len(list(run))) for joint, run in groupby(sorted(tree.point_joint))]
        self.runs = _runs(order, self.blocks)
        self.keep("point_order", order, torch.int64)

    def forward(
        self, groups: Sequence[Local], root: Root, offsets: Tensor, width: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Rotation columns (S, 3, 3, N), positions (S, 3, N), points (P, 3, N) at offsets (P, 3, N or 1)."""
        unbound = [(rotation.unbind(), origin.unbind()) for rotation, origin in groups]
        # Positions relative to their root: in single precision a root far away would round each sum.
        poses: list[Pose] = []
        in_ground: list[Pose] = []
        places: list[Tensor] = []
        for j, above in enumerate(self.parent):
            group, place = self.group_place[j]
            rotation, origin = unbound[group][0][place], unbound[group][1][place]
            if above < 0:
                rotation = rotation if root.rotation is None else root.rotation
                origin = origin if root.position is None else root.position
                poses.append(Pose(rotation, rotation.unbind(), torch.zeros_like(origin)))
                in_ground.append(poses[-1]._replace(position=origin))
                places.append(origin)
                continue
            outer = poses[above]
            origin = moved(outer, origin.unsqueeze(0)).squeeze(0)
            if self.straight[j]:
                poses.append(outer._replace(position=origin))
            else:
                rotation = turned(outer, rotation)
                poses.append(Pose(rotation, rotation.unbind(), origin))
            places.append(places[above])
            in_ground.append(poses[j]._replace(position=origin + places[j]))
        return (
            torch.stack([poses[j].rotation.expand(-1, -1, width) for j in self.body_joint]),
            torch.stack([in_ground[j].position.expand(-1, width) for j in self.body_joint]),
            self._points(in_ground, offsets, width),
        )

    def _points(self, poses: Sequence[Pose], offsets: Tensor, width: int) -> Tensor:
        if not self.runs:
            return offsets.new_zeros((0, 3, width))
        if len(self.runs) > 1:
            offsets = offsets.index_select(0, self.point_order)
        parts = torch.split(offsets, [count for _, count in self.blocks])
        blocks = [
            (part if joint < 0 else moved(poses[joint], part)).expand(-1, -1, width)
            for (joint, _), part in zip(self.blocks, parts, strict=True)
        ]
        return torch.cat([blocks[block][rows] for block, rows in self.runs])


def _runs(order: Sequence[int], blocks: Sequence[tuple[int, int]]) -> list[tuple[int, slice]]:
    """Block and rows in it, one after the other, that bring sorted points back to their own order."""
    place = {}
    sorted_points = iter(order)
    for block, (_, count) in enumerate(blocks):
        for row in range(count):
            place[next(sorted_points)] = (block, row)
    runs: list[tuple[int, slice]] = []
    for point in range(len(order)):
        block, row = place[point]
        if runs and runs[-1][0] == block and runs[-1][1].stop == row:
            runs[-1] = (block, slice(runs[-1][1].start, row + 1))
        else:
            runs.append((block, slice(row, row + 1)))
    return runs


def turned(outer: Pose, inner: Tensor) -> Tensor:
    """Rotation of a child (3 columns, 3, N), from its parent and inner (3, 3, N or 1), its own in that."""
    if inner.shape[-1] == 1:
        return (inner.squeeze(-1) @ outer.rotation.flatten(1)).reshape(outer.rotation.shape)
    x, y, z = inner.unsqueeze(2).unbind(1)
    product = torch.addcmul(x * outer.columns[0], y, outer.columns[1])
    return torch.addcmul(product, z, outer.columns[2])


def moved(pose: Pose, offsets: Tensor) -> Tensor:
    """Points in ground, (P, 3, N), at offsets (P, 3, N or 1) on a body."""
    if offsets.shape[-1] == 1 and pose.rotation.shape[1:] == pose.position.shape:
        flat = torch.addmm(pose.position.reshape(1, -1), offsets.squeeze(-1), pose.rotation.flatten(1))
        return flat.reshape(len(offsets), *pose.position.shape)
    x, y, z = offsets.unsqueeze(2).unbind(1)
    total = torch.addcmul(pose.position, x, pose.columns[0])
    return torch.addcmul(torch.addcmul(total, y, pose.columns[1]), z, pose.columns[2])
