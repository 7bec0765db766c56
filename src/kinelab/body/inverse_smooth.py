"""Inverse kinematics of all frames together: markers against smooth motion.

Added to what the markers say is that coordinates accelerate with a standard deviation s_a about zero:

    sum_t  m_t / s_m^2  cost_t(q_t)  +  sum_t sum_c ((q_{t-1,c} - 2 q_t,c + q_{t+1,c}) rate^2 / s_a)^2

with m_t markers seen and s_m the markers' standard deviation. It is the estimate of largest posterior
probability of a random walk of the velocities, solved by Gauss-Newton; its matrix has a band of two frames
(the fixed-interval smoother of Rauch, Tung and Striebel, AIAA J 1965;3:1445, written as one least squares).
Frames that lack markers are bridged.
"""

from __future__ import annotations

import numpy as np

from kinelab.body.inverse_frame import equations
from kinelab.body.inverse_kernel import STILL_M2
from kinelab.body.inverse_problem import Posed, Problem
from kinelab.body.inverse_sweep import Answer
from kinelab.core.checks import Array, BoolArray

STEPS = 60
DAMPING = 1e-9
PROMISE = 1e-10  # of the objective: a smaller gain ends the search


def smooth(posed: Posed, answer: Answer, sd_deg_s2: float, rate_hz: float, marker_sd_m: float | None) -> None:
    """Smooth the poses of `answer` in place; its costs become those of the markers at the smooth poses.

    Needs three frames; fewer stay as they are. A frame counts as converged if all together did.
    """
    problem = posed.problem
    frames, unknowns = problem.seen_m.shape[0], problem.unknown.size
    if frames < 3 or not np.isfinite(answer.cost).any():
        return
    seen = np.isfinite(problem.seen_m[:, :, 0]).sum(axis=1)
    weight = seen / (_marker_variance(problem, answer.cost, seen) if marker_sd_m is None else marker_sd_m**2)
    stiffness = (rate_hz**2 / np.deg2rad(sd_deg_s2)) ** 2
    matrix, gradient = np.zeros((frames, unknowns, unknowns)), np.zeros((frames, unknowns))
    poses = answer.pose
    told = np.zeros(unknowns, dtype=np.bool_)
    value = _objective(posed, poses, weight, stiffness, answer.cost)
    damping, done = DAMPING, False
    for _ in range(STEPS):
        equations(*posed, poses, np.empty(frames), matrix, gradient)
        told |= (np.einsum("tff->tf", matrix) > STILL_M2).any(axis=0)
        x = poses[:, problem.unknown]
        slope = weight[:, None] * gradient + stiffness * _second_differences_twice(x)
        held = ((x <= problem.lower) & (slope > 0)) | ((x >= problem.upper) & (slope < 0)) | ~told
        band = _band(weight[:, None, None] * matrix, stiffness)
        while damping < 1e6:
            step = _solve_banded(band, np.where(held, 0.0, -slope), held, damping)
            trial = poses.copy()
            trial[:, problem.unknown] = np.clip(x + step, problem.lower, problem.upper)
            cost = np.empty(frames)
            now = _objective(posed, trial, weight, stiffness, cost)
            if now <= value:
                break
            damping = max(10 * damping, 1e-5)
        else:
            break
        gain, value, damping = value - now, now, max(damping / 10, DAMPING)
        poses[:], answer.cost[:] = trial, cost
        if gain <= PROMISE * value:
            done = True
            break
    answer.converged[:] &= done


def _marker_variance(problem: Problem, cost: Array, seen: Array) -> float:
    """Median over the frames of the marker variance in one direction, m^2."""
    freedom = np.maximum(3 * seen - problem.unknown.size, 1)
    return max(float(np.nanmedian(cost * seen / freedom)), 1e-12)


def _objective(posed: Posed, poses: Array, weight: Array, stiffness: float, cost: Array) -> float:
    """The objective; the frames' own costs go to `cost` (T,), NaN without markers."""
    equations(*posed, poses, cost, *_no_equations())
    bent = np.diff(poses[:, posed.problem.unknown], n=2, axis=0)
    return float(np.nansum(weight * cost) + stiffness * (bent**2).sum())


def _no_equations() -> tuple[Array, Array]:
    """In place of matrix and gradient, where only costs are asked for."""
    return np.empty((0, 0, 0)), np.empty((0, 0))


def _second_differences_twice(x: Array) -> Array:
    """Half the gradient of the sum of squared second differences of x (T, F)."""
    bent = np.diff(x, n=2, axis=0)
    out = np.zeros_like(x)
    out[:-2] += bent
    out[1:-1] -= 2 * bent
    out[2:] += bent
    return out


def _band(matrix: Array, stiffness: float) -> Array:
    """Lower band (2 F + 1, T F) of the whole matrix from the frames' blocks (T, F, F)."""
    T, F = matrix.shape[:2]
    band = np.zeros((2 * F + 1, T, F))
    for f in range(F):
        for i in range(f + 1):
            band[f - i, :, i] = matrix[:, f, i]
    for near, share in ((0, (1.0, 4.0, 1.0)), (1, (-2.0, -2.0)), (2, (1.0,))):
        for k, value in enumerate(share):
            band[near * F, k : T - 2 + k] += stiffness * value
    return band.reshape(2 * F + 1, T * F)


def _solve_banded(band: Array, right: Array, held: BoolArray, damping: float) -> Array:
    """Solve with some unknowns held at 0; `right`, `held` (T, F)."""
    from scipy.linalg import solveh_banded

    matrix = band.copy()
    matrix[0] *= 1 + damping
    stays = held.ravel()
    for row in range(matrix.shape[0]):
        n = stays.size - row
        matrix[row, :n][stays[:n] | stays[row:]] = 0.0
    matrix[0, stays] = 1.0
    step: Array = solveh_banded(matrix, right.ravel(), lower=True, overwrite_ab=True)
    return step.reshape(held.shape)
