"""The plan for small batches: all joints of one depth of the tree in one operation.

Few operations, each over all joints of a level: starting an operation is what costs here.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
import torch
from torch import Tensor

from kinelab.body.layer_terms import Constants
from kinelab.body.layer_tree import Local, Root, Tree


class ByDepth(Constants):
    """Poses of all bodies and points from the joints' own, level by level."""

    corner: Tensor
    ground: Tensor
    joint_row: Tensor
    parent_row: Tensor
    body_row: Tensor
    point_row: Tensor

    def __init__(self, tree: Tree, dtype: torch.dtype) -> None:
        super().__init__()
        row = {j: at for at, j in enumerate(chain.from_iterable(tree.groups))}
        place = {j: at for level in tree.levels for at, j in enumerate(level)}
        self.sizes = [len(level) for level in tree.levels]
        by_level = list(chain.from_iterable(tree.levels))
        self.keep("joint_row", [row[j] for j in by_level], torch.int64)
        self.keep("parent_row", [place.get(tree.parent[j], 0) for j in by_level], torch.int64)
        order = {j: at for at, j in enumerate(by_level)}
        self.on_ground = -1 in tree.point_joint
        self.keep("body_row", [order[j] for j in tree.body_joint], torch.int64)
        self.keep("point_row", [order.get(j, len(order)) for j in tree.point_joint], torch.int64)
        self.keep("corner", np.array([0.0, 0.0, 0.0, 1.0]).reshape(1, 4, 1, 1), dtype)
        self.keep("ground", np.eye(4, 3)[None, :, :, None], dtype)

    def forward(
        self, groups: Sequence[Local], root: Root, offsets: Tensor, width: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Rotation columns (S, 3, 3, N), positions (S, 3, N), points (P, 3, N) at offsets (P, 3, N or 1).

        A pose is four columns of three components: those of the rotation and the position.
        """
        local = torch.cat(
            [
                torch.cat([r.expand(-1, -1, -1, width), t.unsqueeze(1).expand(-1, -1, -1, width)], 1)
                for r, t in groups
            ]
        ).index_select(0, self.joint_row)
        # A fourth component, 0 for directions and 1 for the place, carries the parent's position along.
        local = torch.cat([local, self.corner.expand(len(local), -1, -1, width)], 2)
        first, *later = torch.split(local, self.sizes)
        above = _with_root(first[:, :, :3], root)
        levels = [above]
        for inner, parents in zip(later, torch.split(self.parent_row, self.sizes)[1:], strict=True):
            outer = above.index_select(0, parents)
            above = (inner.unsqueeze(3) * outer.unsqueeze(1)).sum(2)
            levels.append(above)
        if self.on_ground:
            levels.append(self.ground.expand(-1, -1, -1, width))
        poses = torch.cat(levels)
        carrying = poses.index_select(0, self.point_row)
        points = (carrying[:, :3] * offsets.unsqueeze(2)).sum(1) + carrying[:, 3]
        bodies = poses.index_select(0, self.body_row)
        return bodies[:, :3], bodies[:, 3], points


def _with_root(poses: Tensor, root: Root) -> Tensor:
    """Poses of the bodies on ground (n, 4, 3, N), or the given pose of the one there is."""
    if root.rotation is None and root.position is None:
        return poses
    rotation = poses[0, :3] if root.rotation is None else root.rotation
    position = poses[0, 3] if root.position is None else root.position
    width = poses.shape[-1]
    parts = [rotation.expand(-1, -1, width), position.unsqueeze(0).expand(-1, -1, width)]
    return torch.cat(parts).unsqueeze(0)
