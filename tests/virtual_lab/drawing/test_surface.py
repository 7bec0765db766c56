"""Surfaces are checked when they are made."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.virtual_lab.drawing.surface import Material, Surface

CORNERS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], float)


def test_what_is_carried_over_triangles_lies_side_by_side(surface_of: Callable[..., Surface]) -> None:
    surface = surface_of(CORNERS, np.array([[0, 1, 2]]), Material((1, 1, 1)))
    assert surface.carried.shape == (3, 8)
    assert np.array_equal(surface.carried[:, 3:6], surface.rest_m)
    assert np.array_equal(surface.carried[:, 6:], [[1, 0]] * 3)  # cover, and no creases
    creased = replace(surface, crease=np.arange(3, dtype=np.float32))
    assert np.array_equal(creased.carried[:, 7], [0, 1, 2])


def test_creases_of_another_count_are_told(surface_of: Callable[..., Surface]) -> None:
    surface = surface_of(CORNERS, np.array([[0, 1, 2]]), Material((1, 1, 1)))
    with pytest.raises(InputError, match="crease"):
        replace(surface, crease=np.zeros(2, np.float32))
