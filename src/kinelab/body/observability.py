"""How well the seen markers tell each coordinate, frame by frame.

With J the Jacobian of the seen markers, W their weights, H = J^T W J and T that of the coordinate tasks:

    observability_i = 1 / (H_ii (H^-1)_ii)

is the share of what the markers say about coordinate i that no other coordinate could explain as well: 1
where i moves them in its own way, towards 0 where others do the same ("tolerance", the inverse of the
variance inflation factor: Belsley, Kuh, Welsch, Regression Diagnostics, 1980). It is 0 where no seen marker
moves with i, and where i belongs to the null space of H.

    sd^2 = s^2 ((H + T)^-1)_ii                           s^2 = cost sum(w) / (3 m - n + tasks)
    sd^2 = sd_m^2 ((H + T)^-1 J^T W^2 J (H + T)^-1)_ii   with a given standard deviation of the markers

The first takes weights as inverse variances and their common size from the frame's own residual (m markers;
n, the rank of H + T, is how many directions they and the tasks tell). The second is what independent noise of
sd_m in each marker and direction does to a weighted fit. Both are first order, leave bounds out, and know
nothing of what is wrong in the same way for many frames (soft tissue, a badly scaled segment). A coordinate
with observability 0 has an infinite sd, whatever task holds it; a locked one is known: sd 0, observability 1.

The two say different things. A turn about an axis that its one marker is 1 mm away from moves that marker in
its own way (observability 1), but so little that 5 mm of noise leave it an sd of 5 rad. Observability
compares coordinates with one another; whether a value can be used is for its sd to say.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinelab.body.inverse_frame import equations
from kinelab.body.inverse_kernel import STILL_M2
from kinelab.body.inverse_problem import Posed, Problem, with_frames
from kinelab.body.model import BodyModel
from kinelab.core.checks import Array, BoolArray, IntArray

SINGULAR = 1e-9  # eigenvalue of H with a unit diagonal below which a direction is in the null space
ROUNDING = 1e-13  # added to a unit diagonal, so that an exactly singular matrix can be inverted, and is found
NUMBERS_AT_ONCE = 2_000_000  # of matrices of frames
SHARE = 1e-4  # part of a coordinate that must lie in the null space for it to count as not observable


def all_uncertainties(
    model: BodyModel, posed: Posed, poses: Array, cost: Array, marker_sd_m: float | None
) -> tuple[Array, Array]:
    """sd (rad, m) and observability of all coordinates, each (T, C)."""
    frames, unknowns = poses.shape[0], posed.problem.unknown.size
    sd, seen = np.empty((frames, unknowns)), np.empty((frames, unknowns))
    at_once = 1 + NUMBERS_AT_ONCE // (1 + unknowns**2)
    for first in range(0, frames, at_once):
        some = np.arange(first, min(first + at_once, frames))
        part = posed._replace(problem=with_frames(posed.problem, some))
        sd[some], seen[some] = uncertainty(part, poses[some], cost[some], marker_sd_m)
    return spread_to_all(model, posed, sd, seen, poses)


def uncertainty(posed: Posed, poses: Array, cost: Array, marker_sd_m: float | None) -> tuple[Array, Array]:
    """sd and observability (T, F) of the unknowns at poses (T, C) with costs (T,)."""
    problem = posed.problem
    matrix = normal_matrices(posed, problem._replace(task=problem.task[:0]), poses)
    told, inverse, rank = _inverted(matrix)
    with np.errstate(divide="ignore"):
        alone = 1 / (_diagonal(matrix) * _diagonal(inverse))
    observability = np.where(told, np.clip(alone, 0, 1), 0.0)
    if problem.task.size:
        matrix[:, problem.task, problem.task] += problem.task_weight
        _, inverse, rank = _inverted(matrix)
    there = np.isfinite(problem.seen_m[:, :, 0])
    if marker_sd_m is None:
        freedom = 3 * there.sum(axis=1) + problem.task.size - rank
        size = np.where(freedom > 0, cost / np.maximum(freedom, 1), np.nan)
        variance = size[:, None] * _diagonal(inverse)
    else:
        bare = problem._replace(task=problem.task[:0], weight=problem.weight**2)
        spread = inverse @ normal_matrices(posed, bare, poses) @ inverse
        weights = np.where(there.any(axis=1), (there * problem.weight).sum(axis=1), np.inf)
        share = (there * bare.weight).sum(axis=1) / weights**2
        variance = marker_sd_m**2 * share[:, None] * _diagonal(spread)
    return np.where(told, np.sqrt(np.maximum(variance, 0.0)), np.inf), observability


def normal_matrices(posed: Posed, problem: Problem, poses: Array) -> Array:
    """H + T of all frames of a problem, (T, F, F), both over the sum of weights; 0 without markers."""
    frames, unknowns = poses.shape[0], problem.unknown.size
    matrix, gradient = np.zeros((frames, unknowns, unknowns)), np.empty((frames, unknowns))
    equations(posed.plan, posed.lengths_m, problem, poses, np.empty(frames), matrix, gradient)
    return matrix + np.tril(matrix, -1).swapaxes(1, 2)


def _diagonal(matrix: Array) -> Array:
    return np.asarray(np.einsum("tff->tf", matrix))


def _inverted(matrix: Array) -> tuple[BoolArray, Array, IntArray]:
    """The pseudo-inverses of matrices (T, F, F), between what no null space touches, and their ranks (T,).

    First comes (T, F): True for what moves something and is in no null space.
    """
    moved = _diagonal(matrix) > STILL_M2
    size = np.sqrt(np.where(moved, _diagonal(matrix), 1.0))
    unit = np.where(moved[:, :, None] & moved[:, None, :], matrix, 0.0) / size[:, :, None] / size[:, None, :]
    every = np.arange(size.shape[1])
    unit[:, every, every] = 1.0
    inverse: NDArray[Any] = np.linalg.inv(unit + ROUNDING * np.eye(size.shape[1]))
    told, rank, own = moved.copy(), moved.sum(axis=1), _diagonal(inverse)
    at = np.flatnonzero(((own < 0) | (own > 1 / SINGULAR)).any(axis=1))
    if at.size:
        value, vector = np.linalg.eigh(unit[at])
        null = value < 10 * SINGULAR * np.maximum(value[:, -1:], 1.0)
        told[at] &= (vector**2 * null[:, None, :]).sum(axis=2) < SHARE
        rank[at] -= null.sum(axis=1)
        share = np.where(null, 0.0, 1 / np.where(null, 1.0, value))
        inverse[at] = (vector * share[:, None, :]) @ vector.swapaxes(1, 2)
    return told, inverse / size[:, :, None] / size[:, None, :], rank


def spread_to_all(
    model: BodyModel, posed: Posed, sd: Array, seen: Array, poses: Array
) -> tuple[Array, Array]:
    """sd and observability (T, C) of all coordinates from those of the unknowns (T, F).

    What a coupler sets has the sd of what it follows times its slope (of several, the sum: an upper bound)
    and the smallest of their observabilities. Locked coordinates are known.
    """
    shape = (sd.shape[0], len(model.coordinates))
    all_sd, all_seen = np.zeros(shape), np.ones(shape)
    all_sd[:, posed.problem.unknown], all_seen[:, posed.problem.unknown] = sd, seen
    for coupler in model.couplers:
        at = model.coordinate_index(coupler.dependent)
        all_sd[:, at] = 0.0
        for term in coupler.terms:
            if term.coordinate is None:
                continue
            of = model.coordinate_index(term.coordinate)
            slope = np.abs(term.function.derivative(poses[:, of]))
            all_sd[:, at] += np.where(slope > 0, slope, 0.0) * np.where(slope > 0, all_sd[:, of], 0.0)
            all_seen[:, at] = np.minimum(all_seen[:, at], all_seen[:, of])
    return all_sd, all_seen


def is_told(model: BodyModel, sd: Array, observability: Array) -> BoolArray:
    """(T, C) whether the markers tell a coordinate more than its range does.

    A value drawn evenly from a range has an sd of width / sqrt(12); a coordinate whose sd is larger than that
    of its range (for an angle: of a whole turn, where the range is wider) is a guess. An sd that is not known
    does not speak against it.
    """
    width = np.array([one.range[1] - one.range[0] for one in model.coordinates])
    turning = np.array([one.unit == "rad" for one in model.coordinates])
    width = np.where(turning, np.minimum(width, 2 * np.pi), width)
    known_better = ~(sd > width / np.sqrt(12))
    return np.asarray((observability > 0) & known_better)
