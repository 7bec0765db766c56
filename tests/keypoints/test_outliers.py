"""Points that cannot be are taken out; fast but possible motion stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import GAIT_20
from kinelab.errors import InputError
from kinelab.keypoints.outliers import (
    CUT_OFF,
    body_size,
    drop_cut_off,
    drop_unsure,
    reject_jumps,
    reject_long_bones,
)

Make = Callable[..., Any]
ANKLE = GAIT_20.index("left_ankle")


def moved(keypoints: Keypoints, rows: slice, landmark: int, by_px: float) -> Keypoints:
    position = np.array(keypoints.position)
    position[rows, landmark] += by_px
    return replace(keypoints, position=position)


@pytest.mark.parametrize("rate_hz", [25.0, 50.0, 120.0])
def test_walking_has_no_outliers(walker: Make, rate_hz: float) -> None:
    walk = walker(rate_hz=rate_hz).noisy(1.5)
    for sides_sure in (True, False):
        assert not reject_jumps(walk, sides_sure=sides_sure).rejected.any()
    assert not reject_long_bones(walk).rejected.any()


@pytest.mark.parametrize("length", [1, 2, 3])
@pytest.mark.parametrize("sides_sure", [True, False])
def test_spikes_are_found_and_only_they(walker: Make, length: int, sides_sure: bool) -> None:
    rows = slice(100, 100 + length)
    result = reject_jumps(moved(walker().noisy(1.0), rows, ANKLE, 60.0), sides_sure=sides_sure)
    found = np.argwhere(result.rejected)
    assert found.tolist() == [[row, ANKLE] for row in range(*rows.indices(300))]
    assert np.isnan(result.keypoints.position[rows, ANKLE]).all()
    assert np.isnan(result.keypoints.confidence[rows, ANKLE]).all()


def test_an_excursion_to_another_place_is_found_once_sides_are_sure(walker: Make) -> None:
    result = reject_jumps(moved(walker().noisy(1.0), slice(100, 112), ANKLE, 150.0), sides_sure=True)
    assert result.rejected[100:112, ANKLE].all()
    assert result.rejected.sum() == 12


def test_an_exchange_is_no_outlier(walker: Make) -> None:
    walk = walker().noisy(1.0)
    order = np.arange(20)
    for a, b in GAIT_20.pairs:
        order[a], order[b] = b, a
    position = np.array(walk.position)
    position[100:104] = position[100:104][:, order]
    assert not reject_jumps(replace(walk, position=position), sides_sure=False).rejected.any()


def test_a_bone_that_is_too_long_loses_its_outer_end(walker: Make) -> None:
    walk = walker().noisy(1.0)
    far = moved(walk, slice(50, 90), GAIT_20.index("right_wrist"), 120.0)
    result = reject_long_bones(far)
    assert result.rejected[50:90, GAIT_20.index("right_wrist")].all()
    assert result.rejected.sum() == 40


def test_body_size_is_the_diagonal_of_its_box(walker: Make) -> None:
    # Head top to sole is the height of 1.75 m at 110 px/m; a step of about 0.65 m makes it a diagonal.
    assert 1.75 * 110 < body_size(walker().exact) < 1.15 * 1.75 * 110


def test_low_confidence(walker: Make) -> None:
    walk = walker().exact
    confidence = np.array(walk.confidence)
    confidence[10:15, 3] = 0.29
    confidence[20, 3] = 0.30
    result = drop_unsure(replace(walk, confidence=confidence), 0.3)
    assert np.argwhere(result.rejected).tolist() == [[row, 3] for row in range(10, 15)]
    with pytest.raises(InputError, match=r"min_confidence is 30, allowed is 0 to 1 \(is it in percent"):
        drop_unsure(walk, 30)


def test_nothing_seen_is_no_error() -> None:
    empty = Keypoints(GAIT_20, np.arange(20) / 50, np.full((20, 20, 2), np.nan), np.full((20, 20), np.nan))
    assert not reject_jumps(empty, sides_sure=True).rejected.any()
    assert not reject_long_bones(empty).rejected.any()


def test_what_the_pictures_edge_cuts_off_is_not_seen(walker: Make) -> None:
    walk = walker().noisy(0.5)
    margin = CUT_OFF * body_size(walk)
    x = walk.position[..., 0]
    width_px = int(x.max() - 1.5 * margin)  # the walk ends with the leading foot out of the picture
    result = drop_cut_off(walk, width_px)
    np.testing.assert_array_equal(result.rejected, (x <= margin) | (x >= width_px - 1 - margin))
    assert 0 < result.rejected.mean() < 0.3
    assert np.isnan(result.keypoints.position[result.rejected]).all()


def test_a_walk_well_inside_the_picture_is_not_cut_off(walker: Make) -> None:
    walk = walker().noisy(0.5)
    shift = 1000.0 - walk.position[..., 0].min()
    inside = moved(walk, slice(None), slice(None), shift)
    assert not drop_cut_off(inside, int(inside.position[..., 0].max() + 1000)).rejected.any()


@pytest.mark.parametrize("end", [slice(0, 2), slice(-3, None)])
def test_a_wild_guess_at_the_end_of_a_track_is_found(walker: Make, end: slice) -> None:
    walk = walker().noisy(0.5)
    result = reject_jumps(moved(walk, end, ANKLE, 60.0), sides_sure=True)
    wrong = np.zeros_like(result.rejected)
    wrong[end, ANKLE] = True
    np.testing.assert_array_equal(result.rejected, wrong)
