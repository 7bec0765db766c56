from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.virtual_lab.drawing.floor_shadow import dark_at, floor_shadow
from kinelab.virtual_lab.drawing.items import Item, item_of
from kinelab.virtual_lab.drawing.shadow import flat_map, lit_share, place_in
from kinelab.virtual_lab.drawing.surface import Drawn, Material, Surface

SurfaceOf = Callable[[Array, Array, Material], Surface]


def plate(surface_of: SurfaceOf, height_m: float, half_m: float = 0.5) -> Item:
    vertex = np.array([[-1, 0, -1], [-1, 0, 1], [1, 0, 1], [1, 0, -1]], float) * half_m + [0, height_m, 0]
    return item_of(Drawn(surface_of(vertex, np.array([[0, 1, 2], [0, 2, 3]]), Material((1, 1, 1))), vertex))


def test_a_map_holds_distances_along_the_light(surface_of: SurfaceOf) -> None:
    direction = np.array([1.0, 2.0, 0.5]) / np.linalg.norm([1.0, 2.0, 0.5])
    seen = flat_map([plate(surface_of, 1.0)], -direction, 0.01)
    for place in ([0.0, 1.0, 0.0], [0.3, 1.0, -0.4], [-0.4, 1.0, 0.2]):
        u, v, along = place_in(seen.frame, *place)
        assert -seen.near[round(v), round(u)] == pytest.approx(along, abs=0.01)
    assert np.isinf(seen.near[0]).all()


def test_places_behind_are_dark_before_are_lit_and_the_edge_is_soft(surface_of: SurfaceOf) -> None:
    seen = flat_map([plate(surface_of, 1.0)], np.array([0.0, -1.0, 0.0]), 0.01)

    def lit(x: float, y: float) -> float:
        return lit_share(seen.frame, seen.near, x, y, 0.0, 0.004)

    assert lit(0, 0.5) == 0
    assert lit(0, 1.2) == 1
    assert lit(0, 1.0) == 1
    assert lit(0.6, 0.5) == 1
    across = [lit(x, 0.5) for x in np.linspace(0.46, 0.54, 41).tolist()]
    assert (np.diff(across) >= -1e-9).all()
    assert len(set(np.round(across, 3))) > 10


@pytest.mark.parametrize(("height_m", "softness_deg"), [(0.5, 2.0), (1.0, 2.0), (1.0, 5.0)])
def test_the_half_shadow_is_as_wide_as_the_lamp_makes_it(
    height_m: float, softness_deg: float, surface_of: SurfaceOf
) -> None:
    items = [plate(surface_of, height_m)]
    key = flat_map(items, np.array([0.0, -1.0, 0.0]), 0.008)
    shadow = floor_shadow(key, items, softness_deg)
    place = np.linspace(0.2, 0.8, 1201)
    dark = np.array([dark_at(shadow.dark, shadow.place, x, 0.0)[0] for x in place.tolist()])
    assert dark[0] == pytest.approx(1, abs=1e-6)
    assert dark[-1] == 0
    # Half dark under the plate's edge, and a ramp of twice height x tan of the lamp's half angle.
    assert place[np.argmin(np.abs(dark - 0.5))] == pytest.approx(0.5, abs=0.01)
    width = np.ptp(place[(dark > 0.02) & (dark < 0.98)])
    assert width == pytest.approx(2 * height_m * np.tan(np.radians(softness_deg)), abs=0.035)


def test_contact_darkens_what_is_near_the_floor_and_not_what_is_high(surface_of: SurfaceOf) -> None:
    def under(height_m: float) -> float:
        items = [plate(surface_of, height_m, 0.1)]
        key = flat_map(items, np.array([0.0, -1.0, 0.0]), 0.008)
        shadow = floor_shadow(key, items, 3.0)
        return dark_at(shadow.dark, shadow.place, 0.0, 0.0)[1]

    standing, low, high, away = under(0.0), under(0.1), under(0.25), under(0.6)
    assert standing > 0.6
    assert standing > low > high > away == 0


def test_beyond_the_grid_and_off_the_floor_there_is_no_shadow(surface_of: SurfaceOf) -> None:
    items = [plate(surface_of, 1.0)]
    shadow = floor_shadow(flat_map(items, np.array([0.0, -1.0, 0.0]), 0.008), items, 3.0)
    assert dark_at(shadow.dark, shadow.place, 50.0, 0.0) == (0.0, 0.0)
    assert dark_at(shadow.dark, shadow.place, np.nan, np.nan) == (0.0, 0.0)
    assert dark_at(shadow.dark, shadow.place, 0.0, 0.0)[0] == pytest.approx(1, abs=1e-6)
