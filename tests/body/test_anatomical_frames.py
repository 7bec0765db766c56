from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinelab.body.anatomical_frames import (
    LEG_LANDMARKS,
    Pose,
    foot_frame,
    forearm_frame,
    hand_frame,
    leg_frames,
    pelvis_frame,
    shank_frame,
    thigh_frame,
    thorax_frame,
    upper_arm_frame,
)
from kinelab.body.joint_axes import joint_angles
from kinelab.errors import InputError

MIRROR = np.array([1.0, 1.0, -1.0])


def person(asymmetry: float = 0.0) -> dict[str, np.ndarray]:
    """A person who stands upright and faces +X, all axes of the body along ground's, feet level."""
    right = {
        "asis": [0.0, 1.0, 0.12],
        "psis": [-0.15, 1.0, 0.04],
        "hip": [-0.05, 0.9, 0.09],
        "knee_lateral": [-0.05, 0.5, 0.14],
        "knee_medial": [-0.05, 0.5, 0.04],
        "ankle_lateral": [-0.05, 0.08, 0.13],
        "ankle_medial": [-0.05, 0.08, 0.05],
        "heel": [-0.1, 0.04, 0.09],
        "mt1": [0.09, 0.05, 0.05],
        "mt5": [0.05, 0.03, 0.13],
    }
    points = {f"right_{name}": np.array(place) for name, place in right.items()}
    points |= {f"left_{name}": np.array(place) * MIRROR for name, place in right.items()}
    points["left_mt5"] = points["left_mt5"] + [0, asymmetry, 0]
    return points


# name of the frame, and its landmarks of a right limb with X forward, Y up, Z right along ground's axes
UPRIGHT = {
    "thigh": (thigh_frame, ([0, 0.9, 0.1], [0, 0.5, 0.15], [0, 0.5, 0.05])),
    "shank": (shank_frame, ([0, 0.5, 0.15], [0, 0.5, 0.05], [0, 0.1, 0.14], [0, 0.1, 0.06])),
    "foot": (foot_frame, ([-0.1, 0, 0.1], [0.1, 0, 0.06], [0.1, 0, 0.14])),
    "upper arm": (upper_arm_frame, ([0, 1.4, 0.2], [0, 1.1, 0.25], [0, 1.1, 0.15])),
    # palm forward: radius outside, thumb to the right of the right hand
    "forearm": (forearm_frame, ([0, 1.1, 0.25], [0, 1.1, 0.15], [0, 0.85, 0.24], [0, 0.85, 0.2])),
    "hand": (hand_frame, ([0, 0.85, 0.23], [0, 0.85, 0.17], [0, 0.77, 0.23], [0, 0.77, 0.17])),
}


@pytest.mark.parametrize("name", UPRIGHT)
@pytest.mark.parametrize("side", ["right", "left"])
def test_an_upright_limb_has_grounds_axes_on_both_sides_and_turns_with_its_landmarks(
    name: str, side: str
) -> None:
    make, places = UPRIGHT[name]
    points = [np.array(place) * (MIRROR if side == "left" else 1) for place in places]
    expected = np.eye(3)
    if name == "forearm":  # its long axis ends at the ulnar styloid, off the middle
        y = np.mean(points[:2], axis=0) - points[3]
        tilt = np.arctan2(y[2], y[1])
        expected = Rotation.from_rotvec([tilt, 0, 0]).as_matrix()
    np.testing.assert_allclose(make(*points, side=side).rotation, expected, atol=1e-12)
    turns = Rotation.random(6, rng=0).as_matrix()
    series = [np.einsum("tij,j->ti", turns, point) for point in points]
    np.testing.assert_allclose(make(*series, side=side).rotation, turns @ expected, atol=1e-12)


def test_pelvis_and_thorax_have_grounds_axes_upright() -> None:
    at = person()
    pelvis = pelvis_frame(at["right_asis"], at["left_asis"], at["right_psis"], at["left_psis"])
    np.testing.assert_allclose(pelvis.rotation, np.eye(3), atol=1e-15)
    np.testing.assert_allclose(pelvis.position_m, [0, 1, 0])
    notch, xiphoid, c7, t8 = np.array([[0.05, 1.4, 0], [0.08, 1.25, 0], [-0.08, 1.45, 0], [-0.11, 1.3, 0]])
    thorax = thorax_frame(notch, xiphoid, c7, t8)
    np.testing.assert_allclose(thorax.rotation, np.eye(3), atol=1e-12)
    forward = np.array([0.01, 0, 0])
    leaning = thorax_frame(notch + forward, xiphoid, c7 + forward, t8)
    angle = joint_angles(pelvis.rotation, leaning.rotation, "lumbar")
    np.testing.assert_allclose(angle, [-np.arctan2(0.01, 0.15), 0, 0], atol=1e-12)


def test_a_person_who_stands_straight_has_all_angles_zero_wherever_it_faces() -> None:
    turn = Rotation.from_euler("y", 50, degrees=True).as_matrix()
    frames = leg_frames({name: turn @ place for name, place in person().items()})
    assert set(frames) == {
        "pelvis",
        *(f"{s}_{letter}" for s in ("thigh", "shank", "foot") for letter in "rl"),
    }
    for joint, parent, child in (
        ("hip", "pelvis", "thigh"),
        ("knee", "thigh", "shank"),
        ("ankle", "shank", "foot"),
    ):
        for side, letter in (("right", "r"), ("left", "l")):
            proximal = frames[parent if parent == "pelvis" else f"{parent}_{letter}"]
            angle = joint_angles(proximal.rotation, frames[f"{child}_{letter}"].rotation, joint, side)
            np.testing.assert_allclose(angle, 0, atol=1e-12)


def test_torsion_stands_in_the_knee_with_the_malleoli_and_not_with_the_epicondyles() -> None:
    at = person()
    middle = (at["right_ankle_lateral"] + at["right_ankle_medial"]) / 2
    outward = Rotation.from_euler("y", -20, degrees=True).as_matrix()  # lateral malleolus backwards
    for name in ("right_ankle_lateral", "right_ankle_medial"):
        at[name] = middle + outward @ (at[name] - middle)
    for plane, expected in (("malleoli", -20.0), ("epicondyles", 0.0)):
        frames = leg_frames(at, shank_plane=plane)
        angle = joint_angles(frames["thigh_r"].rotation, frames["shank_r"].rotation, "knee", "right")
        np.testing.assert_allclose(np.degrees(angle), [0, 0, expected], atol=1e-9)


def test_a_foot_standing_flat_is_neutral_whatever_the_height_of_its_markers() -> None:
    frames = leg_frames(person(asymmetry=0.02))
    for letter in "rl":
        np.testing.assert_allclose(frames[f"foot_{letter}"].rotation[:, 1], [0, 1, 0], atol=1e-15)
    at = person()
    toes_up = foot_frame(at["right_heel"], at["right_mt1"] + [0, 0.05, 0], at["right_mt5"], "right")
    assert joint_angles(np.eye(3), toes_up.rotation, "ankle", "right")[0] > 0.1


def test_given_hip_centres_are_used_and_else_those_of_the_regression() -> None:
    at = person()
    assert leg_frames(at)["thigh_r"].position_m.tolist() == at["right_hip"].tolist()
    del at["right_hip"], at["left_hip"]
    width, depth = 240.0, 150.0  # mm
    harrington = [-0.24 * depth - 9.9, 1000 - 0.30 * width - 10.9, 0.33 * width + 7.3]
    np.testing.assert_allclose(leg_frames(at)["thigh_r"].position_m * 1000, harrington)
    bell = [-0.19 * width, 1000 - 0.30 * width, -0.36 * width]
    np.testing.assert_allclose(leg_frames(at, hip="bell")["thigh_l"].position_m * 1000, bell)


def test_pose_takes_points_there_and_back() -> None:
    pose = Pose(Rotation.random(5, rng=0).as_matrix(), np.arange(15.0).reshape(5, 3))
    points = np.random.default_rng(0).normal(size=(5, 3))
    np.testing.assert_allclose(pose.to_local(pose.to_ground(points)), points, atol=1e-14)


def test_refusals() -> None:
    at = person()
    at["left_mt1"] = at["left_mt1"] * np.nan
    del at["right_knee_medial"]
    with pytest.raises(
        InputError, match=r"landmarks missing .*: right_knee_medial, left_mt1; found left_ankle"
    ):
        leg_frames(at)
    flat = person()
    flat["right_knee_medial"] = flat["right_knee_lateral"]
    with pytest.raises(InputError, match="landmarks of thigh_r lie on one line or coincide"):
        leg_frames(flat)
    with pytest.raises(InputError, match="ASIS are 240 m apart: markers in mm read as m"):
        leg_frames({name: place * 1000 for name, place in person().items() if "hip" not in name})
    with pytest.raises(InputError, match="hip method 'davis'; allowed are harrington, bell"):
        leg_frames({name: place for name, place in person().items() if "hip" not in name}, hip="davis")
    with pytest.raises(InputError, match="side is 'r', allowed are 'right'"):
        thigh_frame(*np.eye(3), side="r")
    with pytest.raises(InputError, match=r"expected \(\.\.\., 3, 3\), \(\.\.\., 3\)"):
        Pose(np.eye(3), np.zeros(4))


def test_every_leg_landmark_is_needed() -> None:
    for name in LEG_LANDMARKS:
        with pytest.raises(InputError, match=f"left_{name}"):
            leg_frames({key: place for key, place in person().items() if key != f"left_{name}"})
