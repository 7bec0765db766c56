"""The plan for small batches: all joints of one depth of the tree in one operation.

Few operations, each over all joints of a level: starting an operation is what costs here.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from kinelab.body.layer_terms import Constants
from kinelab.body.layer_tree import Local, Root, Tree


class ByDepth(Constants):
    """Poses of all bodies and points from the joints' own, which come sorted by depth (`Tree.order`)."""

    corner: Tensor
    origin: Tensor
    ground: Tensor
    parent_row: Tensor
    row: Tensor
    root_row: Tensor

    def __init__(self, tree: Tree, dtype: torch.dtype) -> None:
        super().__init__()
        place = {j: at for level in tree.levels for at, j in enumerate(level)}
        self.sizes = [len(level) for level in tree.levels]
        self.keep("parent_row", [place.get(tree.parent[j], 0) for j in tree.order], torch.int64)
        order = {j: at for at, j in enumerate(tree.order)}
        carrying = [*tree.body_joint, *tree.point_joint]
        self.parts = [len(tree.body_joint), len(tree.point_joint)]
        self.on_ground = -1 in carrying
        self.keep("row", [order.get(j, len(order)) for j in carrying], torch.int64)
        # One root and nothing on ground: its place is added to all without a copy for each.
        self.one_root = self.sizes[0] == 1 and not self.on_ground
        roots = [place[tree.root_of[j]] if j >= 0 else self.sizes[0] for j in carrying]
        self.keep("root_row", roots, torch.int64)
        self.keep("corner", np.array([0.0, 0.0, 0.0, 1.0]).reshape(1, 4, 1, 1), dtype)
        self.keep("origin", np.zeros((self.sizes[0], 3, 1)), dtype)
        self.keep("ground", np.eye(4, 3)[None, :, :, None], dtype)

    def forward(self, local: Local, root: Root, offsets: Tensor, width: int) -> tuple[Tensor, Tensor, Tensor]:
        """Rotation columns (S, 3, 3, N), positions (S, 3, N), points (P, 3, N) at offsets (P, 3, N or 1).

        A pose is four columns of three components: those of the rotation and the position.
        """
        first, later, place = self._in_parents(local, root, width)
        levels = [above := first]
        rows = torch.split(self.parent_row, self.sizes)[1:]
        for inner, parents in zip(later, rows, strict=True):
            outer = above.index_select(0, parents)
            above = (inner.unsqueeze(3) * outer.unsqueeze(1)).sum(2)
            levels.append(above)
        if self.on_ground:
            levels.append(self.ground.expand(-1, -1, -1, width))
        bodies, carrying = torch.split(torch.cat(levels).index_select(0, self.row), self.parts)
        points = (carrying[:, :3] * offsets.unsqueeze(2)).sum(1) + carrying[:, 3]
        # Positions are relative to their root so far: one far away would round each sum in single precision.
        if self.one_root:
            return bodies[:, :3], bodies[:, 3] + place, points + place
        places = torch.cat([place.expand(-1, -1, width), self.origin[:1].expand(-1, -1, width)])
        of_bodies, of_points = torch.split(places.index_select(0, self.root_row), self.parts)
        return bodies[:, :3], bodies[:, 3] + of_bodies, points + of_points

    def _in_parents(self, local: Local, root: Root, width: int) -> tuple[Tensor, list[Tensor], Tensor]:
        """Poses (n, 4, 3, N) of roots, put at the origin, (n, 4, 4, N) of each later level, roots' places.

        A fourth component, 0 for directions and 1 for the place, carries the parent's position along.
        """
        rotation, origin = local
        n_roots = self.sizes[0]
        place, below = torch.split(origin, [n_roots, len(origin) - n_roots])
        turn, turns = torch.split(rotation, [n_roots, len(origin) - n_roots])
        if root.rotation is not None:
            turn = root.rotation.unsqueeze(0)
        if root.position is not None:
            place = root.position.unsqueeze(0)
        parts = (turn, self.origin.unsqueeze(1))
        first = torch.cat([part.expand(-1, -1, -1, width) for part in parts], 1)
        parts = (turns, below.unsqueeze(1))
        inner = torch.cat([part.expand(-1, -1, -1, width) for part in parts], 1)
        inner = torch.cat([inner, self.corner.expand(len(inner), -1, -1, width)], 2)
        return first, list(torch.split(inner, self.sizes[1:])), place
