"""How each free coordinate moves each body, in torch for a whole batch: `kernel_twists` on a GPU.

A point p of a body moves by dp/dq = w x p + u with each coordinate (w rad, u m per unit, at ground's origin).
The axes come from what the layer has placed: the first rotation of a joint turns about an axis fixed to its
parent, the last about one fixed to its child; only the middle one of three needs an angle. The batch is last
and contiguous. Gradients are not meant to flow: the Jacobian is what this computes.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, linalg

from kinelab.body.functions import Function
from kinelab.body.layer import Placed
from kinelab.body.layer_terms import Constants, Terms, TermSums
from kinelab.body.plan import NONE, Plan
from kinelab.core.checks import Array


class Twists(Constants):
    """Twists (R, 6, N), w over u, in the rows of `plan.Plan.twists`."""

    def __init__(self, plan: Plan, lengths_m: Array, dtype: torch.dtype) -> None:
        super().__init__()
        self.dependent = [int(row) for row in plan.couplers[:, 0]]
        rows = [_terms(plan, range(first, stop)) for _, first, stop in plan.couplers.tolist()]
        self.couplers = torch.nn.ModuleList(TermSums([row], dtype) for row in rows)
        self.slopes = TermSums(_slopes(plan), dtype)
        self.axes = Axes(plan, lengths_m, dtype)
        self.chains = [
            [(int(term), int(earlier)) for term, earlier in plan.chain_parts[first:stop]]
            for first, stop in plan.chains.tolist()
        ]
        # each twist is the sum of parts slope x chain x axis, those of joints nearer to ground included
        sums = np.zeros((len(plan.twists), len(plan.twist_parts)))
        for row, (_, earlier, first, stop) in enumerate(plan.twists.tolist()):
            sums[row] = sums[earlier] if earlier >= 0 else 0.0
            sums[row, first:stop] = 1.0
        self.keep("sums", sums, dtype)
        for column, name in enumerate(("axis", "term", "chain")):
            self.keep(f"part_{name}", plan.twist_parts[:, column] % _rows(plan, name), torch.int64)

    def follow(self, pose: Tensor) -> Tensor:
        """Coordinates (C, N) with the dependent ones as the couplers set them."""
        source = pose.clone()
        for row, coupler in zip(self.dependent, self.couplers, strict=True):
            source[row] = coupler(source)[0]
        return source

    def forward(self, pose: Tensor, placed: Placed) -> Tensor:
        """Twists of coordinates (C, N) for which the layer, batch first, has given `placed`."""
        source = self.follow(pose)
        slope = self.slopes(source)
        chain = [torch.ones_like(source[0])]  # ends as the last row, which NONE picks
        for parts in self.chains:
            terms = [slope[term] * chain[earlier] for term, earlier in parts]
            chain.insert(len(chain) - 1, torch.stack(terms).sum(0))
        rate = slope.index_select(0, self.get_buffer("part_term"))
        rate = rate * torch.stack(chain).index_select(0, self.get_buffer("part_chain"))
        axes = self.axes(source, placed).index_select(0, self.get_buffer("part_axis"))
        part = axes * rate.unsqueeze(1)
        total: Tensor = self.get_buffer("sums") @ part.flatten(1)
        return total.reshape(-1, *part.shape[1:])


class Axes(Constants):
    """The twist of each axis of a plan moving by one rad or metre, (A, 6, N)."""

    def __init__(self, plan: Plan, lengths_m: Array, dtype: torch.dtype) -> None:
        super().__init__()
        n_joints, n_axes = len(plan.joints), len(plan.term_start) - 1
        axis = lengths_m[2 * n_joints : 2 * n_joints + n_axes].copy()
        body, joint_of, turns = np.full(n_axes, NONE), np.zeros(n_axes, int), np.zeros((n_axes, 1, 1))
        middle = []
        for joint, (parent, child, first, slide, stop, _) in enumerate(plan.joints.tolist()):
            body[first:stop], joint_of[first:stop], turns[first:slide] = parent, joint, 1.0
            if slide - first > 2:
                middle.append(first + 1)
            if slide - first > 1:
                body[slide - 1] = child
                axis[slide - 1] = plan.turn[joint].T @ axis[slide - 1]
        self.n_middle = len(middle)
        first_axis, second = axis[[k - 1 for k in middle]], axis[middle]
        along = first_axis * (first_axis * second).sum(axis=1, keepdims=True)
        self.keep("middle", middle, torch.int64)
        self.keep("parts", np.stack([along, second - along, np.cross(first_axis, second)]), dtype)
        self.angle = TermSums([_terms(plan, range(*plan.term_start[k - 1 : k + 1])) for k in middle], dtype)
        self.keep("axis", axis, dtype)
        self.keep("body", body % (n_joints + 1), torch.int64)  # ground stands last
        self.keep("joint", joint_of, torch.int64)
        self.keep("turns", turns, dtype)
        self.keep("ground", np.eye(3)[None, :, :, None], dtype)
        self._keep_ellipsoids(plan, lengths_m, dtype)

    def _keep_ellipsoids(self, plan: Plan, lengths_m: Array, dtype: torch.dtype) -> None:
        """Rotations of ellipsoid joints: their row, bodies, pole (in the child) and radii (in the parent)."""
        first = len(plan.fixed_m) - 4 * int((plan.joints[:, 5] >= 0).sum())
        rows, pole, radii = [], [], []
        for joint, (parent, child, start, slide, _, number) in enumerate(plan.joints.tolist()):
            if number >= 0:
                own = lengths_m[first + 4 * number : first + 4 * number + 4]
                rows += [(axis, parent, child) for axis in range(start, slide)]
                pole += [plan.turn[joint].T @ own[0]] * (slide - start)
                radii += [own[1:]] * (slide - start)
        self.n_round = len(rows)
        table = np.array(rows, dtype=int).reshape(-1, 3) % (len(plan.joints) + len(lengths_m))
        for column, name in enumerate(("round", "round_parent", "round_child")):
            self.keep(name, table[:, column], torch.int64)
        self.keep("pole", np.array(pole).reshape(-1, 3), dtype)
        self.keep("radii", np.array(radii).reshape(-1, 3, 3), dtype)

    def forward(self, source: Tensor, placed: Placed) -> Tensor:
        """Of coordinates (C, N), the dependent ones set, and their poses, batch first."""
        width = source.shape[1]
        rotation = placed.rotation.permute(1, 2, 3, 0)
        rotation = torch.cat([rotation, self.get_buffer("ground").expand(-1, -1, -1, width)])
        carrier = rotation.index_select(0, self.get_buffer("body"))
        axis = self.get_buffer("axis")[:, :, None].expand(-1, -1, width)
        if self.n_middle:
            angle = self.angle(source).unsqueeze(1)
            along, across, beside = self.get_buffer("parts").unsqueeze(-1)
            turned = along + across * angle.cos() + beside * angle.sin()
            axis = axis.index_copy(0, self.get_buffer("middle"), turned)
        direction = (carrier * axis.unsqueeze(1)).sum(2)
        turns = self.get_buffer("turns")
        w = direction * turns
        centre = placed.joint_centre_m.permute(1, 2, 0).index_select(0, self.get_buffer("joint"))
        u = linalg.cross(centre, w, dim=1) + direction * (1 - turns)
        if self.n_round:
            u = u.index_add(0, self.get_buffer("round"), self._rolling(w, rotation))
        return torch.cat([w, u], dim=1)

    def _rolling(self, w: Tensor, rotation: Tensor) -> Tensor:
        """How the centre of an ellipsoid joint moves on its surface, R M R^T (w x pole), (n, 3, N)."""
        parent = rotation.index_select(0, self.get_buffer("round_parent"))
        child = rotation.index_select(0, self.get_buffer("round_child"))
        pole = (child * self.get_buffer("pole")[:, None, :, None]).sum(2)
        turned = linalg.cross(w.index_select(0, self.get_buffer("round")), pole, dim=1)
        local = self.get_buffer("radii") @ (parent * turned.unsqueeze(2)).sum(1)
        rolled: Tensor = (parent * local.unsqueeze(1)).sum(2)
        return rolled


def _rows(plan: Plan, name: str) -> int:
    """How many rows NONE counts back from."""
    return {"axis": len(plan.term_start), "term": len(plan.terms) + 1, "chain": len(plan.chains) + 1}[name]


def _terms(plan: Plan, terms: Iterable[int]) -> Terms:
    return [(_column(plan, term), _function(plan, int(plan.terms[term, 1]))) for term in terms]


def _slopes(plan: Plan) -> list[Terms]:
    """The derivative of each term by its coordinate, a row each."""
    rows: list[Terms] = []
    for term, (_, number) in enumerate(plan.terms.tolist()):
        f = _function(plan, number)
        powers = np.arange(1, f.coefficients.shape[1])
        slopes = f.coefficients[:, 1:] * powers if powers.size else np.zeros((f.origin.size, 1))
        column = _column(plan, term)
        rows.append([] if column is None else [(column, Function("slope", f.origin, f.breaks, slopes))])
    return rows


def _column(plan: Plan, term: int) -> int | None:
    column = int(plan.terms[term, 0])
    return None if column == NONE else column


def _function(plan: Plan, number: int) -> Function:
    piece, pieces, width, at = plan.functions[number].tolist()
    return Function(
        "of a plan",
        plan.piece_origin[piece : piece + pieces],
        plan.piece_from[piece + 1 : piece + pieces],
        plan.coefficients[at : at + pieces * width].reshape(pieces, width),
    )
