from __future__ import annotations

import numpy as np
import pytest

from kinelab.body.own_body import keypoint_markers, own_body
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import HALPE_26
from kinelab.errors import InputError
from kinelab.markers.model_markers import joined, match


def test_a_laboratorys_names_become_the_models() -> None:
    matched = match(own_body(), ("R.ASIS", "L.ASIS", "RLFC", "Wand", "RCAL"))
    assert matched.names == {"R.ASIS": "RASI", "L.ASIS": "LASI", "RLFC": "RKNE", "RCAL": "RHEE"}
    assert matched.left_out == ("Wand",)


def test_landmarks_of_pose_networks_are_joint_centres() -> None:
    matched = match(own_body(), HALPE_26.landmarks, keypoint_markers())
    assert matched.names["left_knee"] == "left_knee"
    assert set(matched.centres) == set(HALPE_26.landmarks)
    pose2sim = ("RHip", "LHip", "RKnee", "LKnee", "RAnkle", "LAnkle", "RBigToe", "Neck")
    assert match(own_body(), pose2sim, keypoint_markers()).names["RKnee"] == "right_knee"


def test_a_computed_hip_centre_does_not_make_knee_markers_centres() -> None:
    names = ("R_HJC", "L_HJC", "R.Knee", "L.Knee", "R.ASIS", "L.ASIS")
    matched = match(own_body(), names, keypoint_markers())
    assert matched.names["R.Knee"] == "RKNE"
    assert matched.centres == ()


def test_no_common_marker_lists_both() -> None:
    with pytest.raises(
        InputError, match=r"none of the trial's 2 markers is in model kinelab.*Trial: a, b\. Model: "
    ):
        match(own_body(), ("a", "b"))
    with pytest.raises(InputError, match="3 of the trial's 3 markers are in model"):
        match(own_body(), ("RASI", "LASI", "C7"))
    with pytest.raises(InputError, match="has no markers; give one that has"):
        match(own_body().with_markers(()), ("RASI",))


def test_two_trials_one_after_the_other(walker: Keypoints) -> None:
    names, position = joined(walker, walker)
    assert names == walker.skeleton.landmarks
    np.testing.assert_array_equal(position[walker.n :], walker.position)
