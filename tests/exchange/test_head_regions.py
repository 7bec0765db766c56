from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import COCO_17, GAIT_20, Skeleton
from kinelab.errors import InputError
from kinelab.exchange.head_regions import head_regions

RATE_HZ, FRAMES = 50.0, 100
TIME_S = np.arange(FRAMES) / RATE_HZ


def standing(x_px: float = 100.0, speed_px: float = 0.0, torso_px: float = 100.0) -> np.ndarray:
    """(T, 20, 2) px: landmarks of a person whose hips are at y = 300 and whose head is at y = 150."""
    place = {"head": -80, "nose": -40, "neck": -10, "shoulder": 0, "hip": torso_px}
    position = np.full((FRAMES, len(GAIT_20), 2), np.nan)
    for i, name in enumerate(GAIT_20.landmarks):
        part = name.split("_")[-1] if name != "mid_hip" else "hip"
        if part in place:
            position[:, i] = [x_px, 200 + place[part]]
    position[..., 0] += speed_px * TIME_S[:, None]
    return position


def keypoints(position: np.ndarray, skeleton: Skeleton = GAIT_20, start_s: float = 0.0) -> Keypoints:
    confidence = np.where(np.isfinite(position[..., 0]), 0.9, np.nan)
    return Keypoints(skeleton, start_s + TIME_S[: len(position)], position, confidence)


def without_head(position: np.ndarray, rows: slice) -> np.ndarray:
    position = position.copy()
    position[rows, [GAIT_20.index("head")]] = np.nan
    position[rows, [GAIT_20.index("nose")]] = np.nan
    return position


def test_a_region_holds_the_head_and_follows_it() -> None:
    found = head_regions([keypoints(standing(speed_px=200.0))], TIME_S)
    assert len(found) == FRAMES
    for i, region in enumerate(found):
        assert region is not None
        ((x, y, radius),) = region
        assert x == pytest.approx(100 + 200 * TIME_S[i])
        # From the crown (y = 120, and some hair) down to the neck (y = 190).
        assert y - radius < 110
        assert y + radius > 180
        assert radius < 80


def test_the_size_follows_the_body_where_only_one_landmark_is_seen() -> None:
    few = standing()
    few[:, GAIT_20.index("head")] = np.nan
    (small,) = head_regions([keypoints(few)], TIME_S)[0]  # type: ignore[misc]
    few[:, [GAIT_20.index("left_hip"), GAIT_20.index("right_hip")], 1] += 100
    (large,) = head_regions([keypoints(few)], TIME_S)[0]  # type: ignore[misc]
    assert small[2] >= 0.42 * 100
    assert large[2] == pytest.approx(0.42 * 200)


def test_a_short_gap_is_bridged_by_a_growing_region_that_holds_the_way_between() -> None:
    gap = slice(40, 60)
    found = head_regions([keypoints(without_head(standing(speed_px=300.0), gap))], TIME_S)
    seen = found[39]
    assert seen is not None
    for i in range(40, 60):
        region = found[i]
        assert region is not None
        ((x, _, radius),) = region
        assert radius > seen[0, 2]
        assert abs(x - (100 + 300 * TIME_S[i])) + 40 < radius  # the head itself is some 40 px


def test_after_half_a_second_without_a_head_the_whole_picture_goes() -> None:
    gap = slice(10, 90)
    hidden = [region is None for region in head_regions([keypoints(without_head(standing(), gap))], TIME_S)]
    assert not any(hidden[:34])
    assert all(hidden[36:64])
    assert not any(hidden[66:])


def test_one_lost_head_among_two_people_is_enough() -> None:
    lost = keypoints(without_head(standing(400.0), slice(10, 90)))
    both = head_regions([keypoints(standing()), lost], TIME_S)
    assert both[50] is None
    assert both[5] is not None
    assert len(both[5]) == 2


def test_of_whom_only_the_legs_are_seen_the_whole_picture_goes_while_they_are() -> None:
    legs = without_head(standing(400.0), slice(None))
    legs[:30] = np.nan
    found = head_regions([keypoints(standing()), keypoints(legs)], TIME_S)
    assert [region is None for region in found] == [False] * 30 + [True] * 70


def test_before_a_person_comes_and_after_he_has_gone_others_are_hidden_still() -> None:
    late = keypoints(standing(400.0)[:40], start_s=1.0)
    found = head_regions([keypoints(standing()), late], TIME_S)
    assert [0 if region is None else len(region) for region in found[::10]] == [1, 1, 1, 2, 2, 2, 2, 2, 2, 2]
    alone = head_regions([late], TIME_S)
    assert all(region is None for region in alone[:24])
    assert alone[30] is not None


def test_a_landmark_that_is_guessed_does_not_count() -> None:
    guessed = keypoints(standing())
    confidence = np.array(guessed.confidence)
    confidence[:, GAIT_20.index("head")] = 0.05
    confidence[:, GAIT_20.index("nose")] = 0.05
    with pytest.raises(InputError, match="nobody's head was seen in any frame"):
        head_regions([Keypoints(GAIT_20, TIME_S, guessed.position, confidence)], TIME_S)


def test_landmarks_that_cannot_tell_where_heads_are_are_refused() -> None:
    with pytest.raises(InputError, match="nobody's landmarks are given"):
        head_regions([], TIME_S)
    position = standing()
    metres = Keypoints(GAIT_20, TIME_S, position, np.ones(position.shape[:2]), "m")
    with pytest.raises(InputError, match=r"the landmarks are in m; a film needs those in px"):
        head_regions([metres], TIME_S)
    with pytest.raises(InputError, match="they are of another one"):
        head_regions([keypoints(position, start_s=10.0)], TIME_S)
    legs = Skeleton("legs", ("left_hip", "left_knee"))
    with pytest.raises(InputError, match="landmark set 'legs' has no head"):
        head_regions([keypoints(position[:, :2], legs)], TIME_S)


def test_faces_of_other_landmark_sets(standing_m: np.ndarray) -> None:
    """COCO: nose, eyes and ears, no neck."""
    position = np.stack([500 + 200 * standing_m[:, 0], 500 - 200 * standing_m[:, 1]], axis=-1)
    found = head_regions([keypoints(np.repeat(position[None], FRAMES, axis=0), COCO_17)], TIME_S)
    ((x, y, radius),) = found[0]  # type: ignore[misc]
    # 200 px a metre: the crown at 1.75 m is y = 150, the chin at 1.50 m y = 200; 0.2 m from nose to nape.
    assert y - radius < 150
    assert y + radius > 200
    assert x - radius < 490
    assert x + radius > 530
