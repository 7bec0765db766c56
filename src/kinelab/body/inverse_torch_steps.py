"""Levenberg-Marquardt within bounds on a whole batch, in torch: `inverse_frame` for many frames at once.

The damping of an unknown is scaled by the largest diagonal entry of its matrix so far (Moré, Lecture Notes in
Mathematics 1978;630:105), not by the one at hand: where a spline turns or in gimbal lock that entry
goes to zero and the step would go anywhere. Only a nearly undamped step may tell that a frame has converged,
or, where such a step cannot be made, a slope that is zero in this scale.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, linalg

from kinelab.body.inverse_torch_equations import Equations, Frames, Quadratic

# a gain below this many m^2, and below this share of the cost, is rounding (markers some metres from ground's
# origin, residuals of some millimetres)
FLOOR_M2 = {torch.float64: 1e-18, torch.float32: 1e-12}
FLOOR_SHARE = {torch.float64: 0.0, torch.float32: 2e-5}
SMALLEST_DAMPING, LARGEST_DAMPING = 1e-9, 1e9
FULL_DAMPING = 1e-3  # up to here a step counts as undamped
FLAT_SHARE = 1e-3  # of what an undamped step may promise, where the slope has to tell
BOUND_ROUNDS = 4  # how often a step that crosses bounds is solved anew with those unknowns held


class Answer(NamedTuple):
    """pose (N, C) rad or m, cost (N,) m^2 (NaN = no marker seen), converged (N,), iterations (N,)."""

    pose: Tensor
    cost: Tensor
    converged: Tensor
    iterations: Tensor

    def put(self, rows: Tensor, other: Answer) -> None:
        """Write another answer into some of the rows."""
        for mine, theirs in zip(self, other, strict=True):
            mine[rows] = theirs


def minimise(
    equations: Equations, pose: Tensor, frames: Frames, limits: tuple[float, int], at_once: int
) -> Answer:
    """Improve poses (N, C) until a full step promises less than a share of the cost.

    limits: that share (the tolerance) and the number of iterations. At most `at_once` frames are worked on
    together. The rules are those of `inverse_frame.solve_frame`.
    """
    parts = [
        _minimise(equations, pose[rows], frames.at(rows), limits)
        for rows in torch.split(torch.arange(len(pose), device=pose.device), at_once)
    ]
    return Answer(*(torch.cat(columns) for columns in zip(*parts, strict=True)))


def _minimise(equations: Equations, pose: Tensor, frames: Frames, limits: tuple[float, int]) -> Answer:
    tolerance, max_iterations = limits[0] + FLOOR_SHARE[pose.dtype], limits[1]
    unknown = equations.get_buffer("unknown")
    pose = pose.index_copy(1, unknown, equations.bounded(pose[:, unknown]))
    model = equations(pose, frames)
    answer = Answer(
        pose.clone(),
        model.cost.clone(),
        torch.zeros_like(model.cost, dtype=torch.bool),
        torch.zeros_like(model.cost, dtype=torch.int64),
    )
    active = model.cost.isfinite().nonzero().squeeze(1)
    pose, frames, model = pose[active], frames.at(active), model.at(active)
    damping = torch.full_like(model.cost, SMALLEST_DAMPING)
    scale = model.matrix.diagonal(dim1=1, dim2=2)
    for iteration in range(1, max_iterations + 1):
        if not len(active):
            break
        step = bounded_step(equations, model, pose[:, unknown], damping[:, None] * scale)
        moved = pose.index_copy(1, unknown, equations.bounded(pose[:, unknown] + step.step))
        there = equations(moved, frames)
        better = there.cost < model.cost
        least = tolerance * model.cost + FLOOR_M2[pose.dtype]
        small = ~step.cut & (step.promised >= 0) & (step.promised <= least)
        flat = torch.where(step.free, model.gradient.square() / scale, 0.0).sum(dim=1) <= FLAT_SHARE * least
        small = torch.where(damping <= FULL_DAMPING, small, flat)
        damping = _damped(damping, better, (model.cost - there.cost) / step.promised)
        pose, model = torch.where(better[:, None], moved, pose), there.where(better, model)
        scale = torch.maximum(scale, model.matrix.diagonal(dim1=1, dim2=2))
        done = small | (damping > LARGEST_DAMPING)
        answer.put(active, Answer(pose, model.cost, small, torch.full_like(active, iteration)))
        left = (~done).nonzero().squeeze(1)
        if len(left) < len(active):
            active, damping, scale = active[left], damping[left], scale[left]
            pose, frames, model = pose[left], frames.at(left), model.at(left)
    return answer


def _damped(damping: Tensor, better: Tensor, ratio: Tensor) -> Tensor:
    """The next damping: less where the quadratic model foretold the gain, more where it did not."""
    after = torch.where(ratio > 0.75, (0.1 * damping).clamp(min=SMALLEST_DAMPING), damping)
    after = torch.where(ratio < 0.25, (4.0 * damping).clamp(min=1e-6), after)
    return torch.where(better, after, (10.0 * damping).clamp(min=1e-4))


class Step(NamedTuple):
    """step (N, F), the gain that the quadratic model promises (N,), and whether a bound cut it (N,).

    free (N, F): unknowns that were not held from the beginning.
    """

    step: Tensor
    promised: Tensor
    cut: Tensor
    free: Tensor


def bounded_step(equations: Equations, model: Quadratic, at: Tensor, damping: Tensor) -> Step:
    """Marquardt's step from unknowns at (N, F) that stays within the bounds; damping (N, F) of the diagonal.

    An unknown that no seen marker moves with, or that stands at a bound and wants beyond it, is held. One
    that would cross a bound stops there and the others are solved anew; after `BOUND_ROUNDS` the rest is cut.
    """
    gradient, matrix = model.gradient, model.matrix
    lower, upper = equations.get_buffer("lower"), equations.get_buffer("upper")
    held = (
        ((at <= lower) & (gradient > 0))
        | ((at >= upper) & (gradient < 0))
        | (matrix.diagonal(dim1=1, dim2=2) <= 0)
    )
    movable = ~held
    damped = matrix + torch.diag_embed(damping)
    step, cut = torch.zeros_like(at), torch.zeros_like(model.cost, dtype=torch.bool)
    for rounds in range(BOUND_ROUNDS):
        right = -(gradient + (matrix @ step[..., None]).squeeze(-1))
        free = ~held
        kept = torch.where(free[:, :, None] & free[:, None, :], damped, 0.0) + torch.diag_embed(
            held.to(at.dtype)
        )
        factor, info = linalg.cholesky_ex(kept)
        solved = torch.cholesky_solve((right * free)[..., None], factor).squeeze(-1)
        whole = torch.where(free, solved, step)
        within = equations.bounded(at + whole)
        crossed = free & (within != at + whole)
        cut |= crossed.any(dim=1)
        if rounds == BOUND_ROUNDS - 1 or not crossed.any():
            break
        step = torch.where(crossed, within - at, torch.where(held, step, 0.0))
        held |= crossed
    step = within - at
    promised = -(step * (2 * gradient + (matrix @ step[..., None]).squeeze(-1))).sum(dim=1)
    broken = (info != 0) | ~promised.isfinite()
    return Step(
        torch.where(broken[:, None], 0.0, step), torch.where(broken, -1.0, promised), cut | broken, movable
    )
