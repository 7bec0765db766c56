from __future__ import annotations

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.virtual_lab.places.kinds import PLACES, make_place
from kinelab.virtual_lab.places.place import Block, Place, around

WALK = np.array([[-3.0, 0.0, -0.4], [3.0, 1.8, 0.4]])


@pytest.mark.parametrize("kind", PLACES)
def test_places_are_repeatable_and_vary(kind: str) -> None:
    made = [make_place(kind, np.random.default_rng(seed)) for seed in range(12)]
    assert made == [make_place(kind, np.random.default_rng(seed)) for seed in range(12)]
    assert all(place.kind == kind for place in made)
    assert len({place.floor_colours for place in made}) == 12


@pytest.mark.parametrize("kind", PLACES)
def test_there_is_room_to_walk_and_furniture_stands_on_the_floor_and_in_the_room(kind: str) -> None:
    for seed in range(12):
        place = make_place(kind, np.random.default_rng(seed))
        assert place.x_m[0] < -2.9
        assert place.x_m[1] > 2.9
        for block in place.blocks:
            low, high = np.array(block.low_m), np.array(block.high_m)
            assert (high > low).all()
            assert low[1] >= -1e-9 or block.kind == "crown"
            near_walk = low[0] < 3 and high[0] > -3 and low[2] < 0.6 and high[2] > -0.6 and low[1] < 2
            assert not near_walk or abs(low[0]) > 2 or abs(high[0]) > 2
            if not place.outdoor:
                assert place.x_m[0] - 0.01 <= low[0] <= high[0] <= place.x_m[1] + 0.01
                assert place.z_m[0] - 0.01 <= low[2] <= high[2] <= place.z_m[1] + 0.01


def test_nothing_hangs_over_anything_else() -> None:
    for seed in range(20):
        panels = make_place("living_room", np.random.default_rng(seed)).panels
        for i, first in enumerate(panels):
            for second in panels[:i]:
                apart = (
                    first.wall != second.wall
                    or first.along_m[1] < second.along_m[0]
                    or second.along_m[1] < first.along_m[0]
                    or first.up_m[1] < second.up_m[0]
                    or second.up_m[1] < first.up_m[0]
                )
                assert apart


def test_walls_step_back_for_cameras_and_take_their_furniture_along() -> None:
    table = Block((1.0, 0.0, -2.8), (2.0, 0.75, -2.1), (0.5, 0.4, 0.3))
    room = Place(x_m=(-3, 3), z_m=(-3, 3), blocks=(table,))
    eyes = np.array([[0.0, 1.2, -6.0], [9.0, 4.0, 0.0]])
    wide = around(room, eyes, WALK)
    assert wide.z_m[0] < -6
    assert wide.x_m[1] > 9
    assert wide.height_m > 4
    assert wide.x_m[0] == -3.7  # room for the walk
    assert wide.z_m[1] == 3
    (moved,) = wide.blocks
    assert moved.low_m[2] - wide.z_m[0] == pytest.approx(table.low_m[2] - room.z_m[0])
    assert around(room, np.array([[0, 1, 2.0]]), np.zeros((1, 3))) == room  # nothing to do


def test_what_stands_between_a_camera_and_the_walk_is_taken_out() -> None:
    def kept(x: float, z: float) -> bool:
        block = Block((x - 0.2, 0, z - 0.2), (x + 0.2, 0.7, z + 0.2), (0.5, 0.5, 0.5))
        park = Place(ceiling="sky", blocks=(block,))
        return bool(around(park, np.array([[0.0, 1.2, 5.0]]), WALK).blocks)

    assert not kept(0, 2.5)  # in the view
    assert not kept(1.5, 0)  # on the walk
    assert not kept(-1.4, 2.0)
    assert kept(0, -2)  # behind
    assert kept(4.5, 3)  # beside


def test_impossible_places_are_told() -> None:
    with pytest.raises(InputError, match=r"x_m is \(3.0, -3.0\).*floor is 'lava', allowed are 'boards'"):
        Place(x_m=(3.0, -3.0), floor="lava")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="kind is 'moon', allowed are 'laboratory'"):
        make_place("moon", np.random.default_rng(0))
