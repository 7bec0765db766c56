from __future__ import annotations

import numpy as np

from kinelab.virtual_lab.solid_people.bodies import Body
from kinelab.virtual_lab.solid_people.leg_plane import (
    FootRoll,
    ankle_on_floor,
    foot_heights,
    leg_length,
    reach_angles,
    toes_pitch,
)

BODY = Body()


def test_reach_angles_put_the_ankle_where_it_was_asked() -> None:
    rng = np.random.default_rng(0)
    forward_m, down_m = rng.uniform(-0.4, 0.4, 100), rng.uniform(0.5, 0.7, 100)
    thigh, knee = reach_angles(BODY, forward_m, down_m)
    shank = thigh - knee
    np.testing.assert_allclose(BODY.thigh_m * np.sin(thigh) + BODY.shank_m * np.sin(shank), forward_m)
    np.testing.assert_allclose(BODY.thigh_m * np.cos(thigh) + BODY.shank_m * np.cos(shank), down_m)
    assert (knee > 0).all()
    np.testing.assert_allclose(leg_length(BODY, knee), np.hypot(forward_m, down_m))


def test_the_foot_on_the_floor_touches_it_and_does_not_sink() -> None:
    """With heel up or toes up, the lowest point of heel, ball and tip is at height 0."""
    pitch = np.radians(np.linspace(-70, 30, 201))
    _, ankle_h = ankle_on_floor(BODY, pitch)
    toes = toes_pitch(pitch) - pitch
    # A vertical leg over that ankle: shank angle 0, so the ankle angle is the pitch.
    hip_h = ankle_h + BODY.thigh_m + BODY.shank_m
    zero = np.zeros_like(pitch)
    heights = foot_heights(BODY, np.stack([zero, zero, pitch, toes]), hip_h)
    np.testing.assert_allclose(heights.min(axis=0), 0, atol=1e-12)


def test_toes_stay_flat_at_first_and_then_roll() -> None:
    assert abs(np.degrees(toes_pitch(np.radians(np.array([-12.0])))[0])) < 0.4
    rolled = np.degrees(toes_pitch(np.radians(np.array([-60.0])))[0])
    np.testing.assert_allclose(rolled, -30, atol=0.2)
    np.testing.assert_allclose(toes_pitch(np.array([0.2])), 0.2)


def test_foot_roll_has_three_rockers() -> None:
    roll = FootRoll(np.radians(17), np.radians(-60), flat_from=0.09, heel_off=0.31, toe_off=0.62)
    pitch = np.degrees(roll.pitch(np.array([0.0, 0.09, 0.2, 0.31, 0.62])))
    np.testing.assert_allclose(pitch, [17, 0, 0, 0, -60], atol=1e-9)
