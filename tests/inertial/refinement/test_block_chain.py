"""The chain's solution and covariances are those of the whole matrix inverted at once."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.inertial.refinement.block_chain import ChainEquations, solve_chain


def random_chain(links: int, n: int, m: int, seed: int) -> tuple[ChainEquations, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    size = links * n + m
    whole = np.eye(size)
    for k in range(links):  # readings of a link, the next one and the constants
        rows = np.r_[k * n : min(k + 2, links) * n, links * n : size]
        some = rng.standard_normal((2 * n, rows.size))
        whole[np.ix_(rows, rows)] += some.T @ some
    right = rng.standard_normal(size)
    cut = [slice(k * n, (k + 1) * n) for k in range(links)]
    last = slice(links * n, size)
    chain = ChainEquations(
        np.stack([whole[one, one] for one in cut]),
        np.stack([whole[a, b] for a, b in pairwise(cut)]) if links > 1 else np.empty((0, n, n)),
        np.stack([whole[one, last] for one in cut]),
        whole[last, last],
        right[: links * n].reshape(links, n),
        right[last],
    )
    return chain, whole, right


@pytest.mark.parametrize(("links", "n", "m"), [(1, 3, 2), (2, 4, 0), (7, 3, 5), (30, 6, 4)])
def test_as_the_whole_matrix(links: int, n: int, m: int) -> None:
    chain, whole, right = random_chain(links, n, m, seed=links)
    found = solve_chain(chain)
    expected, inverse = np.linalg.solve(whole, right), np.linalg.inv(whole)
    np.testing.assert_allclose(found.links.ravel(), expected[: links * n], atol=1e-9)
    np.testing.assert_allclose(found.constants, expected[links * n :], atol=1e-9)
    assert found.link_covariance is not None
    assert found.constant_covariance is not None
    assert found.cross is not None
    for k in range(links):
        own = slice(k * n, (k + 1) * n)
        np.testing.assert_allclose(found.link_covariance[k], inverse[own, own], atol=1e-9)
        np.testing.assert_allclose(found.cross[k], inverse[own, links * n :], atol=1e-9)
    np.testing.assert_allclose(found.constant_covariance, inverse[links * n :, links * n :], atol=1e-9)
    assert solve_chain(chain, covariance=False).link_covariance is None


def test_what_nothing_tells_is_an_error() -> None:
    chain, _, _ = random_chain(4, 3, 2, seed=0)
    chain.diagonal[2] = 0.0
    with pytest.raises(InputError, match="leave link 2 open"):
        solve_chain(chain)
