from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.virtual_lab.drawing.items import item_of
from kinelab.virtual_lab.drawing.sky import SkyMap, sky_map, sky_share
from kinelab.virtual_lab.drawing.surface import Drawn, Material, Surface

SurfaceOf = Callable[[Array, Array, Material], Surface]
UP, RIGHT, LEFT = (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.0, -1.0)


def cloud(surface_of: SurfaceOf, points: Array) -> SkyMap:
    face = np.array([[0, 1, 2]])
    return sky_map([item_of(Drawn(surface_of(points, face, Material((1, 1, 1))), points))])


def roof(height_m: float, x_m: tuple[float, float], z_m: tuple[float, float]) -> Array:
    x, z = np.meshgrid(np.arange(*x_m, 0.02), np.arange(*z_m, 0.02))
    return np.stack([x.ravel(), np.full(x.size, height_m), z.ravel()], axis=1)


def share(seen: SkyMap, at: tuple[float, float, float], normal: tuple[float, float, float]) -> float:
    return sky_share(seen.top, seen.place, at, normal)


def test_the_sky_is_closed_under_a_roof_and_open_over_it_and_beside(surface_of: SurfaceOf) -> None:
    seen = cloud(surface_of, roof(1.0, (-0.4, 0.4), (-0.4, 0.4)))
    assert share(seen, (0.0, 0.5, 0.0), UP) == pytest.approx(0, abs=1e-4)
    assert share(seen, (0.0, 1.0, 0.0), UP) == pytest.approx(1)
    assert share(seen, (2.0, 0.5, 0.0), UP) == 1


def test_a_wall_darkens_what_looks_at_it_and_not_what_looks_away(surface_of: SurfaceOf) -> None:
    seen = cloud(surface_of, roof(1.0, (-0.5, 0.5), (0.1, 0.2)))
    towards, away = share(seen, (0.0, 0.6, 0.0), RIGHT), share(seen, (0.0, 0.6, 0.0), LEFT)
    assert towards < 0.6
    assert away > 0.9
    # Further below its top the wall hides more.
    assert share(seen, (0.0, 0.3, 0.0), RIGHT) <= towards < share(seen, (0.0, 0.95, 0.0), RIGHT)
