from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinelab.body.joint_axes import (
    JOINTS,
    joint_angles,
    joint_offset,
    joint_rotation,
    joint_translations,
)
from kinelab.errors import InputError

RNG = np.random.default_rng(0)
EYE = np.eye(3)
PARENT = Rotation.random(40, rng=3).as_matrix()
MIRROR = np.diag([1.0, 1.0, -1.0])
SIDED = [joint for joint, axes in JOINTS.items() if axes.mirrored]
CASES = [(joint, side) for joint in SIDED for side in ("right", "left")] + [
    ("pelvis", None),
    ("lumbar", None),
]


def turn(axis: str, degrees: float) -> np.ndarray:
    return Rotation.from_euler(axis.lower(), degrees, degrees=True).as_matrix()


@pytest.mark.parametrize(("joint", "side"), CASES)
def test_angles_and_rotation_undo_each_other_and_zero_is_parallel_frames(joint: str, side: str) -> None:
    angle = RNG.uniform(-1.4, 1.4, (40, 3))
    if joint == "shoulder_isb":
        angle[:, 1] = np.abs(angle[:, 1]) + 0.1
    child = PARENT @ joint_rotation(angle, joint, side)
    np.testing.assert_allclose(joint_angles(PARENT, child, joint, side), angle, atol=1e-13)
    np.testing.assert_allclose(joint_angles(PARENT, PARENT, joint, side), 0, atol=1e-13)


# What moves where, on the right side: (joint, angle, axis and degrees of the distal body in the proximal)
CLINICAL = [
    ("hip", 0, "Z", 30),  # knee goes forward
    ("hip", 1, "X", 10),  # knee goes to the middle
    ("hip", 2, "Y", 10),  # toes turn to the left
    ("knee", 0, "Z", -60),  # heel to buttock
    ("knee", 1, "X", 5),
    ("knee", 2, "Y", 5),
    ("ankle", 0, "Z", 15),  # toes up
    ("ankle", 1, "X", 8),  # sole to the middle
    ("elbow", 0, "Z", 90),
    ("elbow", 2, "Y", 45),  # palm from the front to the middle
    ("wrist", 0, "Z", 20),
    ("wrist", 1, "X", 12),  # little finger side to the middle
    ("shoulder", 0, "Z", 70),
]


@pytest.mark.parametrize(("joint", "which", "axis", "degrees"), CLINICAL)
@pytest.mark.parametrize("side", ["right", "left"])
def test_clinical_signs_are_the_same_on_both_sides(
    joint: str, which: int, axis: str, degrees: float, side: str
) -> None:
    child = turn(axis, degrees)
    if side == "left":
        child = MIRROR @ child @ MIRROR
    expected = np.zeros(3)
    expected[which] = abs(degrees)
    np.testing.assert_allclose(np.degrees(joint_angles(EYE, child, joint, side)), expected, atol=1e-12)


def test_isb_shoulder_raises_the_arm_in_the_plane_it_names() -> None:
    """Wu 2005: plane 0 is abduction, 90 forward flexion; the arm hangs along -Y."""
    for plane, to in ((0.0, [0, 0, 1]), (90.0, [1, 0, 0])):
        for side, flip in (("right", EYE), ("left", MIRROR)):
            up = joint_rotation(np.radians([plane, 90, 0]), "shoulder_isb", side)
            np.testing.assert_allclose(up @ [0, -1, 0], flip @ to, atol=1e-12)
    np.testing.assert_allclose(
        joint_angles(EYE, EYE, "shoulder_isb", "right"), 0, atol=1e-15, err_msg="arm hanging: locked, zero"
    )


def clinical_axes(child: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    e1, e3 = np.array([0.0, 0.0, 1.0]), child[:, 1]
    e2 = np.cross(e3, e1)
    return e1, e2 / np.linalg.norm(e2), e3


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_of_the_turns_does_not_matter_about_grood_and_suntays_axes(order: tuple[int, ...]) -> None:
    """Their central claim: whatever turn is made first, the posture reached is that of Z-X-Y.

    Each turn is about its axis where the turns made so far have carried it: e1 stays with the parent, the
    floating axis goes with the first turn, e3 with both others.
    """
    turns = Rotation.from_rotvec(np.array([[0, 0, 0.7], [-0.2, 0, 0], [0, 0.3, 0]]))
    posture = Rotation.identity()
    made: list[int] = []
    for step in order:
        carried = Rotation.identity()
        for before in sorted(n for n in made if n < step):
            carried = carried * turns[before]
        posture = carried * turns[step] * carried.inv() * posture
        made.append(step)
    expected = joint_rotation([0.7, -0.2, 0.3], "hip", "right")
    np.testing.assert_allclose(posture.as_matrix(), expected, atol=1e-15)


def test_angles_are_those_grood_and_suntay_measure_between_the_axes() -> None:
    child = joint_rotation([0.9, 0.25, -0.3], "hip", "left") @ EYE
    child = MIRROR @ child @ MIRROR
    e1, e2, e3 = clinical_axes(child)
    assert np.arcsin(e2 @ [0, 1, 0]) == pytest.approx(0.9)
    assert np.arcsin(e1 @ e3) == pytest.approx(0.25)
    assert np.arcsin(e2 @ child[:, 2]) == pytest.approx(-0.3)
    assert e1 @ e2 == pytest.approx(0, abs=1e-15)
    assert e2 @ e3 == pytest.approx(0, abs=1e-15)


def test_translations_are_lateral_anterior_distraction_and_come_back() -> None:
    angle = RNG.uniform(-0.9, 0.9, (40, 3))
    for side in ("right", "left"):
        child = PARENT @ joint_rotation(angle, "knee", side)
        offset = RNG.normal(scale=0.01, size=(40, 3))
        moved = joint_translations(PARENT, child, offset, "knee", side)
        np.testing.assert_allclose(joint_offset(PARENT, child, moved, "knee", side), offset, atol=1e-15)
        outward = [0, 0, 0.004 if side == "right" else -0.004]
        straight = joint_translations(EYE, EYE, np.add([0.003, -0.002, 0], outward), "knee", side)
        np.testing.assert_allclose(straight, [0.004, 0.003, 0.002], atol=1e-16)
    # in 90 deg of flexion the shank points backwards: away from the thigh's end along it is distraction
    bent = joint_rotation([np.pi / 2, 0, 0], "knee", "right")
    along = joint_translations(EYE, bent, bent @ [0, -0.005, 0], "knee", "right")
    np.testing.assert_allclose(along, [0, 0, 0.005], atol=1e-16)
    np.testing.assert_allclose(bent @ [0, -1, 0], [-1, 0, 0], atol=1e-15)


def test_missing_segments_are_nan_only_where_they_are_missing() -> None:
    parent = PARENT.copy()
    parent[3] = np.nan
    angle = joint_angles(parent, PARENT[::-1], "knee", "left")
    assert np.isnan(angle).all(axis=1).nonzero()[0].tolist() == [3]


def test_refusals() -> None:
    with pytest.raises(InputError, match="no joint 'toe'; there are pelvis, hip"):
        joint_angles(EYE, EYE, "toe", "right")
    with pytest.raises(InputError, match="hip is there twice: side is None"):
        joint_angles(EYE, EYE, "hip")
    with pytest.raises(
        InputError, match=r"lumbar is in the middle of the body and has no side; found .*'left'"
    ):
        joint_angles(EYE, EYE, "lumbar", "left")
    with pytest.raises(InputError, match=r"shape \(2,\); expected \(\.\.\., 3, 3\)"):
        joint_angles(np.zeros(2), EYE, "hip", "right")
    with pytest.raises(InputError, match="hip_flexion, hip_adduction, hip_rotation"):
        joint_rotation([1.0], "hip", "right")
    with pytest.raises(InputError, match="shoulder_isb has no clinical translations"):
        joint_translations(EYE, EYE, np.zeros(3), "shoulder_isb", "right")


# joint, its OpenSim coordinates, parent and child body; those the model has with frames parallel at zero
LIVE = [
    ("pelvis", None, ("pelvis_tilt", "pelvis_list", "pelvis_rotation"), None, "pelvis"),
    ("hip", "right", ("hip_flexion_r", "hip_adduction_r", "hip_rotation_r"), "pelvis", "femur_r"),
    ("hip", "left", ("hip_flexion_l", "hip_adduction_l", "hip_rotation_l"), "pelvis", "femur_l"),
    ("lumbar", None, ("lumbar_extension", "lumbar_bending", "lumbar_rotation"), "pelvis", "torso"),
    ("shoulder", "right", ("arm_flex_r", "arm_add_r", "arm_rot_r"), "torso", "humerus_r"),
    ("shoulder", "left", ("arm_flex_l", "arm_add_l", "arm_rot_l"), "torso", "humerus_l"),
]


@pytest.mark.shared
def test_opensims_own_coordinates_are_recovered_live(shared_data: Path) -> None:
    """Rajagopal2016 in OpenSim: its coordinates from nothing but its body rotations, to 1e-9 rad."""
    import opensim

    opensim.Logger.setLevelString("Off")
    model = opensim.Model(str(shared_data / "opensim/rajagopal_models/Rajagopal2016.osim"))
    state = model.initSystem()
    bodies, coordinates = model.getBodySet(), model.getCoordinateSet()

    def rotation(name: str | None) -> np.ndarray:
        if name is None:
            return EYE
        r = bodies.get(name).getTransformInGround(state).R()
        return np.array([[r.get(i, j) for j in range(3)] for i in range(3)])

    rng = np.random.default_rng(1)
    for _ in range(20):
        values = {name: rng.uniform(-0.5, 1.0) for _, _, names, _, _ in LIVE for name in names}
        extra = {f"{name}_{side}": rng.uniform(0.05, 0.4) for name in ONE for side in "rl"}
        for name, value in (values | extra).items():
            coordinates.get(name).setValue(state, value, False)
        model.realizePosition(state)
        for joint, side, names, parent, child in LIVE:
            found = joint_angles(rotation(parent), rotation(child), joint, side)
            np.testing.assert_allclose(found, [values[name] for name in names], atol=1e-9)
        for side in ("right", "left"):
            for name, (joint, proximal, distal, which, within) in ONE.items():
                parent, child = f"{proximal}_{side[0]}", f"{distal}_{side[0]}"
                found = joint_angles(rotation(parent), rotation(child), joint, side)[which]
                assert found == pytest.approx(extra[f"{name}_{side[0]}"], abs=within), (name, side)


# about OpenSim's own oblique axes: the same sign and nearly the size
ONE = {
    "knee_angle": ("knee", "femur", "tibia", 0, 0.02),
    "ankle_angle": ("ankle", "tibia", "talus", 0, 0.02),
    "elbow_flex": ("elbow", "humerus", "ulna", 0, 0.05),
}
