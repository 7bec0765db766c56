"""Bundle adjustment: cameras and what they saw, moved together until the reprojection errors are least.

Levenberg and Marquardt's method on the normal equations, reduced to the cameras by Schur's complement
(Triggs, McLauchlan, Hartley, Fitzgibbon, Bundle adjustment: a modern synthesis, 2000), with analytic
derivatives and Cauchy's robust weights. scipy's least_squares takes a sparse Jacobian too, but knows nothing
of its blocks, has no priors, and gives no covariance.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.spatial.transform import Rotation

from kinelab.cameras.rig import Rig
from kinelab.core.checks import Array, IntArray
from kinelab.errors import InputError
from kinelab.geometry.projection_derivatives import N_INTRINSICS, project_with_derivatives

_STEPS = 100
_ENOUGH = 1e-7  # of the cost: what less gain does to a camera is far below its sd
_N = N_INTRINSICS + 6  # numbers of a camera: intrinsics, turn (rad), translation (m)


@dataclass(frozen=True, eq=False)
class Sightings:
    """M sights: camera (M,) saw body point (M,) of thing (M,) at px (M, 2), with sd_px (M,) a coordinate."""

    camera: IntArray
    thing: IntArray
    point: IntArray
    px: Array
    sd_px: Array


@dataclass(frozen=True, eq=False)
class Things:
    """What was seen: S rigid things, x_world = rotation (S, 3, 3) @ body_m (P, 3) + translation_m (S, 3).

    A board is seen in S frames with its P corners; free points are things with the one body point 0 that do
    not turn (turns False).
    """

    rotation: Array
    translation_m: Array
    body_m: Array
    turns: bool


@dataclass(frozen=True, eq=False)
class Adjusted:
    """The most likely rig and things; error_px (M, 2) seen minus reprojected; sd (C, 15) of intrinsics, turn
    (rad) and translation (m), relative to the first camera; 0 where held; converged."""

    rig: Rig
    things: Things
    error_px: Array
    sd: Array
    converged: bool


def free_points(points_m: Array) -> Things:
    """Points (S, 3) m, each free by itself."""
    return Things(np.broadcast_to(np.eye(3), (len(points_m), 3, 3)), points_m, np.zeros((1, 3)), turns=False)


def adjust(
    rig: Rig, things: Things, sightings: Sightings, intrinsics_sd: Array, *, tail_sd: float = 3.0,
    hold_cameras: bool = False,
) -> Adjusted:  # fmt: skip
    """Move cameras and things to the least robust reprojection error; the first camera keeps its place.

    intrinsics_sd (C, 9): how far each may be from where it starts (a prior; 0 = held, inf = free). tail_sd:
    from so many standard deviations on a sight loses its say. hold_cameras: no camera leaves its place.

    Raises:
        InputError: a sight that is no number, or no sights at all.
    """
    if not len(sightings.px) or not np.isfinite(sightings.px).all():
        raise InputError("adjust: there are no sights, or one of them is NaN; leave out what was not seen")
    prior = _prior(rig, intrinsics_sd, hold_cameras)
    state = (rig, things)
    cost = _cost(rig, state, sightings, prior, tail_sd)
    damping, converged = 1e-3, False
    for _ in range(_STEPS):
        system = _normal(rig, state, sightings, prior, tail_sd)
        while True:
            step = _solve(system, damping, prior)
            tried = _moved(state, *step)
            new = _cost(rig, tried, sightings, prior, tail_sd)
            if new <= cost or damping > 1e10:
                break
            damping *= 10
        gain = cost - new
        if not gain >= 0:
            converged = damping > 1e10  # no step is better: this is the bottom
            break
        state, cost, damping = tried, new, max(damping / 10, 1e-12)
        if gain <= _ENOUGH * cost + 1e-18:
            converged = True
            break
    error = _errors(state, sightings)[0]
    return Adjusted(*state, error, _sd(rig, state, sightings, prior, tail_sd), converged)


def reprojection_px(rig: Rig, things: Things, sightings: Sightings) -> Array:
    """Seen minus reprojected, (M, 2) px; NaN for what lies behind the camera."""
    return _errors((rig, things), sightings)[0]


def _prior(rig: Rig, intrinsics_sd: Array, hold: bool) -> Array:
    """(C, 15) sd of each camera number: 0 held, inf free."""
    sd = np.full((len(rig.names), _N), np.inf)
    sd[:, :N_INTRINSICS] = intrinsics_sd
    sd[rig.fisheye, N_INTRINSICS - 1] = 0
    sd[0 if not hold else slice(None), N_INTRINSICS:] = 0
    return sd


def _errors(state: tuple[Rig, Things], s: Sightings) -> tuple[Array, Array, Array, Array, Array]:
    """error (M, 2), derivatives by the camera's axes (M, 2, 3) and intrinsics (M, 2, 9), both turns' arms."""
    rig, things = state
    arm = np.einsum("mij,mj->mi", things.rotation[s.thing], things.body_m[s.point])
    world = arm + things.translation_m[s.thing]
    local_arm = np.einsum("mij,mj->mi", rig.rotation[s.camera], world)
    local = local_arm + rig.translation_m[s.camera]
    px, by_local, by_intrinsics = project_with_derivatives(
        local, rig.intrinsics[s.camera], rig.fisheye[s.camera]
    )
    return s.px - px, by_local, by_intrinsics, local_arm, arm


def _cost(start: Rig, state: tuple[Rig, Things], s: Sightings, prior: Array, tail: float) -> float:
    square = ((_errors(state, s)[0] / s.sd_px[:, None]) ** 2).sum(axis=1)
    off = (state[0].intrinsics - start.intrinsics) / np.where(prior > 0, prior, np.inf)[:, :N_INTRINSICS]
    # A sight behind the camera costs as one that is far off, so that a step there can still be refused.
    square = np.where(np.isfinite(square), square, 1e12)
    return float(tail**2 * np.log1p(square / tail**2).sum() + (off**2).sum())


def _normal(
    start: Rig, state: tuple[Rig, Things], s: Sightings, prior: Array, tail: float
) -> tuple[Array, ...]:
    """Normal equations in blocks: cameras (Cn, Cn), things (S, q, q), between (S, q, Cn); right sides."""
    rig, things = state
    error, by_local, by_intrinsics, local_arm, arm = _errors(state, s)
    behind = ~np.isfinite(error).all(axis=1)
    square = ((error / s.sd_px[:, None]) ** 2).sum(axis=1)
    weight = np.where(behind, 0.0, 1 / (1 + square / tail**2) / s.sd_px**2)
    error, by_local = np.nan_to_num(error), np.nan_to_num(by_local)
    to_world = by_local @ rig.rotation[s.camera]
    jc = np.concatenate([np.nan_to_num(by_intrinsics), -by_local @ _cross(local_arm), by_local], axis=2)
    jt = np.concatenate([-to_world @ _cross(arm), to_world], axis=2) if things.turns else to_world
    n_c, n_t, q = len(rig.names), len(things.rotation), jt.shape[2]
    wjc, wjt = weight[:, None, None] * jc, weight[:, None, None] * jt
    cameras = np.zeros((n_c, _N, n_c, _N))
    block = _summed(jc.transpose(0, 2, 1) @ wjc, s.camera, n_c)
    right_c = _summed(np.einsum("mik,mi->mk", wjc, error), s.camera, n_c)
    own = 1 / np.where(prior > 0, prior, np.inf)[:, :N_INTRINSICS] ** 2
    block[:, range(N_INTRINSICS), range(N_INTRINSICS)] += own
    right_c[:, :N_INTRINSICS] -= own * (rig.intrinsics - start.intrinsics)
    cameras[range(n_c), :, range(n_c)] = block
    each = _summed(jt.transpose(0, 2, 1) @ wjt, s.thing, n_t)
    right_t = _summed(np.einsum("mik,mi->mk", wjt, error), s.thing, n_t)
    between = _summed(jt.transpose(0, 2, 1) @ wjc, s.thing * n_c + s.camera, n_t * n_c)
    flat = between.reshape(n_t, n_c, q, _N).transpose(0, 2, 1, 3).reshape(n_t, q, n_c * _N)
    return cameras.reshape(n_c * _N, -1), each, flat, right_c.ravel(), right_t


def _summed(blocks: Array, group: IntArray, n: int) -> Array:
    """Sums (n, ...) of the blocks (M, ...) of each group; many times as fast as np.add.at."""
    rows = csr_array((np.ones(len(group)), (group, np.arange(len(group)))), shape=(n, len(group)))
    total = np.asarray(rows @ blocks.reshape(len(blocks), -1))
    return total.reshape(n, *blocks.shape[1:])


def _reduced(
    system: tuple[Array, ...], damping: float, prior: Array
) -> tuple[IntArray, Array, Array, Array, Array, Array]:
    """Schur's complement on the cameras' free numbers."""
    cameras, each, between, right_c, right_t = system
    free = np.flatnonzero(prior.ravel() > 0)
    diagonal = np.einsum("tii->ti", each)
    damped = each + (damping * diagonal + 1e-12)[:, :, None] * np.eye(each.shape[1])
    inverse = np.linalg.inv(damped)
    part = between[:, :, free]
    carried = inverse @ part
    matrix = cameras[np.ix_(free, free)] - np.tensordot(part, carried, ([0, 1], [0, 1]))
    matrix += np.diag(damping * np.diag(cameras)[free])
    right = right_c[free] - np.einsum("tqf,tq->f", carried, right_t)
    return free, matrix, right, inverse, part, right_t


def _solve(system: tuple[Array, ...], damping: float, prior: Array) -> tuple[Array, Array]:
    """Steps of the cameras (C, 15) and of the things (S, q)."""
    free, matrix, right, inverse, part, right_t = _reduced(system, damping, prior)
    scale = 1 / np.sqrt(np.maximum(np.diag(system[0])[free], 1e-30))
    scaled = matrix * scale[:, None] * scale
    step = scale * np.linalg.lstsq(scaled, scale * right, rcond=1e-14)[0]
    cameras = np.zeros(prior.size)
    cameras[free] = step
    things = np.einsum("tij,tj->ti", inverse, right_t - np.einsum("tqf,f->tq", part, step))
    return cameras.reshape(prior.shape), things


def _moved(state: tuple[Rig, Things], cameras: Array, things: Array) -> tuple[Rig, Things]:
    rig, seen = state
    k = N_INTRINSICS
    turned = Rotation.from_rotvec(cameras[:, k : k + 3]).as_matrix() @ rig.rotation
    new = dataclasses.replace(
        rig, intrinsics=rig.intrinsics + cameras[:, :k], rotation=turned,
        translation_m=rig.translation_m + cameras[:, k + 3 :],
    )  # fmt: skip
    rotation = seen.rotation
    if seen.turns:
        rotation = Rotation.from_rotvec(things[:, :3]).as_matrix() @ rotation
    return new, dataclasses.replace(
        seen, rotation=rotation, translation_m=seen.translation_m + things[:, -3:]
    )


def _sd(start: Rig, state: tuple[Rig, Things], s: Sightings, prior: Array, tail: float) -> Array:
    """(C, 15) from the inverse of the reduced normal matrix, times the spread that the errors show."""
    system = _normal(start, state, s, prior, tail)
    free, matrix, *_ = _reduced(system, 0.0, prior)
    scale = 1 / np.sqrt(np.maximum(np.diag(matrix), 1e-30))
    inverse = scale[:, None] * np.linalg.pinv(matrix * scale[:, None] * scale, hermitian=True) * scale
    error = _errors(state, s)[0] / s.sd_px[:, None]
    spread = 1.4826 * float(np.nanmedian(np.abs(error)))
    sd = np.zeros(prior.size)
    sd[free] = spread * np.sqrt(np.maximum(np.diag(inverse), 0))
    return sd.reshape(prior.shape)


def _cross(v: Array) -> Array:
    """(M, 3, 3) matrices of the cross product v x."""
    zero = np.zeros(len(v))
    x, y, z = v.T
    return np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)
