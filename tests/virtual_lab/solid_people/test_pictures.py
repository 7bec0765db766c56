from __future__ import annotations

import numpy as np

from kinelab.virtual_lab.solid_people.pictures import add_clutter, add_occluder, flat_background


def test_backgrounds_are_images_and_differ() -> None:
    rng = np.random.default_rng(0)
    images = [flat_background(rng, (192, 256)) for _ in range(20)]
    for image in images:
        assert image.shape == (256, 192, 3)
        assert image.dtype == np.float32
        assert 0 <= image.min() < image.max() <= 1.001
    assert len({image.tobytes() for image in images}) == 20


def test_an_occluder_says_what_it_hides() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        image = np.full((256, 192, 3), -1, np.float32)
        hidden = add_occluder(rng, image)
        np.testing.assert_array_equal((image != -1).any(axis=2), hidden)


def test_clutter_stays_in_the_image() -> None:
    image = np.zeros((64, 48, 3), np.float32)
    add_clutter(np.random.default_rng(2), image, 30)
    assert 0 < image.max() <= 1.3
