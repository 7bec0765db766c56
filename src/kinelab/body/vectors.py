"""Vectors of three as tuples, for compiled code: they live in registers, and nothing is allocated."""

from __future__ import annotations

from kinelab.core.checks import Array
from kinelab.core.compiled import compiled_inside

Vector = tuple[float, float, float]


@compiled_inside
def row_of(table: Array, n: int) -> Vector:
    """Row n of a table (., 3)."""
    return table[n, 0], table[n, 1], table[n, 2]


@compiled_inside
def put(table: Array, n: int, v: Vector) -> None:
    """Write row n of a table (., 3)."""
    table[n, 0], table[n, 1], table[n, 2] = v


@compiled_inside
def twist_of(table: Array, n: int) -> tuple[Vector, Vector]:
    """Row n of a table (., 6), as its two halves."""
    return (table[n, 0], table[n, 1], table[n, 2]), (table[n, 3], table[n, 4], table[n, 5])


@compiled_inside
def put_twist(table: Array, n: int, w: Vector, u: Vector) -> None:
    """Write row n of a table (., 6)."""
    table[n, 0], table[n, 1], table[n, 2] = w
    table[n, 3], table[n, 4], table[n, 5] = u


@compiled_inside
def matrix_row(matrices: Array, n: int, i: int) -> Vector:
    """Row i of matrix n of (., 3, 3)."""
    return matrices[n, i, 0], matrices[n, i, 1], matrices[n, i, 2]


@compiled_inside
def put_matrix_row(matrices: Array, n: int, i: int, v: Vector) -> None:
    """Write row i of matrix n of (., 3, 3)."""
    matrices[n, i, 0], matrices[n, i, 1], matrices[n, i, 2] = v


@compiled_inside
def dot(a: Vector, b: Vector) -> float:
    """Scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@compiled_inside
def cross(a: Vector, b: Vector) -> Vector:
    """Vector product."""
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


@compiled_inside
def plus(a: Vector, b: Vector, factor: float) -> Vector:
    """a + factor b."""
    return a[0] + factor * b[0], a[1] + factor * b[1], a[2] + factor * b[2]


@compiled_inside
def times(a: Vector, b: Vector, c: Vector, v: Vector) -> Vector:
    """The matrix with rows a, b, c times the column v."""
    return dot(a, v), dot(b, v), dot(c, v)


@compiled_inside
def combined(v: Vector, a: Vector, b: Vector, c: Vector) -> Vector:
    """v[0] a + v[1] b + v[2] c: the row v times the matrix with rows a, b, c."""
    return (
        v[0] * a[0] + v[1] * b[0] + v[2] * c[0],
        v[0] * a[1] + v[1] * b[1] + v[2] * c[1],
        v[0] * a[2] + v[1] * b[2] + v[2] * c[2],
    )


@compiled_inside
def times_turn(g: Vector, axis: Vector, along: float, sine: float, cosine: float) -> Vector:
    """The row g times the rotation about a unit axis; along = g . axis (Rodrigues)."""
    rest = along * (1.0 - cosine)
    swept = cross(g, axis)
    return (
        cosine * g[0] + sine * swept[0] + rest * axis[0],
        cosine * g[1] + sine * swept[1] + rest * axis[1],
        cosine * g[2] + sine * swept[2] + rest * axis[2],
    )
