from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.checks import Array, IntArray
from kinelab.virtual_lab.drawing.shapes import box, joined, tube
from kinelab.virtual_lab.drawing.surface import Material


def volume(vertex: Array, face: IntArray) -> float:
    """Signed: positive when all triangles are counter-clockwise seen from outside (divergence theorem)."""
    a, b, c = (vertex[face[:, i]] for i in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def test_a_box_is_closed_and_faces_outwards() -> None:
    shape = box((0.2, 0.5, 1.1), (3, -1, 2))
    assert volume(shape.vertex_m, shape.face) == pytest.approx(0.2 * 0.5 * 1.1)


@pytest.mark.parametrize(
    "path",
    [
        [(0, 0, 0), (0, 1, 0), (0, 2, 0)],
        [(0, 1, 0), (1, 1, 0), (2, 1, 0)],
        [(1, 0, 0), (0, 0, 1), (-1, 0, 2)],
    ],
)
def test_a_tube_is_a_prism_that_faces_outwards(path: list[tuple[float, ...]]) -> None:
    shape = tube(path, 0.1, sides=16)
    length = np.linalg.norm(np.diff(path, axis=0), axis=1).sum()
    area = 16 / 2 * np.sin(2 * np.pi / 16) * 0.1**2
    assert volume(shape.vertex_m, shape.face) == pytest.approx(area * length, rel=1e-6)


def test_joining_keeps_each_shape_and_its_material() -> None:
    first, second = box((1, 1, 1), (0, 0, 0)), box((1, 2, 1), (5, 0, 0), material=1)
    surface = joined([first, second], (Material((0.5, 0.5, 0.5)), Material((0.1, 0.1, 0.1))))
    assert volume(surface.rest_m.astype(float), surface.face.astype(np.int64)) == pytest.approx(3)
    assert set(surface.rest_m[surface.face[surface.material == 1], 0].ravel()) == {4.5, 5.5}
