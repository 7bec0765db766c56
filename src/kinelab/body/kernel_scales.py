"""How the scale factors move bodies and markers at a pose, compiled; exact, for places are linear in them."""

from __future__ import annotations

from kinelab.body.kernels import Work
from kinelab.body.plan import Plan
from kinelab.body.vectors import Vector, combined, matrix_row, row_of
from kinelab.core.checks import Array
from kinelab.core.compiled import compiled_inside


@compiled_inside
def scale_slopes(plan: Plan, work: Work, origins: Array, markers: Array) -> None:
    """Fill origins (S, 3, S, 3) and markers (M, 3, S, 3), m per unit of factor, after `place`.

    The first S and 3 are a body's origin or a marker in ground; the last S and 3 are factors.
    """
    bodies, r = plan.joints.shape[0], work.rotation
    for j in range(bodies):
        parent, child = plan.joints[j, 0], plan.joints[j, 1]
        _start(origins, parent, origins, child)
        a, b, c = matrix_row(r, parent, 0), matrix_row(r, parent, 1), matrix_row(r, parent, 2)
        _add(plan, j, 1.0, a, b, c, origins, child)
        for k in range(plan.joints[j, 3], plan.joints[j, 4]):
            _add(plan, plan.first_axis + k, work.amount[k], a, b, c, origins, child)
        if plan.joints[j, 5] >= 0:
            _add_ellipsoid(plan, work, j, origins, child)
        a, b, c = matrix_row(r, child, 0), matrix_row(r, child, 1), matrix_row(r, child, 2)
        _add(plan, bodies + j, -1.0, a, b, c, origins, child)
    for m in range(plan.marker_body.shape[0]):
        body = plan.marker_body[m]
        _start(origins, body, markers, m)
        a, b, c = matrix_row(r, body, 0), matrix_row(r, body, 1), matrix_row(r, body, 2)
        _add(plan, plan.first_marker + m, 1.0, a, b, c, markers, m)


@compiled_inside
def _start(origins: Array, body: int, slopes: Array, at: int) -> None:
    """Set slopes[at] to those of a body's origin; to zero for none, which is ground."""
    for i in range(3):
        for row in range(slopes.shape[2]):
            for k in range(3):
                slopes[at, i, row, k] = origins[body, i, row, k] if body >= 0 else 0.0


@compiled_inside
def _add(plan: Plan, n: int, factor: float, a: Vector, b: Vector, c: Vector, slopes: Array, at: int) -> None:
    """Add factor R by_scale_m[n] to slopes[at], for the body that row n scales with; R has rows a, b, c."""
    row = plan.scale_row[n]
    if row < 0:
        return
    for k in range(3):
        x, y, z = plan.by_scale_m[n, 0, k], plan.by_scale_m[n, 1, k], plan.by_scale_m[n, 2, k]
        slopes[at, 0, row, k] += factor * (a[0] * x + a[1] * y + a[2] * z)
        slopes[at, 1, row, k] += factor * (b[0] * x + b[1] * y + b[2] * z)
        slopes[at, 2, row, k] += factor * (c[0] * x + c[1] * y + c[2] * z)


@compiled_inside
def _add_ellipsoid(plan: Plan, work: Work, joint: int, slopes: Array, at: int) -> None:
    """Add R d(M R^T pole)/ds to slopes[at], of an ellipsoid joint, R the rotation of its parent body."""
    ellipsoid = plan.joints[joint, 5]
    first = plan.first_ellipsoid + 4 * ellipsoid + 1
    row = plan.scale_row[first]
    if row < 0:
        return
    r, parent = work.rotation, plan.joints[joint, 0]
    a, b, c = matrix_row(r, parent, 0), matrix_row(r, parent, 1), matrix_row(r, parent, 2)
    pole = combined(row_of(work.pole, ellipsoid), a, b, c)
    for k in range(3):
        for i in range(3):
            slope = 0.0
            for m in range(3):
                slope += plan.by_scale_m[first + i, m, k] * pole[m]
            slopes[at, 0, row, k] += a[i] * slope
            slopes[at, 1, row, k] += b[i] * slope
            slopes[at, 2, row, k] += c[i] * slope
