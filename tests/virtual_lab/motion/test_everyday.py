"""Everyday movements: the weight over the feet, the seat under the hips, the foot on the step."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.virtual_lab.motion import everyday_arms, everyday_feet, everyday_low
from kinelab.virtual_lab.motion.centre_of_mass import centre_of_mass
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import default_mover
from kinelab.virtual_lab.motion.score import mirrored, play

MOVER = default_mover(1.7, 0.01)
QUIET = [
    everyday_low.squat,
    everyday_low.bow,
    everyday_low.pick_up,
    everyday_arms.reach_side,
    everyday_arms.reach_forward,
    everyday_arms.stretch,
    everyday_feet.toe_raise,
    everyday_feet.single_leg_stance,
]


def played(score, seed: int = 0, *, other_side: bool = False) -> Movement:  # type: ignore[no-untyped-def]
    made = score(MOVER, np.random.default_rng(seed))
    return play(mirrored(made) if other_side else made, MOVER, 50.0, None, np.random.default_rng(seed + 1))


@pytest.mark.parametrize("score", QUIET, ids=lambda score: score.__name__)
def test_the_weight_is_over_the_feet(score) -> None:  # type: ignore[no-untyped-def]
    """The centre of mass stays within the bearing points that are on the floor, to 2 cm."""
    movement = played(score)
    centre = centre_of_mass(MOVER.model, movement.placement)
    sole = movement.placement.marker_m
    for t in range(0, movement.time.n, 5):
        down = sole[t][sole[t, :, 1] < 0.02]
        for axis in (0, 2):
            assert down[:, axis].min() - 0.02 < centre[t, axis] < down[:, axis].max() + 0.02


def test_sits_on_the_chair_that_it_tells() -> None:
    movement = played(everyday_low.sit_down)
    chair = movement.labels
    names = MOVER.model.joint_names
    hips = 0.5 * sum(movement.placement.joint_centre_m[-1, names.index(f"hip_{s}")] for s in "rl")
    assert 0.06 < hips[1] - float(chair["chair_y_m"]) < 0.11
    assert abs(hips[0] - float(chair["chair_at_x_m"])) < float(chair["chair_x_m"]) / 2
    assert 75 < movement.angle_deg("knee_angle_r")[-1] < 110
    sole = movement.placement.marker_m
    moved = np.ptp(sole, axis=0)
    assert moved[:, [0, 2]].max() < 1e-3
    assert moved[:, 1].max() < 3e-3  # the heels give way a little where the ankles end


def test_stand_up_leans_before_it_rises() -> None:
    """Schenkman et al. 1990: the trunk's forward swing precedes lift-off."""
    movement = played(everyday_low.stand_up)
    trunk = movement.angle_deg("pelvis_tilt") + movement.angle_deg("lumbar_extension")
    height = movement.coordinates[:, MOVER.column("pelvis_ty")]
    assert trunk.argmin() < np.diff(height).argmax() + 5
    assert height[-1] - height[0] > 0.3
    assert movement.angle_deg("knee_angle_r")[-1] < 15


def test_both_feet_end_on_the_step() -> None:
    movement = played(everyday_low.step_up)
    np.testing.assert_allclose(
        movement.placement.marker_m[-1, :, 1], float(movement.labels["step_y_m"]), atol=2e-3
    )


def test_the_high_shelf_is_over_the_head() -> None:
    movement = played(everyday_arms.reach_shelf)
    hand = movement.placement.position_m[:, MOVER.model.body_index("hand_r"), 1]
    assert hand.max() > 1.65


def test_a_mirrored_score_is_the_mirrored_movement() -> None:
    right, left = played(everyday_feet.kick), played(everyday_feet.kick, other_side=True)
    toe = [m.placement.marker_m[:, i] for m, i in ((right, 3), (left, 7))]
    np.testing.assert_allclose(toe[0][:, 0], toe[1][:, 0], atol=0.08)
    np.testing.assert_allclose(toe[0][:, 2], -toe[1][:, 2], atol=0.08)
    assert toe[0][:, 1].max() > 0.25


def test_turns_as_far_as_told() -> None:
    movement = played(everyday_feet.turn)
    turned = movement.angle_deg("pelvis_rotation")
    assert turned[-1] - turned[0] == pytest.approx(float(movement.labels["turn_deg"]), abs=4)
