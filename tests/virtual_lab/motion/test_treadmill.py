"""On a treadmill: in place, felt the same."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.virtual_lab.motion.mover import default_mover
from kinelab.virtual_lab.motion.treadmill import on_treadmill
from kinelab.virtual_lab.motion.walk import walk
from kinelab.virtual_lab.motion.walk_style import WalkStyle

MOVER = default_mover(1.7)
OVER_GROUND = walk(MOVER, WalkStyle(), 50.0, 4.0, np.random.default_rng(0))


def test_stays_in_place_and_only_the_ground_runs() -> None:
    movement = on_treadmill(OVER_GROUND)
    column = MOVER.column("pelvis_tx")
    assert np.ptp(movement.coordinates[:, column]) < 0.15
    assert movement.labels["belt_mps"] == pytest.approx(1.25, rel=0.05)
    others = np.delete(np.arange(movement.coordinates.shape[1]), column)
    np.testing.assert_array_equal(movement.coordinates[:, others], OVER_GROUND.coordinates[:, others])


def test_accelerations_are_the_same() -> None:
    """A belt of constant speed is an inertial frame."""
    there, here = (
        np.diff(one.placement.position_m, 2, axis=0) for one in (on_treadmill(OVER_GROUND, 1.1), OVER_GROUND)
    )
    np.testing.assert_allclose(there, here, atol=1e-12)


@pytest.mark.parametrize("belt_mps", [-1.0, 12.0])
def test_impossible_belts_are_told(belt_mps: float) -> None:
    with pytest.raises(InputError, match="expected 0 to 10"):
        on_treadmill(OVER_GROUND, belt_mps)


def test_one_sample_has_no_speed() -> None:
    with pytest.raises(InputError, match="one sample has no mean speed"):
        on_treadmill(OVER_GROUND.picked(slice(0, 1)))
