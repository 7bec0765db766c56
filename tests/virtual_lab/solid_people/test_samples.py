from __future__ import annotations

from functools import cache

import numpy as np

from kinelab.core.skeletons import GAIT_20
from kinelab.virtual_lab.solid_people.samples import CROP_PX, TrainingSample, training_sample


@cache
def drawn() -> list[TrainingSample]:
    rng = np.random.default_rng(0)
    return [training_sample(rng) for _ in range(120)]


def test_samples_are_what_a_network_expects() -> None:
    for sample in drawn():
        assert sample.image.shape == (256, 192, 3)
        assert sample.image.dtype == np.uint8
        assert sample.landmarks_px.shape == (len(GAIT_20), 2)
        inside = np.isfinite(sample.landmarks_px).all(axis=1)
        assert inside.sum() >= 8
        assert not sample.visible[~inside].any()
        within = sample.landmarks_px[inside]
        assert (within >= -0.5).all()
        assert (within < np.array(CROP_PX) - 0.5).all()
        assert sample.image.std() > 3


def test_samples_come_from_the_generator_alone() -> None:
    first, again = training_sample(np.random.default_rng(9)), training_sample(np.random.default_rng(9))
    np.testing.assert_array_equal(first.image, again.image)
    np.testing.assert_array_equal(first.landmarks_px, again.landmarks_px)
    np.testing.assert_array_equal(first.visible, again.visible)
    other = training_sample(np.random.default_rng(10))
    assert (first.image != other.image).any()


def test_most_people_fill_most_of_the_crop() -> None:
    tall = []
    for sample in drawn():
        span = np.nanmax(sample.landmarks_px, axis=0) - np.nanmin(sample.landmarks_px, axis=0)
        tall.append(max(span[1] / 256, span[0] / 192))
    share_small = np.mean(np.array(tall) < 0.55)
    assert 0.12 < share_small < 0.45
    assert 0.6 < np.median(tall) < 0.9


def test_both_walking_directions_occur() -> None:
    """Seen from the right the toes point right; both happen about as often."""
    heel, toe = GAIT_20.index("right_heel"), GAIT_20.index("right_big_toe")
    way = [np.sign(s.landmarks_px[toe, 0] - s.landmarks_px[heel, 0]) for s in drawn()]
    assert 0.3 < np.nanmean(np.array(way) > 0) < 0.7
