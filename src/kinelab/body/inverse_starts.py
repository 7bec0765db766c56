"""Where to start a frame whose neighbours are not solved yet, and where else to look for a better minimum."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kinelab.body.inverse_problem import Posed, with_frames
from kinelab.body.inverse_sweep import ANEW, empty_answer, offer_starts
from kinelab.body.model import BodyModel
from kinelab.core.checks import Array

TURNS_RAD = (np.pi / 2, np.pi, -np.pi / 2)
WIDEST_RAD = 1.5  # random angles are drawn no further from zero than this
ROOT_LIMITS = (1e-5, 30)  # tolerance and iterations of a fit of the root alone: a start, no more


def fit_root(model: BodyModel, root: Posed, frame: int, poses: Sequence[Array]) -> Array:
    """Each pose (C,) moved as a whole, by the root's coordinates alone, to where the frame's markers are.

    Every pose is tried as it is and turned by a quarter, a half and three quarters about each of the root's
    rotations: whichever way the person faces. Returns (N, C).
    """
    problem = with_frames(root.problem, np.array([frame]))
    turning = [int(c) for c in problem.unknown if model.coordinates[c].motion == "rotational"]
    fitted = []
    for pose in poses:
        answer = empty_answer(1, pose)
        starts = quarter_turns(pose, turning)
        offer_starts(root._replace(problem=problem), 0, starts, ROOT_LIMITS, answer, ANEW)
        fitted.append(answer.pose[0])
    return np.array(fitted)


def quarter_turns(pose: Array, turning: Sequence[int]) -> Array:
    """A pose (C,) as it is and by a quarter, a half and three quarters on in each of some angles: (N, C)."""
    starts = np.tile(pose, (1 + len(TURNS_RAD) * len(turning), 1))
    for n, c in enumerate(turning):
        first = 1 + len(TURNS_RAD) * n
        starts[first : first + len(TURNS_RAD), c] += TURNS_RAD
    return starts


def random_starts(
    model: BodyModel, posed: Posed, root: Posed, pose: Array, count: int, rng: np.random.Generator
) -> Array:
    """`count` poses (N, C) with the root of `pose` and every other angle drawn evenly from its range."""
    rotational = np.array([one.motion == "rotational" for one in model.coordinates])
    drawn = rotational[posed.problem.unknown] & ~np.isin(posed.problem.unknown, root.problem.unknown)
    low = np.clip(posed.problem.low[drawn], -WIDEST_RAD, WIDEST_RAD)
    high = np.clip(posed.problem.high[drawn], -WIDEST_RAD, WIDEST_RAD)
    starts = np.tile(pose, (count, 1))
    starts[:, posed.problem.unknown[drawn]] = low + (high - low) * rng.random((count, low.size))
    return starts
