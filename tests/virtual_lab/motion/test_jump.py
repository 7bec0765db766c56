"""Jumps: the body rises as high as told, by gravity alone; feet land where they stand."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.virtual_lab.motion.centre_of_mass import centre_of_mass
from kinelab.virtual_lab.motion.jump import jump, star_jump
from kinelab.virtual_lab.motion.mover import default_mover


@pytest.mark.parametrize("seed", range(4))
def test_the_rise_is_the_label(seed: int) -> None:
    mover = default_mover(1.6 + 0.1 * seed)
    movement = jump(mover, 240.0, None, np.random.default_rng(seed), np.random.default_rng(seed + 5))
    height = centre_of_mass(mover.model, movement.placement)[:, 1]
    off = movement.events.times("right", "to")[0]
    land = movement.events.times("right", "ic")[0]
    rise = height.max() - np.interp(off, movement.time.time_s, height)
    assert rise == pytest.approx(float(movement.labels["rise_m"]), abs=0.004)
    inside = (movement.time.time_s[1:-1] > off + 0.01) & (movement.time.time_s[1:-1] < land - 0.01)
    np.testing.assert_allclose((np.diff(height, 2) * 240.0**2)[inside], -9.80665, atol=0.05)
    assert movement.placement.marker_m[..., 1].min() > -0.002
    assert movement.angle_deg("knee_angle_r").max() > 60
    assert movement.notes == ()


def test_star_jumps_open_and_close() -> None:
    mover = default_mover(1.75)
    movement = star_jump(mover, 100.0, None, np.random.default_rng(1), np.random.default_rng(2))
    feet = movement.placement.marker_m
    apart = feet[:, 0, 2] - feet[:, 4, 2]
    hands = movement.placement.position_m[:, mover.model.body_index("hand_r"), 1]
    shoulders = movement.placement.joint_centre_m[:, mover.model.joint_names.index("acromial_r"), 1]
    assert np.ptp(apart) > 0.25
    assert (hands > shoulders).mean() > 0.15
    assert np.corrcoef(apart, hands)[0, 1] > 0.6
    assert len(movement.events.times("right", "ic")) == 8
