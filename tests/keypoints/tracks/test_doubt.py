from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import GAIT_20, Skeleton
from kinelab.keypoints.tracks.doubt import KINDS, doubted_frames, doubts


@pytest.fixture(scope="module")
def clean(walker: Callable[..., Any]) -> Keypoints:
    track: Keypoints = walker().noisy(1.0, told=True)
    return track


@pytest.fixture(scope="module")
def faulty(clean: Keypoints) -> Keypoints:
    """One fault of each kind, at frames 50, 100, 150, 200 and 250."""
    position, confidence, sd = np.array(clean.position), np.array(clean.confidence), np.array(clean.sd)
    position[50, GAIT_20.index("nose")] += 40  # no link goes on from there to a limb's end
    confidence[100, GAIT_20.index("head")] = 0.1
    sd[150, GAIT_20.index("left_hip")] = 9.0
    position[200:203, GAIT_20.index("left_wrist")] += [0, 120]
    both = [GAIT_20.index("left_ankle"), GAIT_20.index("right_ankle")]
    position[250:253, both] = position[250:253, both[::-1]]
    return replace(clean, position=position, confidence=confidence, sd=sd)


def test_a_clean_track_is_not_doubted(clean: Keypoints) -> None:
    assert (doubts(clean).score > 1).sum() == 0


def test_each_fault_is_found_and_named(faulty: Keypoints) -> None:
    score = doubts(faulty, [("left_elbow", "left_wrist")]).score
    for frame, kind in zip((50, 100, 150, 200, 250), KINDS, strict=True):
        assert score[frame, KINDS.index(kind)] > 1, kind
    chosen = doubted_frames(doubts(faulty, [("left_elbow", "left_wrist")]), faulty, 20)
    found = {one.frame: one for one in chosen}
    assert {50, 100, 150} <= set(found)
    assert found[100].kind == "unsure"
    assert found[100].landmark == "head"
    assert found[150].landmark == "left_hip"
    assert {one.kind for one in chosen} >= {"unsure", "spread"}
    # The slips of three frames are asked about once: frames are 0.2 s apart.
    frames = np.array(sorted(found))
    assert np.diff(frames).min() >= 0.2 * faulty.rate_hz
    assert any(200 <= frame <= 202 for frame in frames)
    assert any(250 <= frame <= 252 for frame in frames)


def test_what_is_chosen_already_is_not_chosen_again(faulty: Keypoints) -> None:
    chosen = doubted_frames(doubts(faulty), faulty, 20, taken=[100])
    assert all(abs(one.frame - 100) >= 0.2 * faulty.rate_hz for one in chosen)
    assert len(doubted_frames(doubts(faulty), faulty, 2)) == 2


def test_pairs_of_any_name_are_looked_at(faulty: Keypoints) -> None:
    names = tuple(name.replace("left_", "near ").replace("right_", "far ") for name in GAIT_20.landmarks)
    renamed = replace(faulty, skeleton=Skeleton("theirs", names))
    exchanged = KINDS.index("exchange")
    assert doubts(renamed).score[250, exchanged] == 0
    assert doubts(renamed, pairs=[("near ankle", "far ankle")]).score[250, exchanged] > 1


def test_frames_that_were_not_decoded_are_not_offered(faulty: Keypoints) -> None:
    position, confidence, sd = np.array(faulty.position), np.array(faulty.confidence), np.array(faulty.sd)
    position[100], confidence[100], sd[100] = np.nan, np.nan, np.nan
    assert (doubts(replace(faulty, position=position, confidence=confidence, sd=sd)).score[100] == 0).all()
