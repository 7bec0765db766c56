from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from kinelab.core.skeletons import GAIT_20
from kinelab.errors import InputError
from kinelab.virtual_lab.cameras.pinhole import project
from kinelab.virtual_lab.solid_people.scenes import demo_scene

SCENE = demo_scene(0)


def test_the_walker_is_in_view_for_nearly_all_of_ten_seconds() -> None:
    keypoints = SCENE.keypoints()
    assert keypoints.n == 500
    assert keypoints.rate_hz == pytest.approx(50)
    whole = keypoints.seen.all(axis=1)
    assert whole.sum() / 50 > 7.5
    assert keypoints.seen.any(axis=1).sum() / 50 > 9.3
    middle = keypoints.position[250]
    assert np.ptp(middle[:, 1]) > 200


def test_enough_strides_are_seen_whole() -> None:
    time_s = SCENE.motion.time.time_s[SCENE.keypoints().seen.all(axis=1)]
    for side in ("right", "left"):
        landed = SCENE.events().times(side, "ic")  # type: ignore[arg-type]
        assert ((landed > time_s[0]) & (landed < time_s[-1])).sum() - 1 >= 5


def test_truth_is_one_piece() -> None:
    """Keypoints are the projected joint centres, hidden ones marked; kinematics share the time."""
    keypoints, kinematics = SCENE.keypoints(), SCENE.kinematics()
    px, _ = project(SCENE.camera, SCENE.motion.landmarks_m)
    seen = keypoints.seen
    np.testing.assert_array_equal(keypoints.position[seen], px[seen])
    assert set(np.unique(keypoints.confidence[seen])) == {0.5, 1.0}
    # The right side faces the camera in the middle of the view: the right hip is seen, the left never.
    middle = keypoints.confidence[200:300]
    assert (middle[:, GAIT_20.index("right_hip")] == 1).mean() > 0.7
    assert (middle[:, GAIT_20.index("left_hip")] == 0.5).all()
    np.testing.assert_array_equal(kinematics.time.time_s, keypoints.time_s)
    assert kinematics.provenance.synthetic
    assert SCENE.motion.joint_angles().provenance.synthetic


def test_planar_truth_is_normal_gait() -> None:
    kinematics = SCENE.kinematics()
    assert kinematics.of("knee_angle_r").max() == pytest.approx(58, abs=6)
    assert kinematics.of("hip_flexion_l").max() == pytest.approx(25, abs=8)
    # The knee does not depend on the definition but for the leg's small turn out of the plane.
    own = SCENE.motion.joint_angles()
    np.testing.assert_allclose(kinematics.of("knee_angle_r"), own.of("knee_angle_r"), atol=1.5)


def test_frames_move_and_are_repeatable() -> None:
    scene = demo_scene(2, duration_s=1.0)
    first = list(islice(scene.frames(), 3))
    assert [index for index, _, _ in first] == [0, 1, 2]
    assert first[2][1] == pytest.approx(0.04)
    assert first[0][2].shape == (540, 960, 3)
    assert (first[0][2] != first[2][2]).any()
    np.testing.assert_array_equal(next(iter(demo_scene(2, duration_s=1.0).frames()))[2], first[0][2])


def test_a_duration_in_frames_is_refused() -> None:
    with pytest.raises(InputError, match=r"duration_s is 0\.5, expected 1 to 600"):
        demo_scene(0, duration_s=0.5)
