"""People are lit as their place is."""

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.virtual_lab.places.kinds import PLACES, make_place
from kinelab.virtual_lab.places.lamp import light_of
from kinelab.virtual_lab.places.place import Lamp, Panel, Place


def _on_floor(place: Place, seed: int = 0) -> Array:
    light = light_of(place, np.random.default_rng(seed))
    return np.asarray(np.array(light.key) * light.direction[1] + light.sky)


@pytest.mark.parametrize("kind", [name for name in PLACES if name != "pool"])
def test_an_open_floor_gets_as_much_as_the_place_gives_it(kind: str) -> None:
    places = [make_place(kind, np.random.default_rng(seed)) for seed in range(30)]
    on_floor = np.array([_on_floor(place, seed) for seed, place in enumerate(places)])
    assert 0.95 < np.median(on_floor) < 1.1
    assert on_floor.min() > 0.75
    assert on_floor.max() < 1.25


def test_outdoors_light_comes_from_the_sun_and_under_clouds_from_all_round() -> None:
    sunny = make_place("park", np.random.default_rng(1))
    light = light_of(sunny, np.random.default_rng(0))
    sun = np.array(sunny.sun) / np.linalg.norm(sunny.sun)
    assert light.direction @ sun > np.cos(np.radians(30))
    share = [
        light_of(Place(ceiling="sky", sun_strength=strength), np.random.default_rng(0)).key[1]
        for strength in (0.15, 0.6, 1.0)
    ]
    assert share[0] < share[1] < share[2]


def test_indoors_light_comes_from_lamp_or_window() -> None:
    window = Place(panels=(Panel("end", "window", (-1.0, 1.0), (0.9, 2.4), (0.8, 0.9, 1.0)),))
    assert light_of(window, np.random.default_rng(0)).direction[0] > 0.8
    lamp = Place(lamps=(Lamp((-3.0, -2.0), (-0.5, 0.5)),))
    assert light_of(lamp, np.random.default_rng(0)).direction[0] < -0.5
    overhead = Place(lamps=(Lamp((-0.5, 0.5), (-0.5, 0.5)),))
    assert 0.7 < light_of(overhead, np.random.default_rng(0)).direction[1] < 0.9


def test_a_coloured_floor_throws_its_colour_back() -> None:
    red = Place(floor_colours=((0.8, 0.2, 0.2), (0.8, 0.2, 0.2)))
    ground = light_of(red, np.random.default_rng(0)).ground
    assert ground[0] > 1.3 * ground[1]


def test_same_state_same_light() -> None:
    place = make_place("gym", np.random.default_rng(3))
    assert light_of(place, np.random.default_rng(5)) == light_of(place, np.random.default_rng(5))
