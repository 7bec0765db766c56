"""Whether two poses are the same, and how a posture is best written, compiled.

A posture can be written in many ways: whole turns, and for three axes at right angles a second set of angles.
Two poses can also be two minima, or two places in one flat valley; only the first is worth telling.
"""

from __future__ import annotations

import math

from kinelab.body.inverse_kernel import STILL_M2, Room
from kinelab.body.inverse_problem import Problem
from kinelab.body.kernels import Work, place
from kinelab.body.plan import Plan
from kinelab.core.checks import Array
from kinelab.core.compiled import compiled_inside

WHOLE_TURN_RAD = 2.0 * math.pi
SAME_RAD = 0.05  # poses nearer than this (rad, or m) in every unknown are one
SAME_M = 1e-4  # and poses that put all bodies this near together are one posture
SAME_SHARE = 0.01  # and so are poses whose difference costs less than this share, by the quadratic model


@compiled_inside
def copy_row(table: Array, n: int, out: Array) -> None:
    """out (C,) = row n of a table (., C)."""
    for c in range(out.shape[0]):
        out[c] = table[n, c]


@compiled_inside
def put_row(row: Array, table: Array, n: int) -> None:
    """Row n of a table (., C) = row (C,)."""
    for c in range(row.shape[0]):
        table[n, c] = row[c]


@compiled_inside
def unwind(problem: Problem, pose: Array, towards: Array) -> None:
    """Take whole turns off the unknowns, to be nearest to `towards` (C,), where the bounds allow it."""
    for f in range(problem.unknown.shape[0]):
        if problem.periodic[f]:
            c = problem.unknown[f]
            turned = pose[c] - WHOLE_TURN_RAD * round((pose[c] - towards[c]) / WHOLE_TURN_RAD)
            if problem.lower[f] <= turned <= problem.upper[f]:
                pose[c] = turned


@compiled_inside
def keep_unseen(problem: Problem, known: Array, candidate: Array, room: Room) -> None:
    """What no seen marker moves with stays as it is known."""
    for f in range(problem.unknown.shape[0]):
        if room.matrix[f, f] <= STILL_M2:
            candidate[problem.unknown[f]] = known[problem.unknown[f]]


@compiled_inside
def write_naturally(problem: Problem, pose: Array) -> None:
    """Write each joint's three angles in the way that is nearer to ranges and default: of

        (a, b, c) and (a + 180, 180 - b, c + 180) degrees

    about axes at right angles, both are the same rotation.
    """
    unwind(problem, pose, problem.natural)
    for k in range(problem.triple.shape[0]):
        triple = problem.triple[k]
        a, b, c = problem.unknown[triple[0]], problem.unknown[triple[1]], problem.unknown[triple[2]]
        was, before = oddity(problem, pose), (pose[a], pose[b], pose[c])
        pose[a], pose[b], pose[c] = pose[a] + math.pi, math.pi - pose[b], pose[c] + math.pi
        unwind(problem, pose, problem.natural)
        if oddity(problem, pose) >= was or not _is_within(problem, pose):
            pose[a], pose[b], pose[c] = before


@compiled_inside
def _is_within(problem: Problem, pose: Array) -> bool:
    for f in range(problem.unknown.shape[0]):
        if not problem.lower[f] <= pose[problem.unknown[f]] <= problem.upper[f]:
            return False
    return True


@compiled_inside
def outside(problem: Problem, pose: Array) -> float:
    """The most that an unknown is outside of its range, rad or m."""
    most = 0.0
    for f in range(problem.unknown.shape[0]):
        at = pose[problem.unknown[f]]
        most = max(most, problem.low[f] - at, at - problem.high[f])
    return most


@compiled_inside
def oddity(problem: Problem, pose: Array) -> float:
    """How unusual a way of writing a posture is: rad outside the ranges, and a little of the way from the
    defaults."""
    total = 0.0
    for f in range(problem.unknown.shape[0]):
        if problem.periodic[f]:
            at = pose[problem.unknown[f]]
            total += max(problem.low[f] - at, 0.0) + max(at - problem.high[f], 0.0)
            total += 0.1 * abs(at - problem.natural[problem.unknown[f]])
    return total


@compiled_inside
def alias(plan: Plan, lengths_m: Array, a: Array, b: Array, work: Work) -> bool:
    """Whether two poses put every body in the same place: two ways to write one posture."""
    place(plan, lengths_m, a, work)
    position, rotation = work.position.copy(), work.rotation.copy()
    place(plan, lengths_m, b, work)
    for body in range(position.shape[0]):
        for i in range(3):
            if abs(position[body, i] - work.position[body, i]) > SAME_M:
                return False
            for k in range(3):
                if abs(rotation[body, i, k] - work.rotation[body, i, k]) > 10.0 * SAME_M:
                    return False
    return True


@compiled_inside
def near(problem: Problem, a: Array, b: Array, cost: float, room: Room) -> bool:
    """Whether two poses are one minimum; the quadratic model is that of the last frame in `room`.

    Unknowns that no seen marker moves with are left out: they stay where they started from.
    """
    largest = rise = 0.0
    for f in range(problem.unknown.shape[0]):
        if room.matrix[f, f] <= STILL_M2:
            continue
        off = a[problem.unknown[f]] - b[problem.unknown[f]]
        largest = max(largest, abs(off))
        rise += room.matrix[f, f] * off * off
        for k in range(problem.near_start[f], problem.near_start[f + 1]):
            i = problem.near[k]
            rise += 2.0 * room.matrix[f, i] * off * (a[problem.unknown[i]] - b[problem.unknown[i]])
    return largest < SAME_RAD or rise < SAME_SHARE * cost
