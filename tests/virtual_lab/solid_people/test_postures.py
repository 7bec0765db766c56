from __future__ import annotations

import numpy as np
import pytest

from kinelab.virtual_lab.solid_people.bodies import Body
from kinelab.virtual_lab.solid_people.posture import COORDINATES, column
from kinelab.virtual_lab.solid_people.postures import (
    crouching,
    free_posture,
    posture,
    random_posture,
    standing,
)


@pytest.mark.parametrize("draw", [standing, crouching, free_posture, random_posture])
def test_postures_rest_on_the_floor(draw: type) -> None:
    rng = np.random.default_rng(0)
    for _ in range(30):
        motion = draw(rng, Body())
        balls = [motion.posed.point(f"toes_{s}", (0.0, 0.0, 0.0))[0, 1] for s in "rl"]
        assert min(motion.landmarks_m[0, :, 1].min(), *balls) == pytest.approx(0, abs=1e-12)


def test_crouching_keeps_the_feet_nearly_flat() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        angle = crouching(rng, Body()).angle_deg[0]
        pitch = angle[column("pelvis_tilt")] + angle[column("hip_flexion_r")]
        pitch += angle[column("ankle_angle_r")] - angle[column("knee_angle_r")]
        assert pitch == pytest.approx(0, abs=1e-9)


def test_turning_moves_everything_about_the_vertical() -> None:
    angle = np.zeros(len(COORDINATES))
    ahead = posture(Body(), angle).landmarks_m[0]
    left = posture(Body(), angle, turn_deg=90).landmarks_m[0]
    # To the left: what was ahead (+X) is now at the old left (-Z).
    np.testing.assert_allclose(left[:, 2], -ahead[:, 0], atol=1e-12)
    np.testing.assert_allclose(left[:, 1], ahead[:, 1], atol=1e-12)
