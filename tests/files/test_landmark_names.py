from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import COCO_17, SKELETONS, Skeleton
from kinelab.errors import InputError
from kinelab.files.landmark_names import map_landmarks, skeleton_from, standard_name

SPELLINGS = {
    "left_hip": (
        "LHip",
        "hip_L",
        "left hip",
        "l_hip",
        "HipL",
        "lhip",
        "L_Hip",
        "hip.l",
        "LEFT_HIP",
        "leftHip",
        "LHJC",
    ),
    "right_big_toe": ("RBigToe", "right_foot_index", "R_toe", "toe_r", "hallux right", "rbigtoe", "RToe"),
    "left_small_toe": ("LSmallToe", "left_small_toe", "l_little_toe"),
    "right_ankle": ("rankle", "R.Ankle", "Ankle_R", "right-ankle", "RANK"),
    "right_heel": ("RHeel", "R_Calcaneus", "RIGHT_HEEL"),
    "mid_hip": ("MidHip", "CHip", "hip_mid", "mid hip"),
    "head": ("headtop", "Head", "top_of_head"),
    "neck": ("Neck", "neck"),
    "left_eye_outer": ("left_eye_outer", "leftEyeOuter"),
    "left_ear": ("leftear", "LEar"),
}
UNKNOWN = (
    "snout",
    "tailbase",
    "rear",
    "lip",
    "R.Knee.Lat",
    "LTH1",
    "",
    "l",
    "point 7",
    "lower_back",
    "neck_l",
)


@pytest.mark.parametrize("ours", SPELLINGS)
def test_usual_spellings_are_known(ours: str) -> None:
    assert {standard_name(name) for name in SPELLINGS[ours]} == {ours}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_not_known_stays(name: str) -> None:
    assert standard_name(name) == name


def test_our_own_names_stay_and_camel_case_of_them_is_known() -> None:
    for known in SKELETONS.values():
        for name in known.landmarks:
            assert standard_name(name) == name
            assert standard_name(name.title().replace("_", "")) == name


def keypoints(*names: str) -> Keypoints:
    K = len(names)
    skeleton = Skeleton("file", names, ((names[0], names[1]),))
    return Keypoints(skeleton, [0.0], np.ones((1, K, 2)), np.ones((1, K)))


def test_names_are_mapped_with_their_links() -> None:
    mapped = map_landmarks(keypoints("LHip", "LKnee", "tail"))
    assert mapped.skeleton.landmarks == ("left_hip", "left_knee", "tail")
    assert mapped.skeleton.links == (("left_hip", "left_knee"),)


def test_two_spellings_of_one_landmark_both_stay() -> None:
    assert map_landmarks(keypoints("LHip", "hip_l", "LKnee")).skeleton.landmarks == (
        "LHip",
        "hip_l",
        "left_knee",
    )


def test_a_table_of_ones_own() -> None:
    mapped = map_landmarks(keypoints("LHip", "P2"), {"P2": "left_knee"})
    assert mapped.skeleton.landmarks == ("LHip", "left_knee")
    with pytest.raises(InputError, match="has no 'P3'; it has LHip, P2"):
        map_landmarks(keypoints("LHip", "P2"), {"P3": "left_knee"})
    with pytest.raises(InputError, match="two landmarks would be called LHip"):
        map_landmarks(keypoints("LHip", "P2"), {"P2": "LHip"})


def test_a_known_set_is_recognised() -> None:
    assert skeleton_from("x", COCO_17.landmarks) is COCO_17
    assert skeleton_from("x", ("left_knee", "left_hip")).links == (("left_hip", "left_knee"),)
