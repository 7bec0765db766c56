"""Cost, gradient and Gauss-Newton matrix of many frames at once, in torch: `inverse_kernel` on a GPU.

    cost = sum_m w_m |p_m - seen_m|^2 / sum_m w_m + sum_c w_c (q_c - target_c)^2        (m^2)

over the markers seen in a frame, as OpenSim has it. A body's markers enter through their first and second
moments: with W, c and I their mass, first moment and inertia about the body's origin, the matrix is that of
rigid bodies moving with the twists of the unknowns (see `inverse_kernel`), J^T W J without J.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, linalg

from kinelab.body.inverse_problem import Posed
from kinelab.body.inverse_torch_twists import Twists
from kinelab.body.layer import Placed, SkeletalLayer
from kinelab.body.layer_terms import Constants


class Frames(NamedTuple):
    """What N frames ask for: markers seen_m (N, U, 3), NaN = not seen, and task targets (N, Q)."""

    seen_m: Tensor
    target: Tensor

    def at(self, rows: Tensor) -> Frames:
        """Some of the frames."""
        return Frames(self.seen_m[rows], self.target[rows])


class Quadratic(NamedTuple):
    """The cost (N,) of poses and its quadratic model in F unknowns: half gradient (N, F), matrix (N, F, F).

    cost(step) ~ cost + 2 gradient . step + step . matrix step.
    """

    cost: Tensor
    gradient: Tensor
    matrix: Tensor

    def at(self, rows: Tensor) -> Quadratic:
        """Some of the frames."""
        return Quadratic(self.cost[rows], self.gradient[rows], self.matrix[rows])

    def where(self, better: Tensor, other: Quadratic) -> Quadratic:
        """This where `better` (N,), else the other."""
        return Quadratic(
            torch.where(better, self.cost, other.cost),
            torch.where(better[:, None], self.gradient, other.gradient),
            torch.where(better[:, None, None], self.matrix, other.matrix),
        )


class Equations(Constants):
    """The problem of `inverse_problem.Posed` for poses (N, C), on any device; no gradients flow."""

    def __init__(self, posed: Posed, layer: SkeletalLayer, dtype: torch.dtype) -> None:
        super().__init__()
        plan, problem = posed.plan, posed.problem
        self.layer = layer
        self.twists = Twists(plan, posed.lengths_m, dtype)
        on_body = [g for g, body in enumerate(problem.group_body.tolist()) if body >= 0]
        member = np.zeros((len(on_body), problem.weight.size))
        rows, columns = [], []
        for at, g in enumerate(on_body):
            member[at, problem.group_start[g] : problem.group_start[g + 1]] = 1.0
            for f, row in problem.columns[problem.column_start[g] : problem.column_start[g + 1]].tolist():
                rows.append((at, row))
                columns.append(at * problem.unknown.size + f)
        self.shape = (len(on_body), problem.unknown.size)
        self.keep("member", member, dtype)
        self.keep("body", problem.group_body[on_body], torch.int64)
        self.keep("group", [at for at, _ in rows], torch.int64)
        self.keep("twist", [row for _, row in rows], torch.int64)
        self.keep("column", columns, torch.int64)
        self.keep("weight", problem.weight, dtype)
        self.keep("unknown", problem.unknown, torch.int64)
        self.keep("lower", problem.lower, dtype)
        self.keep("upper", problem.upper, dtype)
        self.keep("task", problem.task, torch.int64)
        self.keep("task_weight", problem.task_weight, dtype)

    def bounded(self, unknowns: Tensor) -> Tensor:
        """Unknowns (N, F) within their bounds."""
        return unknowns.clamp(self.get_buffer("lower"), self.get_buffer("upper"))

    def misfit_of_shape(self, pose: Tensor, seen_m: Tensor) -> Tensor:
        """Weighted mean squared distance (N,) of a pose's (C,) markers from those seen, middle on middle."""
        off = self.layer(pose).marker_m - seen_m
        seen = off.isfinite().all(dim=2)
        weight = torch.where(seen, self.get_buffer("weight"), 0.0)
        weight = (weight / weight.sum(dim=1, keepdim=True))[:, :, None]
        off = torch.where(seen[:, :, None], off, 0.0)
        middle = (weight * off).sum(dim=1)
        return (weight * off.square()).sum(dim=(1, 2)) - middle.square().sum(dim=1)

    def forward(self, pose: Tensor, frames: Frames) -> Quadratic:
        """At poses (N, C); the cost is NaN where no marker is seen."""
        placed: Placed = self.layer(pose)
        # about the first body: in float32 a step is lost in a walk's distance from ground's origin
        near = placed.position_m[:, :1]
        off = (placed.marker_m - frames.seen_m).permute(1, 2, 0)
        placed = Placed(
            placed.rotation, placed.position_m - near, placed.joint_centre_m - near, placed.marker_m - near
        )
        seen = off.isfinite().all(dim=1)
        weight = torch.where(seen, self.get_buffer("weight")[:, None], 0.0)
        weight = weight / weight.sum(0)
        off = torch.where(seen[:, None], off, 0.0)
        cost = (weight * off.square().sum(1)).sum(0)
        twist = self.twists(pose.T.contiguous(), placed)
        gradient, matrix = self._marker_terms(placed, twist, weight, off)
        return self._with_tasks(pose, frames.target, Quadratic(cost, gradient, matrix))

    def _marker_terms(
        self, placed: Placed, twist: Tensor, weight: Tensor, off: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Half gradient (N, F) and matrix (N, F, F), from the markers' moments about bodies' origins."""
        groups, unknowns = self.shape
        member, body = self.get_buffer("member"), self.get_buffer("body")
        origin = placed.position_m.permute(1, 2, 0).index_select(0, body)  # (G, 3, N)
        arm = placed.marker_m.permute(1, 2, 0) - (member.T @ origin.flatten(1)).reshape(-1, *origin.shape[1:])
        pull = weight[:, None] * off
        moved = weight[:, None] * arm
        squares = (moved[:, :, None] * arm[:, None]).flatten(1, 2)
        parts = torch.cat([weight[:, None], moved, squares, linalg.cross(arm, pull, dim=1), pull], dim=1)
        sums = (member @ parts.flatten(1)).reshape(-1, *parts.shape[1:])  # (G, 19, N)
        own = twist.index_select(0, self.get_buffer("twist"))
        shift = origin.index_select(0, self.get_buffer("group"))
        own = torch.cat([own[:, :3], own[:, 3:] + linalg.cross(own[:, :3], shift, dim=1)], dim=1)
        motion = own.new_zeros(own.shape[2], groups * unknowns, 6)
        motion[:, self.get_buffer("column")] = own.permute(2, 0, 1)
        motion = motion.reshape(-1, groups, unknowns, 6)  # (N, G, F, 6)
        wrench = sums[:, 13:].permute(2, 0, 1)[..., None]
        gradient = (motion @ wrench).sum(1).squeeze(-1)
        momentum = motion @ _inertia(sums[:, :13]).permute(3, 0, 1, 2)
        tall = (motion.transpose(2, 3).flatten(1, 2), momentum.transpose(2, 3).flatten(1, 2))
        return gradient, tall[0].transpose(1, 2) @ tall[1]

    def _with_tasks(self, pose: Tensor, target: Tensor, markers: Quadratic) -> Quadratic:
        task, weight = self.get_buffer("task"), self.get_buffer("task_weight")
        if not len(task):
            return markers
        off = pose[:, self.get_buffer("unknown")[task]] - target
        gradient = markers.gradient.index_add(1, task, weight * off)
        diagonal = torch.zeros_like(markers.gradient[0]).index_add(0, task, weight)
        return Quadratic(
            markers.cost + (weight * off.square()).sum(1), gradient, markers.matrix + torch.diag(diagonal)
        )


def _inertia(sums: Tensor) -> Tensor:
    """Symmetric (G, 6, 6, N) over (w, v), from weight, first and raw second moments (G, 13, N)."""
    zero = torch.zeros_like(sums[:, 0])
    mass, (x, y, z) = sums[:, 0], sums[:, 1:4].unbind(1)
    xx, xy, xz, _, yy, yz, _, _, zz = sums[:, 4:].unbind(1)
    rows = [
        [yy + zz, -xy, -xz, zero, -z, y],
        [-xy, xx + zz, -yz, z, zero, -x],
        [-xz, -yz, xx + yy, -y, x, zero],
        [zero, z, -y, mass, zero, zero],
        [-z, zero, x, zero, mass, zero],
        [y, -x, zero, zero, zero, mass],
    ]
    return torch.stack([torch.stack(row, dim=1) for row in rows], dim=1)
