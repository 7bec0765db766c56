"""A foot comes down and leaves without kinks."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.virtual_lab.motion.touchdown import LED_S, REST_S, approach_m, rising, touching

TIME = np.linspace(-LED_S, 0.1, 5001)
STEP_S = TIME[1] - TIME[0]


def test_the_foot_slows_down_from_its_speed_to_rest() -> None:
    way = approach_m(TIME, 2.0)
    speed = -np.gradient(way, STEP_S)
    assert speed[0] == pytest.approx(2.0, rel=1e-3)
    assert (np.diff(speed) < 1e-9).all()
    assert (way[TIME > REST_S] == 0).all()
    # Heels of runners stop within some 50 ms: 2 m/s in 55 ms is 3.7 g, and nowhere more than twice that.
    assert np.abs(np.gradient(speed, STEP_S)).max() < 2 * 2.0 / (LED_S + REST_S)


def test_pitch_at_contact_is_what_was_asked_for_and_goes_to_zero() -> None:
    left = touching(np.array([0.0, 0.05, 0.2]), 0.05)
    np.testing.assert_allclose(left, [1.0, 0.0, 0.0], atol=1e-12)


def test_a_heel_rises_to_the_whole_pitch_ever_faster() -> None:
    share = np.linspace(-0.5, 1, 301)
    risen = rising(share)
    assert risen[-1] == pytest.approx(1.0)
    assert (risen[share < 0] == 0).all()
    assert (np.diff(risen, 2) > -1e-12).all()


@pytest.mark.parametrize("curve", [lambda t: approach_m(t, 1.0), lambda t: touching(t, 0.05)])
def test_accelerations_do_not_jump(curve) -> None:  # type: ignore[no-untyped-def]
    bends = np.diff(curve(TIME[1:]), 2) / STEP_S**2
    assert np.abs(np.diff(bends)).max() < 0.01 * np.abs(bends).max()
