from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.virtual_lab.cameras.devices import DEVICES
from kinelab.virtual_lab.cameras.lens import Camera, Lens, see
from kinelab.virtual_lab.cameras.lens_image import bend, bend_labels, lens_map
from kinelab.virtual_lab.cameras.pinhole import crop_camera, look_at, project

EYE = look_at((0, 1, 4), (0, 1, 0), 260.0, (320, 240))
BARREL = Camera("cam", EYE, Lens((-0.25, 0.05, 0.0, 0.0, 0.0)))
WORLD = np.random.default_rng(0).uniform((-1.8, 0.0, -1), (1.8, 2.2, 1), (12, 3))


def test_a_drawn_dot_lands_where_the_lens_shows_the_point() -> None:
    """The picture agrees with `see`: soft dots, drawn straight and bent, have their centroid at the point."""
    bending = lens_map(BARREL)
    width, height = bending.drawing.size_px
    u, v = np.arange(width), np.arange(height)[:, None]
    for point in WORLD:
        (x, y), _ = project(bending.drawing, point)
        dot = np.exp(-((u - x) ** 2 + (v - y) ** 2) / (2 * 2.0**2)).astype(np.float32)
        bent = bend(bending, dot[..., None])[..., 0]
        expected, _ = see(BARREL, point)
        rows, columns = np.indices(bent.shape)
        centroid = [(bent * columns).sum() / bent.sum(), (bent * rows).sum() / bent.sum()]
        np.testing.assert_allclose(centroid, expected, atol=0.15)


def test_straight_lens_gives_the_picture_itself() -> None:
    bending = lens_map(Camera("cam", EYE))
    width, height = bending.drawing.size_px
    image = np.random.default_rng(1).uniform(0, 1, (height, width, 3)).astype(np.float32)
    left, top = (np.array(bending.drawing.centre_px) - np.array(EYE.centre_px)).astype(int)
    np.testing.assert_allclose(
        bend(bending, image), image[top : top + 240, left : left + 320], atol=1e-4, rtol=0
    )


def test_labels_are_never_mixed_and_black_corners_belong_to_no_one() -> None:
    fisheye = Camera("cam", replace(EYE, focal_px=95.0), Lens((0.0, 0.0, 0.0, 0.0), fisheye=True))
    bending = lens_map(fisheye)
    width, height = bending.drawing.size_px
    owner = np.where(np.indices((height, width)).sum(axis=0) % 2, 255, 1).astype(np.uint8)
    bent = bend_labels(bending, owner)
    assert bent.dtype == np.uint8
    assert set(np.unique(bent)) <= {0, 1, 255}
    depth = np.full((height, width), 3.0, np.float32)
    outside = np.isnan(bending.map_px[..., 0])
    np.testing.assert_array_equal(np.isinf(bend_labels(bending, depth, none=np.inf)), outside)


def test_a_crop_bends_like_the_whole_image() -> None:
    """The map of a crop is the whole one's, magnified: a lens does not care who crops."""
    crop = replace(BARREL, pinhole=crop_camera(EYE, (39.5, 19.5, 119.5, 99.5), (160, 160)))
    px, _ = see(BARREL, WORLD)
    cropped, _ = see(crop, WORLD)
    np.testing.assert_allclose(cropped, (px - (39.5, 19.5)) * 2 - 0.5, atol=1e-9)
    whole, part = lens_map(BARREL), lens_map(crop)

    # Both maps say which direction a pixel looks in.
    def slope(bending, row, column):  # type: ignore[no-untyped-def]
        return (bending.map_px[row, column] - bending.drawing.centre_px) / bending.drawing.focal_px

    np.testing.assert_allclose(
        (slope(part, 80, 80) + slope(part, 81, 81)) / 2, slope(whole, 60, 80), atol=1e-4
    )


def test_the_action_camera_has_the_published_field_of_view() -> None:
    """GoPro's table for the HERO5 Black, 16:9 wide: 118.2, 69.5 and 133.6 deg across, down and corner."""
    device = DEVICES["action"]
    camera = Camera("cam", look_at((0, 1, 4), (0, 1, 0), device.focal_px, device.size_px), device.lens)
    for edge, field_deg in (((960, 0), 118.2), ((0, 540), 69.5), ((960, 540), 133.6)):
        slope = np.tan(np.radians(field_deg / 2)) * np.array(edge) / np.hypot(*edge)
        px, _ = see(camera, np.array([slope[0], 1.0 - slope[1], 3.0]))
        off = np.linalg.norm(px - np.array(camera.pinhole.centre_px)) - np.hypot(*edge)
        assert abs(off) < 6


def test_what_cannot_be_bent_is_told() -> None:
    with pytest.raises(
        InputError, match=r"image is 320 x 240 px, expected \d+ x \d+: draw it with the map's own"
    ):
        bend(lens_map(BARREL), np.zeros((240, 320, 3), np.float32))
    wide = Camera("wide", replace(EYE, focal_px=164.0), Lens((-0.15, 0.0, 0.0, 0.0), fisheye=True))
    with pytest.raises(InputError, match="its lens sees too wide"):
        lens_map(wide)
