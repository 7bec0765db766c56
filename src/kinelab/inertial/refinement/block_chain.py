"""Least squares of a chain in time with a few constants: solved, with the covariance of every link.

The normal equations are block-tridiagonal in the links x_k (K, n), each of which may also depend on the
constants z (m):

    | D_0  E_0            B_0 | |x_0|   |r_0|
    | E_0' D_1  E_1       B_1 | |x_1| = |r_1|
    |      ...            ... | |...|   |...|
    | B_0' B_1  ...       Z   | | z |   |r_z|

Elimination along the chain and back (Rauch, Tung & Striebel 1965 is its case without constants); the work
grows with K, not with its square.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri

from kinelab.core.checks import Array
from kinelab.errors import InputError


@dataclass(frozen=True, eq=False)
class ChainEquations:
    """diagonal D (K, n, n), next E (K - 1, n, n), border B (K, n, m), constant Z (m, m); right-hand sides
    (K, n) and (m,)."""

    diagonal: Array
    next: Array
    border: Array
    constant: Array
    right: Array
    constant_right: Array


@dataclass(frozen=True, eq=False)
class ChainSolution:
    """links (K, n), constants (m,); link_covariance (K, n, n), constant_covariance (m, m), and cross
    (K, n, m) between the two. The covariances are None where they were not asked for."""

    links: Array
    constants: Array
    link_covariance: Array | None = None
    constant_covariance: Array | None = None
    cross: Array | None = None


def solve_chain(equations: ChainEquations, covariance: bool = True) -> ChainSolution:
    """Solution of the normal equations, and the inverse's blocks that belong to one link each.

    Raises:
        InputError: the equations leave something open (the matrix is not positive definite).
    """
    count, n = equations.right.shape
    m = equations.constant_right.size
    gain, inverse = np.empty((count, n, n)), np.empty((count, n, n))
    ahead = np.empty((count, n, 1 + m))
    pivot, given = equations.diagonal[0], _given(equations, 0)
    for k in range(count):
        inverse[k] = _inverse(pivot, f"link {k}")
        ahead[k] = inverse[k] @ given
        if k + 1 < count:
            gain[k] = inverse[k] @ equations.next[k]
            pivot = equations.diagonal[k + 1] - equations.next[k].T @ gain[k]
            given = _given(equations, k + 1) - equations.next[k].T @ ahead[k]
    for k in range(count - 2, -1, -1):
        ahead[k] -= gain[k] @ ahead[k + 1]
        if covariance:
            inverse[k] += gain[k] @ inverse[k + 1] @ gain[k].T
    own, through = ahead[:, :, 0], ahead[:, :, 1:]
    left = equations.constant - np.einsum("kim,kin->mn", equations.border, through)
    spread = _inverse(left, "the constants")
    constants = spread @ (equations.constant_right - np.einsum("kim,ki->m", equations.border, own))
    links = own - through @ constants
    if not covariance:
        return ChainSolution(links, constants)
    cross = -through @ spread
    return ChainSolution(links, constants, inverse - cross @ through.swapaxes(1, 2), spread, cross)


def _given(equations: ChainEquations, k: int) -> Array:
    return np.concatenate([equations.right[k][:, None], equations.border[k]], axis=1)


def _inverse(matrix: Array, what: str) -> Array:
    if not len(matrix):
        return matrix
    factor, wrong = dpotrf(matrix, lower=1)
    if wrong:
        raise InputError(f"the least squares leave {what} open: a prior is missing")
    half, _ = dpotri(factor, lower=1)  # the upper half is zero
    whole = half + half.T
    whole.flat[:: len(whole) + 1] *= 0.5
    return np.asarray(whole)
