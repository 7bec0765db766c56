from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.detection.boxes import whole
from kinelab.detection.crops import Image, crop, letterbox
from kinelab.errors import InputError


def blob(size_px: tuple[int, int], place: Array, sigma: float) -> Image:
    y, x = np.mgrid[: size_px[1], : size_px[0]]
    bright = 250 * np.exp(-((x - place[0]) ** 2 + (y - place[1]) ** 2) / (2 * sigma**2))
    return np.repeat(np.rint(bright).astype(np.uint8)[..., None], 3, axis=2)


def centroid(image: Image) -> Array:
    weight = image[..., 0].astype(float) ** 2  # the rounding of the dim rim to whole grey levels counts less
    y, x = np.mgrid[: weight.shape[0], : weight.shape[1]]
    return np.array([(weight * x).sum(), (weight * y).sum()]) / weight.sum()


# Sizes of persons from half to six times the crop; sigma about 3 crop pixels. An error of half a pixel in
# the convention would show as 0.25 to 3 px.
@pytest.mark.parametrize("width_px", [96, 192, 400, 900])
def test_a_blob_keeps_its_place_to_a_hundredth_of_a_crop_pixel(width_px: float) -> None:
    rng = np.random.default_rng(int(width_px))
    scale = width_px / 192
    for _ in range(4):
        place = np.array([640.0, 500.0]) + rng.uniform(-0.5, 0.5, 2) * width_px * 0.4
        image = blob((1280, 1000), place, 3 * max(scale, 1))
        corner = np.array([640 - width_px / 2, 500 - width_px / 1.5]) + rng.uniform(-1, 1, 2)
        box = np.concatenate([corner, corner + np.array([width_px, width_px * 4 / 3])])
        cut, way = crop(image, box, (192, 256))
        assert cut.shape == (256, 192, 3)
        error_crop_px = (way.to_image(centroid(cut)) - place) / max(scale, 1)
        assert np.abs(error_crop_px).max() < 0.01


def test_the_two_maps_are_inverse_and_the_edges_meet() -> None:
    image = np.zeros((400, 300, 3), dtype=np.uint8)
    box = np.array([30.25, 40.5, 126.25, 168.5])
    _, way = crop(image, box, (192, 256))
    corners = np.array([[-0.5, -0.5], [191.5, 255.5]])
    assert way.to_image(corners).ravel() == pytest.approx(box)
    places = np.random.default_rng(1).uniform(0, 300, (20, 2))
    assert way.to_image(way.to_crop(places)) == pytest.approx(places)


def test_a_crop_at_full_size_is_the_image_itself() -> None:
    image = np.random.default_rng(2).integers(0, 255, (90, 70, 3), dtype=np.uint8)
    cut, way = crop(image, whole((70, 90)), (70, 90))
    assert (cut == image).all()
    assert way.to_image(np.array([3.0, 4.0])) == pytest.approx([3, 4])


def test_what_lies_outside_the_image_is_filled() -> None:
    image = np.full((100, 100, 3), 200, dtype=np.uint8)
    cut, _ = crop(image, np.array([49.5, -50.5, 149.5, 49.5]), (100, 100), fill=7)
    assert (cut[:49] == 7).all()
    assert (cut[:, 51:] == 7).all()
    assert (cut[51:, :49] == 200).all()
    far, _ = crop(image, np.array([1000.0, 1000, 1100, 1100]), (20, 20), fill=9)
    assert (far == 9).all()


def test_a_wide_box_is_widened_to_the_aspect_not_squeezed() -> None:
    image = np.zeros((400, 400, 3), dtype=np.uint8)
    _, way = crop(image, np.array([100.0, 180, 300, 220]), (192, 256))
    assert way.px_per_crop_px[0] == way.px_per_crop_px[1] == pytest.approx(200 / 192)


@pytest.mark.parametrize("size_px", [(1768, 994), (480, 640), (416, 416), (200, 100)])
def test_letterbox_keeps_the_place_of_a_blob(size_px: tuple[int, int]) -> None:
    place = np.array([0.4, 0.6]) * size_px
    scale = max(size_px) / 416
    image = blob(size_px, place, 4 * max(scale, 1))
    canvas, way = letterbox(image, (416, 416), fill=0)
    assert canvas.shape == (416, 416, 3)
    assert np.abs((way.to_image(centroid(canvas)) - place) / max(scale, 1)).max() < 0.01


def test_letterbox_stands_at_the_top_left_on_grey() -> None:
    canvas, way = letterbox(np.full((100, 200, 3), 9, dtype=np.uint8), (64, 64))
    assert (canvas[:32] == 9).all()
    assert (canvas[32:] == 114).all()
    assert way.to_image(np.array([63.5, 31.5])) == pytest.approx([199.5, 99.5])


def test_bad_input_is_told() -> None:
    with pytest.raises(InputError, match=r"image has shape \(5, 5\).*uint8 RGB"):
        letterbox(np.zeros((5, 5), dtype=np.uint8), (4, 4))
    with pytest.raises(InputError, match="float64"):
        crop(np.zeros((5, 5, 3)), np.array([0.0, 0, 2, 2]), (4, 4))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="has no area"):
        crop(np.zeros((5, 5, 3), dtype=np.uint8), np.array([2.0, 2, 2, 2]), (4, 4))
