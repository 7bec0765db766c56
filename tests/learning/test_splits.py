from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinelab.errors import InputError
from kinelab.learning.splits import given_split, nested, split

VIDEO = [f"v{i // 10}" for i in range(100)]
PERSON = [f"p{i // 20}" for i in range(100)]
NOBODY = [""] * 100


def test_persons_are_kept_together_where_they_are_known() -> None:
    parts = split(VIDEO, PERSON, test_share=0.2)
    assert parts.by == "person"
    tested = {PERSON[i] for i in parts.test}
    assert len(tested) == 1
    assert not tested & {PERSON[i] for i in parts.train}
    assert parts.said == (
        "split by person (the persons are known): 80 frames to learn from, 20 to test on (1 of 5 persons)"
    )


def test_else_videos_and_it_is_said_that_people_may_be_in_both() -> None:
    parts = split(VIDEO, NOBODY)
    assert parts.by == "video"
    assert len({VIDEO[i] for i in parts.test}) == 1
    assert "persons are not said, so people may be in both parts" in parts.said
    assert split(VIDEO, ["anna"] * 100).by == "video"


def test_one_video_is_split_by_frame_and_the_catch_is_said() -> None:
    parts = split(["v"] * 116, [""] * 116, test_share=0.05)
    assert (parts.by, parts.test.size) == ("frame", 6)
    assert "the error on other videos will be larger" in parts.said


@pytest.mark.parametrize(("share", "tested"), [(0.1, 10), (0.05, 5), (0.2, 20)])
def test_the_papers_fractions(share: float, tested: int) -> None:
    parts = split(VIDEO, NOBODY, by="frame", test_share=share)
    assert (parts.train.size, parts.test.size) == (100 - tested, tested)


def test_a_seed_is_a_split() -> None:
    same = [split(VIDEO, NOBODY, by="frame", seed=3).test for _ in range(2)]
    np.testing.assert_array_equal(*same)
    assert (split(VIDEO, NOBODY, by="frame", seed=4).test != same[0]).any()


@settings(max_examples=60, deadline=None)
@given(
    counts=st.lists(st.integers(1, 9), min_size=2, max_size=12),
    share=st.floats(0.05, 0.6),
    seed=st.integers(0, 999),
)
def test_every_frame_is_in_one_part_and_no_group_in_both(counts: list[int], share: float, seed: int) -> None:
    video = [f"v{g}" for g, n in enumerate(counts) for _ in range(n)]
    parts = split(video, [""] * len(video), by="video", test_share=share, seed=seed)
    np.testing.assert_array_equal(np.sort(np.concatenate([parts.train, parts.test])), np.arange(len(video)))
    assert not {video[i] for i in parts.train} & {video[i] for i in parts.test}
    assert parts.train.size
    assert parts.test.size


def test_subsets_are_nested_and_take_from_every_video() -> None:
    chosen = split(VIDEO, NOBODY, by="frame", seed=1).train
    found = nested(chosen, VIDEO, [20, 40, 80], seed=5)
    assert set(found[20]) < set(found[40]) < set(found[80]) <= set(chosen)
    counts = np.unique([VIDEO[i] for i in found[20]], return_counts=True)[1]
    assert counts.tolist() == [2] * 10


def test_too_few_frames_or_groups_are_named() -> None:
    with pytest.raises(InputError, match="all 3 frames are of one video, so none is left to test on"):
        split(["v"] * 3, [""] * 3, by="video")
    with pytest.raises(InputError, match="nobody said who is in v0, v1"):
        split(VIDEO, NOBODY, by="person")
    with pytest.raises(InputError, match="1 labelled frames; at least two"):
        split(["v"], [""])
    with pytest.raises(InputError, match="test share is 1"):
        split(VIDEO, NOBODY, test_share=1.0)
    with pytest.raises(InputError, match="101 frames are asked for, and there are 100"):
        nested(np.arange(100), VIDEO, [101])


def test_a_split_made_elsewhere() -> None:
    assert given_split(5, [3, 0], [1]).train.tolist() == [0, 3]
    with pytest.raises(InputError, match="row 5 of a split is not one of the 5 frames"):
        given_split(5, [0], [5])
    with pytest.raises(InputError, match="a frame is in both parts"):
        given_split(5, [0, 1], [1])
