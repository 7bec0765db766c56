"""Exact derivatives of forward kinematics: markers and bodies by coordinates, markers by scale factors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kinelab.body.frame_input import frame_input, over_frames
from kinelab.body.kernel_scales import scale_slopes
from kinelab.body.kernel_twists import differentiate
from kinelab.body.kernels import Work, place, scale_lengths, workspace
from kinelab.body.model import BodyModel
from kinelab.body.plan import Plan, compile_plan
from kinelab.body.vectors import Vector, cross, plus, row_of, twist_of
from kinelab.core.checks import Array
from kinelab.core.compiled import compiled, compiled_inside


@dataclass(frozen=True, eq=False)
class BodyJacobian:
    """Motion of the bodies per unit of each coordinate, in ground, (T, S, 3, C); one pose has no T.

    angular: the body turns about this vector, rad per rad or m; dR/dq = skew(angular) R. linear: its origin
    moves along this vector, m per rad or m.
    """

    angular: Array
    linear: Array


def marker_jacobian(
    model: BodyModel,
    coordinates: ArrayLike,
    scales: ArrayLike | None = None,
    marker_shift_m: ArrayLike | None = None,
    threads: int = 1,
) -> Array:
    """d marker / d coordinate in ground, (T, M, 3, C) m per rad or m; (M, 3, C) for one pose.

    Arguments as in `forward.forward`. What a coordinate moves through couplers is in its own column, a
    dependent coordinate's column is zero. At a break of a piecewise function the right-hand slope counts.

    Raises:
        InputError: a shape that does not fit the model, or a scale that is not positive.
    """
    given = frame_input(model, coordinates, scales, marker_shift_m)
    plan, frames = compile_plan(model), given.coordinates.shape[0]
    result = np.zeros((frames, len(model.markers), 3, len(model.coordinates)))

    def work(start: int, stop: int) -> None:
        _marker_frames(
            start, stop, plan, given.coordinates, given.scales, given.marker_shift_m, result
        )  # fmt: skip

    over_frames(work, frames, threads)
    return given.shaped(result)


def body_jacobian(
    model: BodyModel, coordinates: ArrayLike, scales: ArrayLike | None = None, threads: int = 1
) -> BodyJacobian:
    """Angular and linear motion of all bodies by the coordinates; arguments and couplers as for markers.

    Raises:
        InputError: a shape that does not fit the model, or a scale that is not positive.
    """
    given = frame_input(model, coordinates, scales)
    plan, frames = compile_plan(model), given.coordinates.shape[0]
    shape = (frames, len(model.bodies), 3, len(model.coordinates))
    angular, linear = np.zeros(shape), np.zeros(shape)

    def work(start: int, stop: int) -> None:
        _body_frames(
            start, stop, plan, given.coordinates, given.scales, given.marker_shift_m, angular, linear
        )  # fmt: skip

    over_frames(work, frames, threads)
    return BodyJacobian(given.shaped(angular), given.shaped(linear))


def scale_jacobian(model: BodyModel, coordinates: ArrayLike, threads: int = 1) -> Array:
    """d marker / d scale factor in ground, (T, M, 3, S, 3) m; (M, 3, S, 3) for one pose.

    At given coordinates markers are linear in the factors of all bodies, so this holds for any factors s:
    marker(s) = marker(1) + scale_jacobian . (s - 1), marker shifts included. The factors of a body that
    scales as another (`Body.scaled_as`) move nothing.

    Raises:
        InputError: not as many columns as the model has coordinates.
    """
    given = frame_input(model, coordinates)
    plan, frames, bodies = compile_plan(model), given.coordinates.shape[0], len(model.bodies)
    result = np.zeros((frames, len(model.markers), 3, bodies, 3))

    def work(start: int, stop: int) -> None:
        _scale_frames(start, stop, plan, given.coordinates, given.scales, given.marker_shift_m, result)

    over_frames(work, frames, threads)
    return given.shaped(result)


@compiled
def _marker_frames(
    start: int, stop: int, plan: Plan, coordinates: Array, scales: Array, marker_shift_m: Array, result: Array
) -> None:
    work = workspace(plan)
    lengths_m = np.empty(plan.fixed_m.shape)
    for t in range(start, stop):
        if t == start or scales.shape[0] > 1:
            scale_lengths(plan, scales[t if scales.shape[0] > 1 else 0], marker_shift_m, lengths_m)
        place(plan, lengths_m, coordinates[t], work)
        differentiate(plan, lengths_m, work)
        for m in range(plan.marker_body.shape[0]):
            if plan.marker_body[m] >= 0:
                _fill_columns(plan, work, plan.marker_body[m], row_of(work.marker, m), result[t], m)


@compiled
def _body_frames(
    start: int, stop: int, plan: Plan, coordinates: Array, scales: Array, marker_shift_m: Array,
    angular: Array, linear: Array,
) -> None:  # fmt: skip
    work = workspace(plan)
    lengths_m = np.empty(plan.fixed_m.shape)
    for t in range(start, stop):
        if t == start or scales.shape[0] > 1:
            scale_lengths(plan, scales[t if scales.shape[0] > 1 else 0], marker_shift_m, lengths_m)
        place(plan, lengths_m, coordinates[t], work)
        differentiate(plan, lengths_m, work)
        for body in range(plan.joints.shape[0]):
            _fill_columns(plan, work, body, row_of(work.position, body), linear[t], body)
            for k in range(plan.column_start[body], plan.column_start[body + 1]):
                for i in range(3):
                    angular[t, body, i, plan.columns[k, 0]] = work.twist[plan.columns[k, 1], i]


@compiled_inside
def _fill_columns(plan: Plan, work: Work, body: int, point: Vector, columns: Array, at: int) -> None:
    """Motion of a point of a body by each free coordinate, into columns[at] (3, C)."""
    for k in range(plan.column_start[body], plan.column_start[body + 1]):
        column, twist = plan.columns[k, 0], plan.columns[k, 1]
        w, u = twist_of(work.twist, twist)
        moved = plus(cross(w, point), u, 1.0)
        columns[at, 0, column], columns[at, 1, column], columns[at, 2, column] = moved


@compiled
def _scale_frames(
    start: int, stop: int, plan: Plan, coordinates: Array, scales: Array, marker_shift_m: Array, result: Array
) -> None:
    work = workspace(plan)
    lengths_m = np.empty(plan.fixed_m.shape)
    origins = np.zeros((plan.joints.shape[0], 3, plan.joints.shape[0], 3))
    scale_lengths(plan, scales[0], marker_shift_m, lengths_m)
    for t in range(start, stop):
        place(plan, lengths_m, coordinates[t], work)
        scale_slopes(plan, work, origins, result[t])
