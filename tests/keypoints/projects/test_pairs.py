from __future__ import annotations

import pytest

from kinelab.core.skeletons import SKELETONS, Skeleton
from kinelab.keypoints.projects.pairs import find_pairs


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("left_hip", "right_hip"), ("hip_left", "hip_right"), ("LeftHip", "RightHip"),
        ("LEFT HIP", "RIGHT HIP"), ("lefthip", "righthip"), ("l_hip", "r_hip"), ("hip_l", "hip_r"),
        ("L.Hip", "R.Hip"), ("hip-L", "hip-R"), ("LHip", "RHip"),
        ("HipL", "HipR"), ("lankle", "rankle"), ("LHEE", "RHEE"), ("toe_l_2", "toe_r_2"),
    ],
)  # fmt: skip
def test_usual_spellings_are_pairs_in_either_order(left: str, right: str) -> None:
    assert find_pairs([left, "nose", right]) == ((left, right),)
    assert find_pairs([right, left]) == ((left, right),)


def test_names_without_a_partner_are_no_pair() -> None:
    assert find_pairs(["leg", "rear", "left_hip", "tail", "Lumbar", "lip", "right"]) == ()


@pytest.mark.parametrize("known", SKELETONS.values(), ids=lambda s: s.name)
def test_the_known_sets_have_their_pairs(known: Skeleton) -> None:
    names = {(known.landmarks[a], known.landmarks[b]) for a, b in known.pairs}
    assert set(find_pairs(known.landmarks)) == names
