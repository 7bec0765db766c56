"""A foot that rolls: heel, then toes stay where they stand, and nothing goes under the floor."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.body.own_body import points as p
from kinelab.virtual_lab.motion.foot_pose import FootTrack, foot_pose, foot_shape
from kinelab.virtual_lab.motion.mover import default_mover


@pytest.mark.parametrize("side", ["r", "l"])
def test_rolls_over_heel_and_toes(side: str) -> None:
    shape = foot_shape(default_mover(p.H, 0.02), side)
    degrees = np.array([25.0, 10.0, 0.0, 0.0, -20.0, -60.0])
    pivot = (degrees < 0).astype(float)
    same = np.ones(6)
    track = FootTrack(0.3 * same, 0.1 * same, 0.2 * same, 0 * same, np.radians(degrees), pivot)
    rotation, position, toes = foot_pose(shape, track)
    heel = position + rotation @ (shape.heel_m - shape.calcn_m)
    ball = position + rotation @ (shape.toes_m - shape.calcn_m)
    assert heel[:, 1].min() > -1e-9
    np.testing.assert_allclose(heel[:4], heel[[0]].repeat(4, axis=0), atol=1e-9)
    np.testing.assert_allclose(ball[2:], ball[[2]].repeat(4, axis=0), atol=1e-9)
    np.testing.assert_allclose(np.degrees(toes), np.minimum(degrees, 0), atol=1e-9)


def test_a_step_counts_as_floor() -> None:
    one = np.ones(1)
    track = FootTrack(one, one, one, 0.2 * one, one, one, 0.18 * one)
    assert track.air_m[0] == pytest.approx(0.02)
