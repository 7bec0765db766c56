from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.virtual_lab.drawing.items import item_of
from kinelab.virtual_lab.drawing.near import NEAR_M, cut_near
from kinelab.virtual_lab.drawing.surface import Drawn, Material, Surface


def area(vertex: Array, face: Array) -> float:
    a, b, c = (vertex[face[:, k]].astype(float) for k in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


@pytest.mark.parametrize("behind", [(0,), (1, 2), (0, 2), (0, 1, 2)])
def test_what_is_left_ends_at_the_plane_and_keeps_area_place_and_turn(
    behind: tuple[int, ...], surface_of: Callable[[Array, Array, Material], Surface]
) -> None:
    vertex = np.array([[-1.0, 0, 2], [1, 0, 3], [0, 2, 2.5]])
    vertex[list(behind), 2] *= -1
    item = item_of(Drawn(surface_of(vertex, np.array([[0, 1, 2]]), Material((1, 1, 1))), vertex))
    cut = cut_near(item, vertex[:, 2].copy())
    used = cut.vertex[cut.face]
    assert used.size == 0 or used[..., 2].min() >= NEAR_M - 1e-6
    # Area by a fine grid of places in the triangle.
    share = np.random.default_rng(0).dirichlet([1, 1, 1], 200_000) @ vertex
    whole = area(vertex, item.face)
    assert area(cut.vertex, cut.face) == pytest.approx(
        whole * (share[:, 2] > NEAR_M).mean(), abs=0.01 * whole
    )
    if used.size:
        assert np.allclose(cut.carried[:, 3:6], cut.vertex, atol=1e-5)
        turn = np.cross(used[:, 1] - used[:, 0], used[:, 2] - used[:, 0])
        first = np.cross(vertex[1] - vertex[0], vertex[2] - vertex[0])
        assert (turn @ first > 0).all()


def test_two_triangles_cut_through_their_shared_edge_still_share_it(
    surface_of: Callable[[Array, Array, Material], Surface],
) -> None:
    vertex = np.array([[0.1, 0.2, -1.0], [0.3, 1.7, 2.1], [1.0, 0.0, 2.0], [-1.0, 0.4, 2.0]])
    surface = surface_of(vertex, np.array([[0, 2, 1], [0, 1, 3]]), Material((1, 1, 1)))
    cut = cut_near(item_of(Drawn(surface, vertex)), vertex[:, 2].copy())
    new = cut.vertex[4:]
    pairs = np.abs(new[:, None] - new[None]).max(axis=-1)
    # Four crossings, of which the two on the shared edge are the same place to the bit.
    assert len(new) == 4
    assert ((pairs == 0).sum() - 4) == 2
