"""One frame solved, compiled: Levenberg-Marquardt within bounds.

Steps come from the Gauss-Newton matrix with Marquardt's damping of its diagonal (Marquardt, SIAM J Appl Math
1963;11:431; Nocedal and Wright, Numerical Optimization, 2006, section 10.3). An unknown that stands at a
bound and wants beyond it is held; a step that would cross a bound stops there and the others are solved anew.
"""

from __future__ import annotations

import numpy as np

from kinelab.body.inverse_kernel import (
    STILL_M2,
    Room,
    factorise,
    misfit,
    normal_equations,
    room_for,
    substitute,
)
from kinelab.body.inverse_poses import near
from kinelab.body.inverse_problem import Problem
from kinelab.body.kernel_twists import differentiate
from kinelab.body.kernels import Work, place, workspace
from kinelab.body.plan import Plan
from kinelab.core.checks import Array
from kinelab.core.compiled import compiled, compiled_inside

FLOOR_M2 = 1e-18  # a gain below this (a nanometre, squared) is rounding
SMALLEST_DAMPING, LARGEST_DAMPING = 1e-9, 1e9


@compiled_inside
def solve_frame(
    plan: Plan,
    lengths_m: Array,
    problem: Problem,
    frame: int,
    pose: Array,
    known: Array,
    look_at: int,
    limits: tuple[float, int],
    work: Work,
    room: Room,
) -> tuple[float, int, bool]:
    """Improve `pose` (C,) in place until a full step promises less than a share of the cost.

    limits: that share (the tolerance) and the number of iterations. After look_at iterations it gives up
    where it is on its way to the pose `known` (C,), and has an infinite cost; look_at 0 is never.

    Returns cost, iterations, and whether it converged; NaN, 0, False where no marker is seen. For a weighted
    least squares, what a Gauss-Newton step promises relative to the cost is the square of how far off the
    pose is in units of its standard deviation, over the number of measurements.
    """
    tolerance, max_iterations = limits
    _into_bounds(problem, pose)
    place(plan, lengths_m, pose, work)
    cost = misfit(problem, frame, work)
    if np.isnan(cost):
        return cost, 0, False
    damping = SMALLEST_DAMPING
    for iteration in range(max_iterations):
        if iteration > 0 and iteration == look_at and near(problem, known, pose, 0.0, room):
            return np.inf, iteration, False
        differentiate(plan, lengths_m, work)
        normal_equations(problem, frame, work, room)
        _hold(problem, pose, room)
        while True:
            promised, cut = _step(problem, pose, room, damping)
            small = not cut and 0.0 <= promised <= tolerance * cost + FLOOR_M2
            _move(problem, pose, room, 1.0)
            place(plan, lengths_m, pose, work)
            now = misfit(problem, frame, work)
            if now < cost or small:
                break
            _move(problem, pose, room, -1.0)
            damping = max(10.0 * damping, 1e-4)
            if damping > LARGEST_DAMPING:
                return cost, iteration + 1, False
        if now >= cost:  # a small step that only rounds: stay
            _move(problem, pose, room, -1.0)
            return cost, iteration + 1, True
        ratio = (cost - now) / promised if promised > 0.0 else 0.0
        cost = now
        if small:
            return cost, iteration + 1, True
        if ratio > 0.75:
            damping = max(0.1 * damping, SMALLEST_DAMPING)
        elif ratio < 0.25:
            damping = max(4.0 * damping, 1e-6)
    return cost, max_iterations, False


@compiled_inside
def _into_bounds(problem: Problem, pose: Array) -> None:
    for f in range(problem.unknown.shape[0]):
        c = problem.unknown[f]
        pose[c] = min(max(pose[c], problem.lower[f]), problem.upper[f])


@compiled_inside
def _hold(problem: Problem, pose: Array, room: Room) -> None:
    """Hold what no seen marker moves with, and what stands at a bound and wants beyond it."""
    for f in range(problem.unknown.shape[0]):
        at = pose[problem.unknown[f]]
        outward = (at <= problem.lower[f] and room.gradient[f] > 0.0) or (
            at >= problem.upper[f] and room.gradient[f] < 0.0
        )
        room.fixed[f] = 1 if outward or room.matrix[f, f] <= STILL_M2 else 0


@compiled_inside
def _step(problem: Problem, pose: Array, room: Room, damping: float) -> tuple[float, bool]:
    """Fill room.step; what the quadratic model promises to gain, and whether a bound cut the step."""
    n = problem.unknown.shape[0]
    for f in range(n):
        room.held[f] = room.fixed[f]
        room.step[f] = 0.0
    cut = False
    for _ in range(n + 1):
        _right_side(problem, room)
        if not factorise(problem, room, damping):
            return -1.0, True
        substitute(problem, room, room.right)
        crossed = False
        for f in range(n):
            if room.held[f]:
                continue
            room.step[f] = room.right[f]
            at = pose[problem.unknown[f]]
            within = min(max(at + room.right[f], problem.lower[f]), problem.upper[f])
            if within != at + room.right[f]:
                room.step[f] = within - at
                room.held[f] = 1
                crossed = cut = True
        if not crossed:
            break
        for f in range(n):
            if not room.held[f]:
                room.step[f] = 0.0
    return _promise(problem, room), cut


@compiled_inside
def _right_side(problem: Problem, room: Room) -> None:
    """-(gradient + matrix step) over the steps that are already decided."""
    for f in range(problem.unknown.shape[0]):
        room.right[f] = -room.gradient[f]
    for f in range(problem.unknown.shape[0]):
        room.right[f] -= room.matrix[f, f] * room.step[f]
        for k in range(problem.near_start[f], problem.near_start[f + 1]):
            i = problem.near[k]
            room.right[f] -= room.matrix[f, i] * room.step[i]
            room.right[i] -= room.matrix[f, i] * room.step[f]


@compiled_inside
def _promise(problem: Problem, room: Room) -> float:
    """Cost now minus cost after room.step, by the quadratic model: -(2 g . s + s . H s)."""
    total = 0.0
    for f in range(problem.unknown.shape[0]):
        s = room.step[f]
        total -= s * (2.0 * room.gradient[f] + room.matrix[f, f] * s)
        for k in range(problem.near_start[f], problem.near_start[f + 1]):
            total -= 2.0 * s * room.matrix[f, problem.near[k]] * room.step[problem.near[k]]
    return total


@compiled_inside
def _move(problem: Problem, pose: Array, room: Room, sign: float) -> None:
    for f in range(problem.unknown.shape[0]):
        c = problem.unknown[f]
        moved = pose[c] + sign * room.step[f]  # a step that ends at a bound may round to beyond it
        pose[c] = min(max(moved, problem.lower[f]), problem.upper[f])


@compiled
def equations(
    plan: Plan,
    lengths_m: Array,
    problem: Problem,
    poses: Array,
    cost: Array,
    matrix: Array,
    gradient: Array,
) -> None:
    """Cost (T,), matrix (T, F, F), lower triangle, and half the gradient (T, F) at poses (T, C).

    Cost is NaN, the others 0 without markers. An empty matrix asks for the costs alone.
    """
    work, room = workspace(plan), room_for(problem)
    for t in range(poses.shape[0]):
        place(plan, lengths_m, poses[t], work)
        cost[t] = misfit(problem, t, work)
        if matrix.shape[0] == 0:
            continue
        differentiate(plan, lengths_m, work)
        seen = normal_equations(problem, t, work, room) > 0.0
        for f in range(problem.unknown.shape[0]):
            gradient[t, f] = room.gradient[f] if seen else 0.0
            for i in range(f + 1):
                matrix[t, f, i] = room.matrix[f, i] if seen else 0.0
