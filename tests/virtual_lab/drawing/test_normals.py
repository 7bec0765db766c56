from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kinelab.core.checks import Array
from kinelab.virtual_lab.drawing.normals import vertex_normals


def test_normals_of_a_sphere_point_outwards_along_the_radius(
    sphere: Callable[..., tuple[Array, Array]],
) -> None:
    vertex, face = sphere(0.4, (1.0, 2.0, 3.0))
    normal = vertex_normals(vertex.astype(np.float32), face.astype(np.int32))
    radial = (vertex - [1, 2, 3]) / 0.4
    # The poles are many vertices, each in one triangle.
    inner = np.abs(radial[:, 1]) < 0.999
    assert ((normal * radial).sum(axis=1)[inner] > np.cos(np.radians(1.5))).all()
    assert np.allclose(np.linalg.norm(normal[inner], axis=1), 1, atol=1e-6)


def test_a_vertex_without_area_has_no_normal() -> None:
    vertex = np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0], [5, 5, 5]], np.float32)
    normal = vertex_normals(vertex, np.array([[0, 1, 2]], np.int32))
    assert np.array_equal(normal, np.zeros((4, 3)))
