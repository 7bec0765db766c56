from __future__ import annotations

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.virtual_lab.drawing.occluders import THINGS, put, thing, things_of

# Height in m: published or usual sizes of such things.
HEIGHTS = {
    "chair": (0.75, 1.0),
    "table": (0.69, 0.79),
    "parallel_bars": (0.8, 1.05),
    "walking_frame": (0.78, 0.99),
    "plant": (0.5, 2.2),
    "pole": (2.0, 3.0),
    "door_frame": (2.0, 2.4),
    "cable": (2.2, 2.9),
}


@pytest.mark.parametrize("kind", THINGS)
def test_things_stand_on_the_floor_and_have_their_usual_size(kind: str) -> None:
    for seed in range(10):
        surface = thing(kind, np.random.default_rng(seed))
        low, high = HEIGHTS[kind]
        assert -0.025 <= surface.rest_m[:, 1].min() <= 0.02
        assert low <= surface.rest_m[:, 1].max() <= high
        assert np.isfinite(surface.rest_m).all()
        again = thing(kind, np.random.default_rng(seed))
        assert again.rest_m.tobytes() == surface.rest_m.tobytes()
        assert again.materials == surface.materials


def test_a_thing_is_put_where_it_is_told_and_turned() -> None:
    surface = thing("table", np.random.default_rng(0))
    stands = put(surface, (2, 0, -1), turn_deg=90)
    assert stands.owner == 255
    np.testing.assert_allclose(stands.vertex_m[:, 0] - 2, surface.rest_m[:, 2], atol=1e-6)
    np.testing.assert_allclose(stands.vertex_m[:, 2] + 1, -surface.rest_m[:, 0], atol=1e-6)
    np.testing.assert_allclose(stands.vertex_m[:, 1], surface.rest_m[:, 1], atol=1e-6)


def test_things_that_a_movement_tells_have_their_size_and_place() -> None:
    labels = {
        "speed_mps": 1.2,
        "box_x_m": 0.5,
        "box_y_m": 0.4,
        "box_z_m": 0.6,
        "box_at_x_m": 1.0,
        "box_at_z_m": -2.0,
    }
    (box,) = things_of(labels | {"chair_x_m": 0.4})
    np.testing.assert_allclose(box.vertex_m.min(axis=0), [0.75, 0.0, -2.3], atol=1e-6)
    np.testing.assert_allclose(box.vertex_m.max(axis=0), [1.25, 0.4, -1.7], atol=1e-6)
    chair = {"chair_x_m": 0.4, "chair_y_m": 0.45, "chair_z_m": 0.4, "chair_at_x_m": 0, "chair_at_z_m": 0.0}
    assert [drawn.vertex_m[:, 1].max() for drawn in things_of(chair)] == pytest.approx([0.45])
    assert things_of({}) == []


def test_an_unknown_thing_is_told() -> None:
    with pytest.raises(InputError, match="kind is 'piano', allowed are 'chair', 'table'"):
        thing("piano", np.random.default_rng(0))
