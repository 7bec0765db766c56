"""Normal equations of one frame, compiled: cost, gradient and Gauss-Newton matrix without a Jacobian.

    cost = sum_m w_m |p_m - seen_m|^2 / sum_m w_m + sum_c w_c (q_c - target_c)^2        (m^2)

over the markers seen in the frame, which is what OpenSim minimises. Since a point of body b moves with the
unknowns by twists, dp = w x p + u, the sums over a body's markers reduce to its first and second moments, and

    H_kl = w_k . (I w_l + c x v_l) + v_k . (w_l x c + W v_l)

is the mass matrix of a body of mass W, first moment c and inertia I about the body's origin, moving with
angular velocity w and velocity v at that origin. H is the exact J^T W J, and gradient / 2 is J^T W e.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kinelab.body.inverse_problem import Problem
from kinelab.body.kernels import Work
from kinelab.body.vectors import Vector, cross, dot, plus, row_of, twist_of
from kinelab.core.checks import Array, IntArray
from kinelab.core.compiled import compiled_inside

STILL_M2 = (
    1e-14  # diagonal of the matrix below which an unknown moves no seen marker (a tenth of a micrometre)
)


class Room(NamedTuple):
    """Where the equations of one frame are worked out; F unknowns.

    matrix, factor (F, F): lower triangles. gradient, right, step (F,). held (F,): 1 where an unknown stays.
    motion (F, 12): w, v, and momentum of one body's unknowns. total (16,): moments of one body's markers.
    """

    matrix: Array
    factor: Array
    gradient: Array
    right: Array
    step: Array
    held: IntArray
    fixed: IntArray
    motion: Array
    total: Array


@compiled_inside
def room_for(problem: Problem) -> Room:
    """A `Room` for this problem; one for each thread."""
    n = problem.unknown.shape[0]
    return Room(
        np.zeros((n, n)),
        np.zeros((n, n)),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n, dtype=np.int64),
        np.zeros(n, dtype=np.int64),
        np.zeros((n, 12)),
        np.zeros(16),
    )


@compiled_inside
def misfit(problem: Problem, frame: int, work: Work) -> float:
    """The cost of the pose in `work`; NaN where no marker is seen."""
    total = weights = 0.0
    for m in range(problem.weight.shape[0]):
        x = work.marker[m, 0] - problem.seen_m[frame, m, 0]
        y = work.marker[m, 1] - problem.seen_m[frame, m, 1]
        z = work.marker[m, 2] - problem.seen_m[frame, m, 2]
        square = x * x + y * y + z * z
        if square == square:  # not NaN
            total += problem.weight[m] * square
            weights += problem.weight[m]
    if weights == 0.0:
        return np.nan
    return total / weights + _task_misfit(problem, frame, work)


@compiled_inside
def _task_misfit(problem: Problem, frame: int, work: Work) -> float:
    total = 0.0
    for k in range(problem.task.shape[0]):
        off = work.coordinate[problem.unknown[problem.task[k]]] - problem.task_target[frame, k]
        total += problem.task_weight[k] * off * off
    return total


@compiled_inside
def normal_equations(problem: Problem, frame: int, work: Work, room: Room) -> float:
    """Fill matrix and gradient of `room` for the pose and twists in `work`; the sum of the seen weights."""
    weights = 0.0
    for m in range(problem.weight.shape[0]):
        if _is_seen(problem, frame, m):
            weights += problem.weight[m]
    _clear(problem, room)
    for g in range(problem.group_body.shape[0]):
        body = problem.group_body[g]
        if body >= 0 and _moments(problem, frame, g, weights, work, room):
            _add_body(problem, g, row_of(work.position, body), work, room)
    for k in range(problem.task.shape[0]):
        f = problem.task[k]
        off = work.coordinate[problem.unknown[f]] - problem.task_target[frame, k]
        room.matrix[f, f] += problem.task_weight[k]
        room.gradient[f] += problem.task_weight[k] * off
    return weights


@compiled_inside
def _is_seen(problem: Problem, frame: int, marker: int) -> bool:
    x = problem.seen_m[frame, marker, 0]
    return bool(x == x)  # a marker is seen in all three or in none


@compiled_inside
def _clear(problem: Problem, room: Room) -> None:
    for f in range(problem.unknown.shape[0]):
        room.gradient[f] = room.matrix[f, f] = 0.0
        for k in range(problem.near_start[f], problem.near_start[f + 1]):
            room.matrix[f, problem.near[k]] = 0.0


@compiled_inside
def _moments(problem: Problem, frame: int, group: int, weights: float, work: Work, room: Room) -> bool:
    """Moments of the seen markers of one body about its origin, into room.total; False where none is seen.

    total: 0 mass, 1:4 first moment, 4:10 second moments xx yy zz xy xz yz, 10:13 force, 13:16 torque.
    """
    total = room.total
    for i in range(16):
        total[i] = 0.0
    origin = row_of(work.position, problem.group_body[group])
    for m in range(problem.group_start[group], problem.group_start[group + 1]):
        if not _is_seen(problem, frame, m):
            continue
        w = problem.weight[m] / weights
        p = row_of(work.marker, m)
        e = plus(p, row_of(problem.seen_m[frame], m), -1.0)
        d = plus(p, origin, -1.0)
        torque = cross(d, e)
        total[0] += w
        total[4] += w * d[0] * d[0]
        total[5] += w * d[1] * d[1]
        total[6] += w * d[2] * d[2]
        total[7] += w * d[0] * d[1]
        total[8] += w * d[0] * d[2]
        total[9] += w * d[1] * d[2]
        for i in range(3):
            total[1 + i] += w * d[i]
            total[10 + i] += w * e[i]
            total[13 + i] += w * torque[i]
    return bool(total[0] > 0.0)


@compiled_inside
def _add_body(problem: Problem, group: int, origin: Vector, work: Work, room: Room) -> None:
    """Add one body's share to matrix and gradient."""
    total, motion = room.total, room.motion
    mass, first = total[0], (total[1], total[2], total[3])
    xx, yy, zz, xy, xz, yz = total[4], total[5], total[6], total[7], total[8], total[9]
    force, torque = (total[10], total[11], total[12]), (total[13], total[14], total[15])
    start, stop = problem.column_start[group], problem.column_start[group + 1]
    for k in range(start, stop):
        f, row = problem.columns[k, 0], problem.columns[k, 1]
        w, u = twist_of(work.twist, row)
        v = plus(u, cross(w, origin), 1.0)
        room.gradient[f] += dot(w, torque) + dot(v, force)
        a = (
            (yy + zz) * w[0] - xy * w[1] - xz * w[2],
            (xx + zz) * w[1] - xy * w[0] - yz * w[2],
            (xx + yy) * w[2] - xz * w[0] - yz * w[1],
        )
        a = plus(a, cross(first, v), 1.0)
        b = plus(cross(w, first), v, mass)
        for i in range(3):
            motion[k - start, i], motion[k - start, 3 + i] = w[i], v[i]
            motion[k - start, 6 + i], motion[k - start, 9 + i] = a[i], b[i]
        for n in range(k - start + 1):
            shared = 0.0
            for i in range(6):
                shared += motion[n, i] * motion[k - start, 6 + i]
            room.matrix[f, problem.columns[start + n, 0]] += shared


@compiled_inside
def factorise(problem: Problem, room: Room, damping: float) -> bool:
    """Factor matrix + damping diag(matrix) over the unknowns that are not held; False where it is singular.

    As L^T D L from the outermost unknown inwards, in place: factor[f, f] is D, factor[f, i] is D L.
    """
    for f in range(problem.unknown.shape[0]):
        room.factor[f, f] = room.matrix[f, f] * (1.0 + damping)
        for k in range(problem.near_start[f], problem.near_start[f + 1]):
            room.factor[f, problem.near[k]] = room.matrix[f, problem.near[k]]
    for f in range(problem.unknown.shape[0] - 1, -1, -1):
        if room.held[f]:
            continue
        pivot = room.factor[f, f]
        if not pivot > 1e-15 * room.matrix[f, f]:
            return False
        for a in range(problem.near_start[f], problem.near_start[f + 1]):
            i = problem.near[a]
            if room.held[i]:
                continue
            share = room.factor[f, i] / pivot
            room.factor[i, i] -= share * room.factor[f, i]
            for b in range(problem.near_start[f], a):
                room.factor[i, problem.near[b]] -= share * room.factor[f, problem.near[b]]
    return True


@compiled_inside
def substitute(problem: Problem, room: Room, x: Array) -> None:
    """Solve for the unknowns that are not held, with what `factorise` left: x (F,) in place."""
    n = problem.unknown.shape[0]
    for f in range(n - 1, -1, -1):
        if not room.held[f]:
            x[f] /= room.factor[f, f]
            for k in range(problem.near_start[f], problem.near_start[f + 1]):
                x[problem.near[k]] -= room.factor[f, problem.near[k]] * x[f]
    for f in range(n):
        if room.held[f]:
            x[f] = 0.0
            continue
        total = 0.0
        for k in range(problem.near_start[f], problem.near_start[f + 1]):
            total += room.factor[f, problem.near[k]] * x[problem.near[k]]
        x[f] -= total / room.factor[f, f]
