"""Scales, marker shifts and poses of many frames at once: Gauss-Newton with the poses eliminated.

Minimised over q (one pose a frame), p (log scale factors = basis @ p) and d (shifts of the markers in their
bodies' frames):

    sum over frames and markers of rho(|y - marker(q, p, d)| / sd)  +  |(p - mean) / sd|^2
    +  sum over markers of |d / sd|^2, or c^2 log(1 + |d / sd|^2 / c^2) for a loose marker
    +  |(q - default) / sd|^2                 (weak: only for what no marker sees)

with rho Huber's (Robust Statistics, 1981): squared up to 3 sd, then straight, so that a swapped or flying
marker cannot bend the body. Loose markers, which the model does not call fixed, have a long-tailed (Cauchy)
prior, c = 2: many sit near their place in the model, but those of a cluster were stuck on anywhere and must
not pull the bone along. A frame's pose touches no other frame's: its block is solved first and what is
left for p and d is the Schur complement (Triggs et al., Bundle adjustment, 2000, section 6.1), whose inverse
at the end is their covariance. Residuals are turned into their bodies' frames, where d marker / d d is one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kinelab.body.forward import forward
from kinelab.body.jacobian import marker_jacobian, scale_jacobian
from kinelab.body.joint_estimation_groups import ScaleBasis
from kinelab.body.model import GROUND, BodyModel
from kinelab.core.checks import Array, BoolArray, IntArray

HUBER = 3.0
CAUCHY = 2.0
MAX_STEPS = 100
ENOUGH = 0.003  # fall of the cost, in squared standard deviations, that ends the search
LEAST_DAMPED, MOST_DAMPED = 1e-9, 1e8
LEAST_SD = 1e-6  # m; keeps the shift of a marker that may not move in the equations


class Sought(NamedTuple):
    """The problem: a model with the K markers seen, marker_m (F, K, 3) with NaN where not seen."""

    model: BodyModel
    marker_m: Array
    measurement_sd_m: float
    scales: ScaleBasis
    shift_sd_m: Array  # (K,)
    loose: BoolArray  # (K,)


class Found(NamedTuple):
    """A solution: q (F, C), p (P,), d (K, 3), the covariance of (p, d flattened), and how it was found."""

    coordinates: Array
    p: Array
    shift_m: Array
    covariance: Array
    cost: float
    steps: int
    converged: bool


class _Blocks(NamedTuple):
    """Normal equations: pose (F, C, C), cross (F, C, G), shared (G, G), and the right-hand sides."""

    pose: Array
    cross: Array
    shared: Array
    pose_side: Array
    shared_side: Array
    cost: float


def solve_jointly(sought: Sought, coordinates: Array, p: Array, shift_m: Array) -> Found:
    """Search from poses (F, C), scale numbers p (P,) and shifts (K, 3).

    Levenberg-Marquardt, the damping after Nielsen (Damping parameter in Marquardt's method, IMM-REP-1999-05).
    """
    free = _free(sought.model)
    low, high = (bound[free] for bound in _bounds(sought.model))
    q, d = coordinates.copy(), shift_m
    q[:, free] = np.clip(q[:, free], low, high)
    damping, growth, converged, steps = 1e-3, 2.0, False, 0
    blocks = _blocks(sought, free, q, p, d)
    while not converged and steps < MAX_STEPS:
        steps += 1
        held = _held(q[:, free], blocks.pose_side, low, high)
        dq, dg = _step(blocks, held, damping)
        tried_q = q.copy()
        tried_q[:, free] = np.clip(q[:, free] + dq, low, high)
        tried_p, tried_d = p + dg[: p.size], d + dg[p.size :].reshape(-1, 3)
        fall = blocks.cost - _cost(sought, tried_q, tried_p, tried_d)
        if fall <= 0:
            damping, growth = damping * growth, growth * 2
            converged = damping > MOST_DAMPED  # no step downhill is left within rounding
            continue
        share = fall / max(_promised(blocks, dq, dg, damping), 1e-300)
        converged = fall < ENOUGH and damping < 1.0
        damping, growth = max(damping * max(0.1, 1 - (2 * min(share, 1.0) - 1) ** 3), LEAST_DAMPED), 2.0
        q, p, d = tried_q, tried_p, tried_d
        blocks = _blocks(sought, free, q, p, d)
    held = _held(q[:, free], blocks.pose_side, low, high)
    covariance = np.asarray(np.linalg.inv(_reduced(blocks, held, LEAST_DAMPED)[0]), dtype=np.float64)
    return Found(q, p, d, covariance, blocks.cost, steps, converged)


def _promised(blocks: _Blocks, dq: Array, dg: Array, damping: float) -> float:
    """Fall of the cost by a step, were the equations exact."""
    stiff = (dq**2 * np.einsum("fii->fi", blocks.pose)).sum() + dg**2 @ np.diag(blocks.shared)
    return float((dq * blocks.pose_side).sum() + dg @ blocks.shared_side + damping * stiff)


def _free(model: BodyModel) -> IntArray:
    return np.array(
        [
            at
            for at, one in enumerate(model.coordinates)
            if not one.locked and one.name not in model.dependent
        ],
        dtype=np.int64,
    )


def _bounds(model: BodyModel) -> tuple[Array, Array]:
    ranges = [one.range if one.clamped else (-np.inf, np.inf) for one in model.coordinates]
    bounds = np.array(ranges, dtype=np.float64).reshape(-1, 2)
    return bounds[:, 0], bounds[:, 1]


def _pose_prior(model: BodyModel) -> tuple[Array, Array]:
    """Default value and weak standard deviation of each coordinate: its range, and never less than 1."""
    spans = [one.range[1] - one.range[0] for one in model.coordinates]
    return model.default_coordinates, np.maximum(np.array(spans), 1.0)


def _held(q: Array, downhill: Array, low: Array, high: Array) -> BoolArray:
    """Coordinates (F, C) that stand at a bound and would leave it."""
    return ((q <= low) & (downhill < 0)) | ((q >= high) & (downhill > 0))


def _residuals(sought: Sought, q: Array, p: Array, d: Array) -> tuple[Array, Array, Array]:
    """Residuals (F, K, 3) m in the bodies' frames (0 where not seen), rotations, and sizes (F, K) in sd."""
    placed = forward(sought.model, q, sought.scales.factors(p), d)
    rows = {name: row for row, name in enumerate(sought.model.body_names)}
    turned = np.concatenate([placed.rotation, np.broadcast_to(np.eye(3), (q.shape[0], 1, 3, 3))], axis=1)
    of_marker = [rows[marker.body] if marker.body != GROUND else len(rows) for marker in sought.model.markers]
    rotation = turned[:, of_marker]
    error_m = np.nan_to_num(sought.marker_m - placed.marker_m)
    inner_m = np.einsum("fkij,fki->fkj", rotation, error_m)
    return inner_m, rotation, np.linalg.norm(error_m, axis=2) / sought.measurement_sd_m


def pose_costs(sought: Sought, q: Array, p: Array, d: Array) -> Array:
    """Each frame's own part of the cost (F,): its markers and its pose."""
    return _pose_costs(sought, _residuals(sought, q, p, d)[2], q)


def _pose_costs(sought: Sought, size: Array, q: Array) -> Array:
    rho = np.where(size <= HUBER, size**2, HUBER * (2 * size - HUBER)).sum(axis=1)
    default, pose_sd = _pose_prior(sought.model)
    return np.asarray(rho + (((q - default) / pose_sd)[:, _free(sought.model)] ** 2).sum(axis=1))


def _total(sought: Sought, size: Array, q: Array, p: Array, d: Array) -> float:
    scales, far = sought.scales, _far(sought, d)
    prior = (((p - scales.prior_mean) / scales.prior_sd) ** 2).sum()
    prior += np.where(sought.loose, CAUCHY**2 * np.log1p(far / CAUCHY**2), far).sum()
    return float(_pose_costs(sought, size, q).sum() + prior)


def _far(sought: Sought, d: Array) -> Array:
    """Squared size of the shifts (K,), in prior sd."""
    return np.asarray(((d / _shift_sd(sought)[:, None]) ** 2).sum(axis=1))


def _shift_weight(sought: Sought, d: Array) -> Array:
    """Pull of the prior on each shift's components (3 K,)."""
    tail = np.where(sought.loose, 1 + _far(sought, d) / CAUCHY**2, 1.0)
    return np.repeat(1 / (_shift_sd(sought) ** 2 * tail), 3)


def _cost(sought: Sought, q: Array, p: Array, d: Array) -> float:
    return _total(sought, _residuals(sought, q, p, d)[2], q, p, d)


def _shift_sd(sought: Sought) -> Array:
    return np.maximum(sought.shift_sd_m, LEAST_SD)


def _blocks(sought: Sought, free: IntArray, q: Array, p: Array, d: Array) -> _Blocks:
    """Normal equations of the problem at a point, markers weighed after Huber."""
    frames, count = q.shape[0], len(sought.model.markers)
    inner_m, rotation, size = _residuals(sought, q, p, d)
    seen = np.isfinite(sought.marker_m).all(axis=2)
    weight = seen * np.minimum(1.0, HUBER / np.maximum(size, 1e-12)) / sought.measurement_sd_m**2
    factors = sought.scales.factors(p)
    by_pose = marker_jacobian(sought.model, q, factors, d)[..., free]
    by_pose = (rotation.swapaxes(2, 3) @ by_pose).reshape(frames, 3 * count, -1)
    by_p = scale_jacobian(sought.model, q).reshape(frames, count, 3, -1) @ (
        factors.reshape(-1, 1) * sought.scales.basis
    )
    by_p = (rotation.swapaxes(2, 3) @ by_p).reshape(frames, 3 * count, -1)
    w = np.repeat(weight, 3, axis=1)
    heavy_pose, heavy_p = (w[..., None] * by_pose).swapaxes(1, 2), (w[..., None] * by_p).swapaxes(1, 2)
    error = inner_m.reshape(frames, -1)
    default, pose_sd = _pose_prior(sought.model)
    pose_weight = 1 / pose_sd[free] ** 2
    shared = np.zeros((p.size + 3 * count,) * 2)
    shared[: p.size, : p.size] = (heavy_p @ by_p).sum(axis=0) + np.diag(1 / sought.scales.prior_sd**2)
    shared[: p.size, p.size :] = heavy_p.sum(axis=0)
    shared[p.size :, : p.size] = shared[: p.size, p.size :].T
    shift_weight = _shift_weight(sought, d)
    shared[p.size :, p.size :] = np.diag(w.sum(axis=0) + shift_weight)
    p_side = (heavy_p @ error[..., None]).sum(axis=0)[:, 0]
    p_side -= (p - sought.scales.prior_mean) / sought.scales.prior_sd**2
    d_side = (w * error).sum(axis=0) - d.ravel() * shift_weight
    return _Blocks(
        heavy_pose @ by_pose + np.diag(pose_weight),
        np.concatenate([heavy_pose @ by_p, heavy_pose], axis=2),
        shared,
        (heavy_pose @ error[..., None])[..., 0] - pose_weight * (q - default)[:, free],
        np.concatenate([p_side, d_side]),
        _total(sought, size, q, p, d),
    )


def _reduced(blocks: _Blocks, held: BoolArray, damping: float) -> tuple[Array, Array, Array, Array]:
    """Schur complement (G, G) and its right-hand side; poses' own solution (F, C) and slope (F, C, G)."""
    moves = ~held
    pose = blocks.pose * moves[:, :, None] * moves[:, None, :]
    diagonal = np.einsum("fii->fi", pose)  # a view: writes go into pose
    diagonal *= 1 + damping
    diagonal += held
    cross = blocks.cross * moves[..., None]
    right = np.concatenate([cross, (blocks.pose_side * moves)[..., None]], axis=2)
    solved = np.linalg.solve(pose, right)
    slope, own = solved[..., :-1], solved[..., -1]
    flat = cross.reshape(-1, cross.shape[2])
    matrix = blocks.shared + damping * np.diag(np.diag(blocks.shared))
    matrix -= flat.T @ slope.reshape(-1, cross.shape[2])
    return matrix, blocks.shared_side - flat.T @ own.ravel(), own, slope


def _step(blocks: _Blocks, held: BoolArray, damping: float) -> tuple[Array, Array]:
    """Steps of the poses (F, C) and of what all frames share (G,)."""
    matrix, side, own, slope = _reduced(blocks, held, damping)
    shared = np.asarray(np.linalg.solve(matrix, side), dtype=np.float64)
    return own - slope @ shared, shared
