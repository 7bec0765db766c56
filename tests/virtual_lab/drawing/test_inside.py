from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.virtual_lab.drawing.inside import windings


def test_a_closed_surface_goes_round_what_is_inside_once(sphere: Callable[..., tuple[Array, Array]]) -> None:
    vertex, face = sphere(0.5, (0.0, 1.0, 0.0))
    corners, triangles = vertex.astype(np.float32), face.astype(np.int32)
    for away, expected in ((0.0, 1.0), (0.45, 1.0), (0.55, 0.0), (3.0, 0.0)):
        point = np.array([0.0, 1.0, 0.0]) + away * np.array([0.6, 0.0, 0.8])
        assert windings(corners, triangles, point) == pytest.approx(expected, abs=1e-4)


def test_half_a_sphere_goes_half_round_its_middle(sphere: Callable[..., tuple[Array, Array]]) -> None:
    vertex, face = sphere(0.5, (0.0, 0.0, 0.0))
    upper = face[(vertex[face][..., 1].mean(axis=1)) > 0]
    around = windings(vertex.astype(np.float32), upper.astype(np.int32), np.zeros(3))
    assert around == pytest.approx(0.5, abs=0.01)
