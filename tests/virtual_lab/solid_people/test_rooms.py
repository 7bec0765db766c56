from __future__ import annotations

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.virtual_lab.cameras.pinhole import look_at, project
from kinelab.virtual_lab.solid_people.rooms import FLOORS, Patch, Room, backdrop_of, random_room

CAMERA = look_at((0, 1.2, 4), (0, 0.9, 0), 120.0, (160, 120))


def test_the_floor_is_seen_where_it_projects_to() -> None:
    """Each floor pixel's (X, Z) projects back to that pixel."""
    floor = backdrop_of(Room(), CAMERA, samples=1).floor_m
    rows, columns = np.nonzero(np.isfinite(floor[..., 0]))
    points = np.stack([floor[rows, columns, 0], np.zeros(rows.size), floor[rows, columns, 1]], axis=1)
    px, _ = project(CAMERA, points.astype(float))
    np.testing.assert_allclose(px, np.stack([columns, rows], axis=1), atol=1e-3)
    # The horizon of a wall 6.2 m away: the floor ends where the wall begins.
    edge, _ = project(CAMERA, np.array([[0.0, 0.0, -2.2]]))
    assert abs(rows.min() - edge[0, 1]) < 1.5


def test_a_patch_hangs_where_it_was_put() -> None:
    red = Patch("back", "cupboard", (-0.5, 0.5), (1.0, 1.6), (0.95, 0.05, 0.05))
    bare, hung = (backdrop_of(Room(patches=p), CAMERA).image for p in ((), (red,)))
    rows, columns = np.nonzero(np.abs(hung - bare).max(axis=2) > 0.1)
    corners, _ = project(CAMERA, np.array([[-0.5, 1.6, -2.2], [0.5, 1.0, -2.2]]))
    np.testing.assert_allclose([columns.min(), rows.min()], corners[0], atol=1.5)
    np.testing.assert_allclose([columns.max(), rows.max()], corners[1], atol=1.5)


def test_every_floor_has_its_own_pattern() -> None:
    images = [backdrop_of(Room(floor=floor), CAMERA).image for floor in FLOORS]
    for i in range(4):
        for j in range(i):
            assert np.abs(images[i] - images[j]).max() > 0.05


def test_random_rooms_are_repeatable_and_within_range() -> None:
    for seed in range(20):
        room = random_room(np.random.default_rng(seed), 1.0, 4.0)
        assert room == random_room(np.random.default_rng(seed), 1.0, 4.0)
        assert -4.0 <= room.z_m[0] <= -1.0
        image = backdrop_of(room, CAMERA, samples=1).image
        assert 0 <= image.min() <= image.max() <= 1.3


def test_a_room_turned_inside_out_is_refused() -> None:
    with pytest.raises(InputError, match=r"x_m is \(3.0, -3.0\)"):
        Room(x_m=(3.0, -3.0))
