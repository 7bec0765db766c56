from __future__ import annotations

import numpy as np

from kinelab.virtual_lab.solid_people.bodies import Body
from kinelab.virtual_lab.solid_people.posture import COORDINATES, column, forward
from kinelab.virtual_lab.solid_people.truth import PLANAR_NAMES, planar_angles


def test_planar_angles_give_back_the_models_angles_in_the_sagittal_plane() -> None:
    """Angles to joint centres to planar angles and back, exact where all motion is sagittal."""
    rng = np.random.default_rng(0)
    angle = np.zeros((200, len(COORDINATES)))
    low = {
        "knee_angle": 0,
        "hip_flexion": -30,
        "ankle_angle": -30,
        "pelvis_tilt": -20,
        "lumbar_extension": -20,
    }
    high = {"knee_angle": 100, "hip_flexion": 60, "ankle_angle": 30, "pelvis_tilt": 5, "lumbar_extension": 10}
    for i, name in enumerate(COORDINATES):
        joint = name.removesuffix("_r").removesuffix("_l")
        if joint in low:
            angle[:, i] = rng.uniform(low[joint], high[joint], 200)
    # Sorted, so that the random postures follow each other as a movement does (angles are unwrapped).
    angle = angle[np.argsort(angle[:, column("pelvis_tilt")])] * np.linspace(0, 1, 200)[:, None]
    planar = planar_angles(forward(Body(), angle, np.zeros((200, 3))).landmarks_m())
    # Against the trunk, not the pelvis: the lumbar joint lies between.
    lumbar = angle[:, column("lumbar_extension")]
    for side in "rl":
        hip = planar[:, PLANAR_NAMES.index(f"hip_flexion_{side}")]
        np.testing.assert_allclose(hip, angle[:, column(f"hip_flexion_{side}")] - lumbar, atol=1e-9)
        for joint in ("knee_angle", "ankle_angle"):
            name = f"{joint}_{side}"
            np.testing.assert_allclose(
                planar[:, PLANAR_NAMES.index(name)], angle[:, column(name)], atol=1e-9, err_msg=name
            )


def test_bent_toes_turn_the_foot_from_heel_to_toe() -> None:
    angle = np.zeros((1, len(COORDINATES)))
    angle[0, column("mtp_angle_r")] = 30
    planar = planar_angles(forward(Body(), angle, np.zeros((1, 3))).landmarks_m())
    # Toes are 0.28 of the foot: atan(0.28 sin 30 / (0.72 + 0.28 cos 30)).
    expected = np.degrees(np.arctan2(0.28 * np.sin(np.pi / 6), 0.72 + 0.28 * np.cos(np.pi / 6)))
    np.testing.assert_allclose(planar[0, PLANAR_NAMES.index("ankle_angle_r")], expected)
