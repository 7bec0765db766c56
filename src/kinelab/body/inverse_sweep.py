"""All frames of a trial looked at together, compiled: poses are offered from neighbour to neighbour.

A frame can have several minima (a shoulder near its singular pose, a foot with three markers). Where two
neighbours sit in different ones, the better minimum must win in all frames that it exists in, and the other,
where it is nearly as good, must be told. So every frame is offered the pose of each neighbour as a start; a
frame that changes is offered on, in both directions, until nothing changes any more.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kinelab.body.inverse_frame import solve_frame
from kinelab.body.inverse_kernel import Room, room_for
from kinelab.body.inverse_poses import (
    SAME_RAD,
    alias,
    copy_row,
    keep_unseen,
    near,
    oddity,
    outside,
    put_row,
    unwind,
    write_naturally,
)
from kinelab.body.inverse_problem import Posed, Problem
from kinelab.body.kernels import Work, workspace
from kinelab.body.plan import Plan
from kinelab.core.checks import Array, BoolArray, IntArray
from kinelab.core.compiled import compiled, compiled_inside

# Iterations after which a start, from a neighbour or from far, may turn out to lead to the known minimum.
FIRST_LOOK, FAR_LOOK = 2, 8
NEARLY = 1.05  # a second minimum counts where its cost is at most so many times the best
EQUAL, EQUAL_M2 = 1e-5, 1e-12  # costs that differ by less (share, m^2) are equal
OUTSIDE_RAD = 0.5  # a better minimum may leave the ranges by so much more than the other (rad, or m)

# How a posture that can be written in two ways is written: as it comes, as in the pose that is offered, or as
# is natural, when it comes from far.
PLAIN, LEAD, ANEW = 0, 1, 2


class Answer(NamedTuple):
    """What is known of T frames: the best pose, and another minimum (infinite cost = none).

    pose, other (T, C); cost, other_cost (T,) m^2; iterations (T,); converged (T,); wants (T, 4): the frame
    has still to be offered the pose (0), the other pose (1) of the frame before, (2), (3) of the one after.
    """

    pose: Array
    cost: Array
    iterations: IntArray
    converged: BoolArray
    other: Array
    other_cost: Array
    wants: BoolArray


def empty_answer(frames: int, start: Array) -> Answer:
    """Nothing known yet; every frame at the pose `start` (C,)."""
    return Answer(
        np.tile(start, (frames, 1)),
        np.full(frames, np.nan),
        np.zeros(frames, dtype=np.int64),
        np.zeros(frames, dtype=np.bool_),
        np.tile(start, (frames, 1)),
        np.full(frames, np.inf),
        np.zeros((frames, 4), dtype=np.bool_),
    )


@compiled
def sweep(
    plan: Plan,
    lengths_m: Array,
    problem: Problem,
    first: int,
    stop: int,
    direction: int,
    starts: Array,
    limits: tuple[float, int],
    answer: Answer,
    mode: int,
) -> None:
    """Go through frames [first, stop), and offer each what it wants from the side that the sweep comes from.

    direction 1 goes forward, -1 backward. The first frame on the way is offered the starts (N, C) instead;
    NaN is none. Only `wants` of these frames are set: those next to them are the caller's.
    """
    work, room = workspace(plan), room_for(problem)
    candidate = np.empty(answer.pose.shape[1])
    side = 0 if direction > 0 else 2
    look_at = FIRST_LOOK if mode == PLAIN else FAR_LOOK
    begin, end = (first, stop) if direction > 0 else (stop - 1, first - 1)
    for t in range(begin, end, direction):
        wants_pose, wants_other = answer.wants[t, side], answer.wants[t, side + 1]
        answer.wants[t, side] = answer.wants[t, side + 1] = False
        changed = 0
        if wants_pose or wants_other:
            offers = starts.shape[0] if t == begin else 2
            for n in range(offers):
                before = t - direction
                if t == begin:
                    copy_row(starts, n, candidate)
                elif n == 0 and wants_pose:
                    copy_row(answer.pose, before, candidate)
                    if np.isnan(answer.cost[t]) and t != begin + direction:
                        _go_on(answer, before, direction, candidate)
                elif n == 1 and wants_other and answer.other_cost[before] < np.inf:
                    copy_row(answer.other, before, candidate)
                else:
                    continue
                if np.isnan(candidate[0]):
                    continue
                cost, iterations, converged = solve_frame(
                    plan, lengths_m, problem, t, candidate, answer.pose[t],
                    look_at if answer.converged[t] else 0, limits, work, room,
                )  # fmt: skip
                answer.iterations[t] += iterations
                if cost < np.inf:  # neither NaN nor given up
                    now = _take(
                        plan, lengths_m, problem, t, candidate, cost, converged, work, room, answer, mode
                    )
                    changed = max(changed, now)
        if changed > 0:
            tell_neighbours(answer, t, changed, first, stop)


@compiled_inside
def _go_on(answer: Answer, frame: int, direction: int, candidate: Array) -> None:
    """Move the pose of a frame on by as much as it has moved since the last: what the next may be like."""
    for c in range(candidate.shape[0]):
        candidate[c] += answer.pose[frame, c] - answer.pose[frame - direction, c]


def offer_starts(
    posed: Posed, frame: int, starts: Array, limits: tuple[float, int], answer: Answer, mode: int
) -> None:
    """Offer the starts (N, C) to one frame."""
    answer.wants[frame, 0] = True
    sweep(*posed, frame, frame + 1, 1, starts, limits, answer, mode)


def grow(posed: Posed, frame: int, stop: int, limits: tuple[float, int], answer: Answer) -> None:
    """From a solved frame solve those up to before `stop` one by one, each from the last; or backward."""
    forward = stop > frame
    first, past = (frame + 1, stop) if forward else (stop + 1, frame)
    answer.wants[first:past, 0 if forward else 2] = True
    start = answer.pose[frame : frame + 1].copy()
    sweep(*posed, first, past, 1 if forward else -1, start, limits, answer, PLAIN)


@compiled_inside
def tell_neighbours(answer: Answer, frame: int, changed: int, first: int, stop: int) -> None:
    """The neighbours within [first, stop) want what changed: 1 the other pose, 2 both."""
    if frame + 1 < stop:
        answer.wants[frame + 1, 1] = True
        answer.wants[frame + 1, 0] |= changed == 2
    if frame - 1 >= first:
        answer.wants[frame - 1, 3] = True
        answer.wants[frame - 1, 2] |= changed == 2


@compiled_inside
def _take(
    plan: Plan,
    lengths_m: Array,
    problem: Problem,
    frame: int,
    candidate: Array,
    cost: float,
    converged: bool,
    work: Work,
    room: Room,
    answer: Answer,
    mode: int,
) -> int:
    """Keep the best of a frame's poses and the solved `candidate`.

    Returns 2 where the pose changed, 1 where the other pose did, 0 for neither.

    A better pose that is further out of the ranges is not taken: there joints can come apart, and fit any
    marker (gait2392's knee, turned by 360 degrees, saves 19 % of the cost of some frames of its own walk).
    """
    best = answer.cost[frame]
    if mode == ANEW:
        write_naturally(problem, candidate)
    if np.isnan(best):  # the frame's first answer
        _keep(answer, frame, candidate, cost, converged)
        return 2
    keep_unseen(problem, answer.pose[frame], candidate, room)
    unwind(problem, candidate, answer.pose[frame])
    if near(problem, answer.pose[frame], candidate, min(cost, best), room):
        if cost < best:
            _keep(answer, frame, candidate, cost, converged or answer.converged[frame])
        return 0
    if alias(plan, lengths_m, answer.pose[frame], candidate, work):
        gain = oddity(problem, answer.pose[frame]) - oddity(problem, candidate)
        if mode == LEAD or gain > SAME_RAD:
            _keep(answer, frame, candidate, cost, converged or answer.converged[frame])
            return 2
        return 0
    if outside(problem, candidate) > outside(problem, answer.pose[frame]) + OUTSIDE_RAD:
        return 0
    if cost < best - EQUAL * best - EQUAL_M2:
        if best <= NEARLY * cost + EQUAL_M2:
            put_row(answer.pose[frame], answer.other, frame)
            answer.other_cost[frame] = best
        elif answer.other_cost[frame] > NEARLY * cost + EQUAL_M2:
            answer.other_cost[frame] = np.inf
        _keep(answer, frame, candidate, cost, converged)
        return 2
    known = answer.other_cost[frame]
    if cost > NEARLY * best + EQUAL_M2 or cost >= known - EQUAL * known - EQUAL_M2:
        return 0
    renewed = known == np.inf or not near(problem, answer.other[frame], candidate, cost, room)
    put_row(candidate, answer.other, frame)
    answer.other_cost[frame] = cost
    return 1 if renewed else 0


@compiled_inside
def _keep(answer: Answer, frame: int, pose: Array, cost: float, converged: bool) -> None:
    put_row(pose, answer.pose, frame)
    answer.cost[frame], answer.converged[frame] = cost, converged
