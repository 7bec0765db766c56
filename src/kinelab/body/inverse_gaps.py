"""What a frame alone cannot tell: whole turns of an angle, and coordinates that no seen marker moves."""

from __future__ import annotations

import numpy as np

from kinelab.body.inverse_problem import Posed, Problem
from kinelab.core.checks import Array, BoolArray


def unwind(problem: Problem, poses: Array, before: Array | None) -> None:
    """Take jumps by whole turns out of the angles of poses (T, C), in place.

    before: pose (C,) of the frame ahead, if there is one. Clamped coordinates are left as they are.
    """
    free = problem.periodic & ~np.isfinite(problem.lower) & ~np.isfinite(problem.upper)
    turning = problem.unknown[free]
    ahead = poses[:0] if before is None else before[None, :]
    track = np.concatenate([ahead, poses])[:, turning]
    poses[:, turning] = np.unwrap(track, axis=0)[len(ahead) :]


def moved_by_seen(posed: Posed) -> BoolArray:
    """(T, F) True for unknowns that move a marker seen in that frame, or have a task."""
    problem = posed.problem
    seen = np.isfinite(problem.seen_m[:, :, 0])
    told = np.zeros((seen.shape[0], problem.unknown.size), dtype=np.bool_)
    for g in range(problem.group_body.size):
        here = seen[:, problem.group_start[g] : problem.group_start[g + 1]].any(axis=1)
        for f in problem.columns[problem.column_start[g] : problem.column_start[g + 1], 0]:
            told[:, f] |= here
    told[:, problem.task] |= np.asarray(seen.any(axis=1))[:, None]
    return told


def hold_unseen(posed: Posed, poses: Array, default: Array, last: Array | None) -> Array:
    """Give unknowns that were not told their last told value, else the next, else `last` or the default.

    poses (T, C) in place; last (C,): what earlier chunks told, NaN = nothing yet. Returns it for the next.
    """
    told = moved_by_seen(posed)
    last = np.full(default.size, np.nan) if last is None else last.copy()
    for f, c in enumerate(posed.problem.unknown):
        at = np.flatnonzero(told[:, f])
        if not at.size:
            poses[:, c] = last[c] if np.isfinite(last[c]) else default[c]
            continue
        earlier = np.searchsorted(at, np.arange(poses.shape[0]), side="right") - 1
        held = poses[at[np.maximum(earlier, 0)], c]
        if np.isfinite(last[c]):
            held = np.where(earlier < 0, last[c], held)
        poses[:, c] = held
        last[c] = poses[at[-1], c]
    return last
