"""Left/right repair: exchanges taken back, good frames left alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kinelab.core.checks import BoolArray
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import GAIT_20, SKELETONS, Skeleton
from kinelab.keypoints.swap_groups import swap_groups
from kinelab.keypoints.swaps import repair_swaps

LEG = ("hip", "knee", "ankle", "heel", "big_toe")
Make = Callable[..., Any]


def exchanged(keypoints: Keypoints, rows: slice, joints: tuple[str, ...]) -> Keypoints:
    position, confidence = np.array(keypoints.position), np.array(keypoints.confidence)
    for joint in joints:
        pair = [keypoints.skeleton.index(f"{side}_{joint}") for side in ("left", "right")]
        for values in (position, confidence):
            values[rows, pair] = values[rows, pair[::-1]] if rows.step else values[rows][:, pair[::-1]]
    return replace(keypoints, position=position, confidence=confidence)


def wrong_pairs(found: BoolArray, rows: slice, joints: tuple[str, ...]) -> BoolArray:
    """(T, K) True where the repair differs from what was done."""
    done = np.zeros(found.shape, dtype=bool)
    for joint in joints:
        for side in ("left", "right"):
            done[rows, GAIT_20.index(f"{side}_{joint}")] = True
    return done != found


def clearly_apart(keypoints: Keypoints, px: float = 6.0) -> BoolArray:
    apart = np.zeros(keypoints.confidence.shape, dtype=bool)
    for left, right in keypoints.skeleton.pairs:
        far = np.linalg.norm(keypoints.position[:, left] - keypoints.position[:, right], axis=-1) > px
        apart[:, left] = apart[:, right] = far
    return apart


@pytest.mark.parametrize("right", [True, False])
@pytest.mark.parametrize(
    "rows", [slice(50, 51), slice(60, 67), slice(100, 130), slice(0, 12), slice(285, 300)]
)
@pytest.mark.parametrize("joints", [LEG, LEG[2:], ("knee",), ("shoulder", "elbow", "wrist")])
def test_exchanges_are_taken_back(walker: Make, right: bool, rows: slice, joints: tuple[str, ...]) -> None:
    clean = walker(right=right).noisy(1.0)
    result = repair_swaps(exchanged(clean, rows, joints))
    wrong = wrong_pairs(result.exchanged, rows, joints) & clearly_apart(clean)
    assert wrong.sum() == 0
    mended = ~wrong_pairs(result.exchanged, rows, joints)
    np.testing.assert_array_equal(result.keypoints.position[mended], clean.position[mended])


def test_a_clean_walk_is_left_alone(walker: Make) -> None:
    for seed in range(5):
        clean = walker(right=bool(seed % 2)).noisy(1.5, seed)
        assert not (repair_swaps(clean).exchanged & clearly_apart(clean)).any()


def test_confidence_and_sd_go_with_their_points(walker: Make) -> None:
    clean = walker().noisy(1.0, told=True)
    confidence, sd = np.array(clean.confidence), np.array(clean.sd)
    left, right = GAIT_20.index("left_ankle"), GAIT_20.index("right_ankle")
    confidence[:, left], sd[:, left] = 0.6, 1.3
    clean = replace(clean, confidence=confidence, sd=sd)
    order = np.arange(20)
    for a, b in GAIT_20.pairs:
        order[a], order[b] = b, a
    rows = slice(80, 95)
    position = np.array(clean.position)
    position[rows], confidence[rows], sd[rows] = (
        position[rows][:, order],
        confidence[rows][:, order],
        sd[rows][:, order],
    )
    mended = repair_swaps(replace(clean, position=position, confidence=confidence, sd=sd)).keypoints
    assert mended.sd is not None
    np.testing.assert_array_equal(mended.confidence[:, left], 0.6)
    np.testing.assert_array_equal(mended.sd[:, [left, right]], [[1.3, 1.0]] * clean.n)


def test_through_gaps_and_dropped_frames(walker: Make) -> None:
    clean = walker().noisy(1.0)
    rows = slice(100, 125)
    bad = exchanged(clean, rows, LEG)
    position = np.array(bad.position)
    position[97:103, GAIT_20.index("left_ankle")] = np.nan
    position[120:128, 12:] = np.nan
    kept = np.delete(np.arange(clean.n), [99, 100, 101, 140])
    irregular = Keypoints(GAIT_20, bad.time_s[kept], position[kept], bad.confidence[kept])
    found = repair_swaps(irregular).exchanged
    wrong = wrong_pairs(np.insert(found, [99, 99, 99, 137], False, axis=0), rows, LEG)
    inside = irregular.seen & clearly_apart(clean)[kept]
    assert not (wrong[kept] & inside).any()


def test_what_has_no_partner_never_changes(walker: Make) -> None:
    clean = walker().noisy(1.0)
    bad = exchanged(clean, slice(40, 60), LEG)
    result = repair_swaps(bad)
    single = [GAIT_20.index(n) for n in ("nose", "head", "neck", "mid_hip")]
    assert not result.exchanged[:, single].any()
    np.testing.assert_array_equal(result.keypoints.position[:, single], bad.position[:, single])


def test_a_recording_wholly_exchanged_stays_so(walker: Make) -> None:
    clean = walker().noisy(1.0)
    assert not repair_swaps(exchanged(clean, slice(0, clean.n), LEG)).exchanged[:, 10:].any()


@pytest.mark.parametrize("name", sorted(SKELETONS))
def test_every_pair_of_every_set_is_in_one_group(name: str) -> None:
    groups = swap_groups(SKELETONS[name])
    pairs = sorted((int(a), int(b)) for g in groups for a, b in zip(g.left, g.right, strict=True))
    assert pairs == sorted(SKELETONS[name].pairs)
    assert all(not group.states[0].any() for group in groups)


def test_an_animal_has_a_group_for_each_pair_and_nothing_seen_is_no_error() -> None:
    mouse = Skeleton("mouse", ("snout", "left_ear_tip", "right_ear_tip", "left_paw", "right_paw"))
    assert len(swap_groups(mouse)) == 2
    nothing = Keypoints(mouse, np.arange(9) / 30, np.full((9, 5, 2), np.nan), np.full((9, 5), np.nan))
    assert not repair_swaps(nothing).exchanged.any()


def test_two_points_on_one_another_are_left_alone() -> None:
    pair = Skeleton("pair", ("left_paw", "right_paw"))
    noise = np.random.default_rng(0).normal(size=(400, 2, 2))
    still = Keypoints(pair, np.arange(400) / 50, 100 + noise, np.ones((400, 2)))
    assert not repair_swaps(still).exchanged.any()
