from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.virtual_lab.cameras.pinhole import look_at, project
from kinelab.virtual_lab.places.backdrops import backdrop_of
from kinelab.virtual_lab.places.kinds import PLACES, make_place
from kinelab.virtual_lab.places.place import Block, Lamp, Panel, Place

CAMERA = look_at((0, 1.2, 4), (0, 0.9, 0), 120.0, (160, 120))
GREY = (0.5, 0.5, 0.5)
ROOM = Place(
    x_m=(-4, 4), z_m=(-2.2, 5), floor="concrete", floor_colours=(GREY, GREY), wall_colours=(GREY, GREY),
    gloss=0.0, lamps=(Lamp((-1, 1), (-0.5, 0.5)),), sun_strength=0.0,
)  # fmt: skip


def at(camera_px: Array) -> tuple[int, int]:
    column, row = np.rint(camera_px).astype(int).tolist()
    return row, column


@pytest.mark.parametrize("draft", [False, True])
def test_the_floor_is_seen_where_it_projects_to(draft: bool) -> None:
    """Each floor pixel's (X, Z) projects back to that pixel, and its depth is that of the point."""
    backdrop = backdrop_of(ROOM, CAMERA, draft=draft)
    rows, columns = np.nonzero(np.isfinite(backdrop.floor_m[..., 0]))
    points = np.stack(
        [backdrop.floor_m[rows, columns, 0], np.zeros(rows.size), backdrop.floor_m[rows, columns, 1]], axis=1
    )
    px, depth = project(CAMERA, points.astype(float))
    np.testing.assert_allclose(px, np.stack([columns, rows], axis=1), atol=1e-3)
    if not draft:
        assert backdrop.depth_m is not None
        np.testing.assert_allclose(backdrop.depth_m[rows, columns], depth, rtol=1e-5)
    # It ends where the wall begins.
    edge, _ = project(CAMERA, np.array([0.0, 0.0, -2.2]))
    assert abs(rows.min() - edge[1]) < 1.5


def test_walls_and_furniture_have_their_depth() -> None:
    box = Block((-0.4, 0.0, -1.0), (0.4, 1.0, -0.6), (0.9, 0.1, 0.1))
    backdrop = backdrop_of(replace(ROOM, blocks=(box,)), CAMERA)
    assert backdrop.depth_m is not None
    for point in ([0.0, 0.5, -0.6], [1.5, 1.0, -2.2], [-1.2, 1.3, -2.2]):
        px, depth = project(CAMERA, np.array(point))
        assert backdrop.depth_m[at(px)] == pytest.approx(float(depth), abs=0.03)
    px, _ = project(CAMERA, np.array([0.0, 0.5, -0.6]))
    red, green, _ = backdrop.image[at(px)]
    assert red > 2 * green
    assert np.isnan(backdrop.floor_m[at(px)]).all()  # no shadow falls through it


def test_a_panel_hangs_where_it_was_put() -> None:
    red = Panel("back", "cupboard", (-0.5, 0.5), (1.0, 1.6), (0.9, 0.05, 0.05))
    bare, hung = (backdrop_of(replace(ROOM, panels=p), CAMERA).image for p in ((), (red,)))
    rows, columns = np.nonzero(np.abs(hung - bare).max(axis=2) > 0.1)
    corners, _ = project(CAMERA, np.array([[-0.5, 1.6, -2.2], [0.5, 1.0, -2.2]]))
    np.testing.assert_allclose([columns.min(), rows.min()], corners[0], atol=1.5)
    np.testing.assert_allclose([columns.max(), rows.max()], corners[1], atol=1.5)


def test_an_open_floor_has_its_own_colour_and_corners_are_darker() -> None:
    image = backdrop_of(ROOM, CAMERA).image.mean(axis=2)
    middle, _ = project(CAMERA, np.array([0.0, 0.0, 0.0]))
    corner, _ = project(CAMERA, np.array([0.0, 0.0, -2.17]))
    assert image[at(middle)] == pytest.approx(0.5, abs=0.06)
    assert image[at(corner)] < 0.85 * image[at(middle)]


def test_the_sun_throws_the_shadow_of_a_block_where_geometry_says() -> None:
    """The upper edge of a wall 1 m high, sun 45 deg high behind it: the shadow reaches 1 m in front."""
    wall = Block((-9, 0, -2.2), (9, 1.0, -2.0), GREY)
    park = Place(
        ceiling="sky",
        floor="concrete",
        floor_colours=(GREY, GREY),
        blocks=(wall,),
        sun=(0, 1, -1),
        clouds=0.0,
    )
    image = backdrop_of(park, CAMERA).image.mean(axis=2)
    dark, light = (image[at(project(CAMERA, np.array([0.3, 0.0, z]))[0])] for z in (-1.3, -0.7))
    assert dark < 0.75 * light


def test_the_sun_shines_through_a_window_onto_the_floor() -> None:
    """The middle of the window, 1.6 m up in the back wall, is seen on the floor along the sun's direction."""
    window = Panel("back", "window", (-0.2, 1.0), (1.2, 2.0), (0.9, 0.9, 0.9))
    lit = replace(ROOM, panels=(window,), sun=(0.0, 1.0, -1.0), sun_strength=1.0)
    with_sun, without = (
        backdrop_of(place, CAMERA).image.mean(axis=2) for place in (lit, replace(lit, sun_strength=0.0))
    )
    gain = with_sun - without
    spot = at(project(CAMERA, np.array([0.1, 0.0, -2.2 + 1.6]))[0])
    beside = at(project(CAMERA, np.array([-0.8, 0.0, -2.2 + 1.6]))[0])
    assert gain[spot] > 0.08
    assert abs(gain[beside]) < 1e-6


def test_a_glossy_floor_mirrors_a_bright_window() -> None:
    window = Panel("back", "window", (-0.8, 0.8), (0.5, 1.5), (0.9, 0.9, 0.9))
    room = replace(ROOM, panels=(window,))
    matt, glossy = (backdrop_of(replace(room, gloss=g), CAMERA).image.mean(axis=2) for g in (0.0, 1.0))
    # The mirror image of the window's middle lies as far below the floor as it is above it.
    spot = at(project(CAMERA, np.array([0.0, -1.0, -2.2]))[0])
    assert glossy[spot] > matt[spot] + 0.05


def test_distant_patterns_fade_instead_of_making_moire() -> None:
    """Bricks far below a pixel's size: what is left is their mean, nearly without contrast."""
    bricks = replace(ROOM, wall="bricks", wall_colours=((0.6, 0.4, 0.3), (0.4, 0.25, 0.2)), z_m=(-60.0, 5.0))
    far = backdrop_of(bricks, look_at((0, 1.4, 0), (0, 1.4, -10), 120.0, (160, 120)))
    near = backdrop_of(bricks, look_at((0, 1.4, -58), (0, 1.4, -60), 120.0, (160, 120)))
    far_wall = far.image[58:62, 76:84]
    assert far_wall.std(axis=(0, 1)).max() < 0.02 < near.image[30:60].std(axis=(0, 1)).max()


def test_edges_are_smooth() -> None:
    """A slanted edge of a dark block has pixels between the two colours."""
    block = Block((-1.0, 0.6, -2.0), (1.0, 1.4, -1.9), (0.05, 0.05, 0.05))
    tilted = look_at((0, 1.2, 4), (0, 0.9, 0), 120.0, (160, 120), roll_deg=10.0)
    image = backdrop_of(replace(ROOM, blocks=(block,)), tilted).image.mean(axis=2)
    assert image.min() < 0.2  # the block
    assert ((image > 0.2) & (image < 0.3)).sum() > 50  # its rim; the wall itself is nowhere so dark


@pytest.mark.parametrize("kind", PLACES)
def test_every_kind_is_a_picture_and_repeatable(kind: str) -> None:
    place = make_place(kind, np.random.default_rng(3))
    camera = look_at((0.5, 1.1, 1.0), (0, 1.0, 0), 70.0, (96, 64))
    first, second = (backdrop_of(place, camera) for _ in range(2))
    assert first.image.tobytes() == second.image.tobytes()
    assert np.isfinite(first.image).all()
    assert first.image.min() >= 0
    assert first.image.max() <= 1
    assert first.image.std() > 0.02
    assert first.depth_m is not None
    assert (first.depth_m > 0).all()
    assert np.isinf(first.depth_m).any() == place.outdoor


def test_snells_window_is_as_wide_as_it_must_be() -> None:
    """Looking up from under water there is sky within 48.6 deg of the vertical, the pool beyond."""
    from kinelab.virtual_lab.places.sky import through_surface

    def share(angle_deg: float) -> float:
        ray = np.array([np.sin(np.radians(angle_deg)), np.cos(np.radians(angle_deg)), 0.0])
        return through_surface(ray, 0.0, 0.0)

    assert share(0) == pytest.approx(1 - ((1.333 - 1) / 2.333) ** 2)
    assert share(48) > 0.3
    assert share(49) == 0


@pytest.mark.parametrize("eye", [(0, 1, 6), (0, 3.5, 0), (0, -0.1, 0)])
def test_a_camera_outside_the_room_is_told(eye: tuple[float, float, float]) -> None:
    with pytest.raises(InputError, match=r"is outside the laboratory.*make room for it with places.around"):
        backdrop_of(ROOM, look_at(eye, (0.3, 1, 0), 100.0, (32, 32)))
