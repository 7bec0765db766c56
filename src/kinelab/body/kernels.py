"""One pose of a skeletal model, compiled: coordinates in, bodies, joint centres, markers and twists out.

`place` and `differentiate` work on one frame in a `Work` that is passed in, and allocate nothing: forward
kinematics, Jacobians and inverse kinematics are loops around them.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from kinelab.body.kernel_functions import sum_of_terms
from kinelab.body.plan import Plan
from kinelab.body.vectors import (
    Vector,
    combined,
    matrix_row,
    plus,
    put,
    put_matrix_row,
    row_of,
    times,
    times_turn,
)
from kinelab.core.checks import Array
from kinelab.core.compiled import compiled, compiled_inside

GROUND_ROW = -1


class Work(NamedTuple):
    """Where one frame is worked out; all in ground, m and rad.

    coordinate (C,) with the dependent ones set; slope (.,) of each term; amount (A,) angle or length of each
    axis; chain (.,); rotation (S + 1, 3, 3) and position (S + 1, 3) of the bodies, the last row (-1) being
    ground itself, so that what hangs on ground is no exception; centre (S, 3) of the joints;
    marker (M, 3); pole (., 3) of the ellipsoids; axis (A, 3) directions, those of lengths scaled;
    axis_twist (A, 6), twist (., 6): (w, u) per unit of the amount, of the coordinate: a point p of the body
    moves by w x p + u.
    """

    coordinate: Array
    slope: Array
    amount: Array
    chain: Array
    rotation: Array
    position: Array
    centre: Array
    marker: Array
    pole: Array
    axis: Array
    axis_twist: Array
    twist: Array


@compiled_inside
def workspace(plan: Plan) -> Work:
    """A `Work` for this plan; one for each thread."""
    bodies, axes = plan.joints.shape[0], plan.term_start.shape[0] - 1
    work = Work(
        np.zeros(plan.coordinate_count),
        np.zeros(plan.terms.shape[0]),
        np.zeros(axes),
        np.zeros(plan.chains.shape[0]),
        np.zeros((bodies + 1, 3, 3)),
        np.zeros((bodies + 1, 3)),
        np.zeros((bodies, 3)),
        np.zeros((plan.marker_body.shape[0], 3)),
        np.zeros(((plan.fixed_m.shape[0] - plan.first_ellipsoid) // 4, 3)),
        np.zeros((axes, 3)),
        np.zeros((axes, 6)),
        np.zeros((plan.twists.shape[0], 6)),
    )
    for i in range(3):
        work.rotation[GROUND_ROW, i, i] = 1.0
    return work


@compiled
def scale_lengths(plan: Plan, scales: Array, marker_shift_m: Array, lengths_m: Array) -> None:
    """Fill lengths_m (N, 3) for scales (S, 3); shifts (M, 3) m, in the body's frame, are added after it."""
    for n in range(lengths_m.shape[0]):
        row = plan.scale_row[n]
        for i in range(3):
            total = plan.fixed_m[n, i]
            if row >= 0:
                for k in range(3):
                    total += plan.by_scale_m[n, i, k] * scales[row, k]
            lengths_m[n, i] = total
    for m in range(plan.marker_body.shape[0]):
        for i in range(3):
            lengths_m[plan.first_marker + m, i] += marker_shift_m[m, i]


@compiled_inside
def place(plan: Plan, lengths_m: Array, coordinates: Array, work: Work) -> None:
    """Everything of `work` but the twists, for coordinates (C,), rad or m."""
    set_coordinates(plan, coordinates, work)
    _place_bodies(plan, lengths_m, work)
    _place_markers(plan, lengths_m, work)


@compiled_inside
def set_coordinates(plan: Plan, coordinates: Array, work: Work) -> None:
    """All coordinates, and the amount of each axis; the slope of each term on the way."""
    for c in range(coordinates.shape[0]):
        work.coordinate[c] = coordinates[c]
    for k in range(plan.couplers.shape[0]):
        first, stop = plan.couplers[k, 1], plan.couplers[k, 2]
        work.coordinate[plan.couplers[k, 0]] = sum_of_terms(plan, first, stop, work.coordinate, work.slope)
    for a in range(work.amount.shape[0]):
        work.amount[a] = sum_of_terms(
            plan, plan.term_start[a], plan.term_start[a + 1], work.coordinate, work.slope
        )


@compiled_inside
def _place_bodies(plan: Plan, lengths_m: Array, work: Work) -> None:
    joints, r = plan.joints.shape[0], work.rotation
    for j in range(joints):
        parent, child, ellipsoid = plan.joints[j, 0], plan.joints[j, 1], plan.joints[j, 5]
        a, b, c = matrix_row(r, parent, 0), matrix_row(r, parent, 1), matrix_row(r, parent, 2)
        centre = plus(row_of(work.position, parent), times(a, b, c, row_of(lengths_m, j)), 1.0)
        for k in range(plan.joints[j, 3], plan.joints[j, 4]):
            direction = times(a, b, c, row_of(lengths_m, plan.first_axis + k))
            put(work.axis, k, direction)
            centre = plus(centre, direction, work.amount[k])
        for k in range(plan.joints[j, 2], plan.joints[j, 3]):
            axis = row_of(lengths_m, plan.first_axis + k)
            direction = times(a, b, c, axis)
            put(work.axis, k, direction)
            sine, cosine = math.sin(work.amount[k]), math.cos(work.amount[k])
            a = times_turn(a, axis, direction[0], sine, cosine)
            b = times_turn(b, axis, direction[1], sine, cosine)
            c = times_turn(c, axis, direction[2], sine, cosine)
        if ellipsoid >= 0:
            pole = times(a, b, c, row_of(lengths_m, plan.first_ellipsoid + 4 * ellipsoid))
            put(work.pole, ellipsoid, pole)
            centre = plus(centre, by_radii(plan, lengths_m, work, j, pole), 1.0)
        if plan.turned[j]:
            x, y, z = matrix_row(plan.turn, j, 0), matrix_row(plan.turn, j, 1), matrix_row(plan.turn, j, 2)
            a, b, c = combined(a, x, y, z), combined(b, x, y, z), combined(c, x, y, z)
        put_matrix_row(r, child, 0, a)
        put_matrix_row(r, child, 1, b)
        put_matrix_row(r, child, 2, c)
        put(work.centre, j, centre)
        put(work.position, child, plus(centre, times(a, b, c, row_of(lengths_m, joints + j)), -1.0))


@compiled_inside
def _place_markers(plan: Plan, lengths_m: Array, work: Work) -> None:
    r = work.rotation
    for m in range(plan.marker_body.shape[0]):
        body = plan.marker_body[m]
        a, b, c = matrix_row(r, body, 0), matrix_row(r, body, 1), matrix_row(r, body, 2)
        offset = times(a, b, c, row_of(lengths_m, plan.first_marker + m))
        put(work.marker, m, plus(row_of(work.position, body), offset, 1.0))


@compiled_inside
def by_radii(plan: Plan, lengths_m: Array, work: Work, joint: int, v: Vector) -> Vector:
    """R M R^T v of an ellipsoid joint, with R the rotation of its parent body."""
    first = plan.first_ellipsoid + 4 * plan.joints[joint, 5]
    r, parent = work.rotation, plan.joints[joint, 0]
    a, b, c = matrix_row(r, parent, 0), matrix_row(r, parent, 1), matrix_row(r, parent, 2)
    x, y, z = row_of(lengths_m, first + 1), row_of(lengths_m, first + 2), row_of(lengths_m, first + 3)
    return times(a, b, c, times(x, y, z, combined(v, a, b, c)))
