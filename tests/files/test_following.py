from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.errors import PersonError
from kinelab.files.following import LOST, one_column, one_person

SHAPE = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 100.0], [10.0, 100.0]])


def walker(x_px: Array, confidence: float) -> Array:
    """(T, 4, 3) a rigid person at x_px (T,)."""
    pose = np.empty((x_px.size, 4, 3))
    pose[..., :2] = SHAPE + np.stack([x_px, np.zeros_like(x_px)], axis=1)[:, None]
    pose[..., 2] = confidence
    return pose


def test_two_who_cross_keep_their_numbers_whatever_the_order_in_the_file() -> None:
    """Uniform motion: one at rest, one who passes in front in steps of 8 px, seen better."""
    still, passing = walker(np.full(60, 200.0), 0.5), walker(np.arange(60) * 8.0, 0.9)
    still[:, :, 1] += 60
    rng = np.random.default_rng(0)
    people = [np.stack([a, b])[rng.permutation(2)] for a, b in zip(still, passing, strict=True)]
    np.testing.assert_array_equal(one_person(people, None, "f"), passing)
    np.testing.assert_array_equal(one_person(people, 1, "f"), still)
    with pytest.raises(PersonError, match="f: no person 2; 2 people were found"):
        one_person(people, 2, "f")


def test_a_short_gap_is_the_same_person_a_long_one_another() -> None:
    moving = walker(np.arange(60) * 2.0, 0.9)
    nobody = np.empty((0, 4, 3))
    for gap, frames in ((LOST - 1, 60 - LOST + 1), (LOST + 1, 60 - 10 - LOST - 1)):
        people = [nobody if 10 <= t < 10 + gap else moving[t : t + 1] for t in range(60)]
        found = one_person(people, None, "f")
        assert np.isfinite(found[:, 0, 0]).sum() == frames
        assert np.isnan(found[10 : 10 + gap]).all()


def test_a_body_mostly_hidden_for_a_moment_stays_the_same_person() -> None:
    moving = walker(np.arange(30) * 2.0, 0.9)
    moving[10:12, 1:] = np.nan  # one point only: a box without size
    found = one_person([p[None] for p in moving], None, "f")
    np.testing.assert_array_equal(found, moving)


def test_a_single_point_is_followed() -> None:
    point = walker(np.arange(30) * 2.0, 0.9)[:, :1]
    np.testing.assert_array_equal(one_person([p[None] for p in point], None, "f"), point)


def test_nobody_at_all_is_told() -> None:
    with pytest.raises(PersonError, match="there is nobody in any frame"):
        one_person([np.empty((0, 4, 3)), np.full((1, 4, 3), np.nan)], None, "f")


def test_named_people_are_asked_for() -> None:
    assert one_column(["a", "b"], [0, 3], None, "f") == 1
    assert one_column(["a", "b"], [2, 3], 0, "f") == 0
    with pytest.raises(PersonError, match=r"f: holds several: 0 \(a\), 1 \(b\); say whom with person"):
        one_column(["a", "b"], [1, 3], None, "f")
    with pytest.raises(PersonError, match=r"no person 2; there are 0 \(a\), 1 \(b\)"):
        one_column(["a", "b"], [1, 3], 2, "f")
    with pytest.raises(PersonError, match="holds nobody"):
        one_column(["a", "b"], [0, 0], None, "f")
