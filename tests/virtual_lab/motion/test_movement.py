"""A movement checks itself when born, and keeps its events when a part of it is picked."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.events import GaitEvents
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import SOLE_NAMES, default_mover


def standing(n: int, rate_hz: float = 100.0) -> Movement:
    mover = default_mover()
    events = GaitEvents(("left", "right"), ("ic", "to"), np.array([0.1, 0.25]), np.zeros(2), ("planned",) * 2)
    return Movement("stand", mover, Timebase(rate_hz, n), np.tile(mover.standing, (n, 1)), events)


def test_the_soles_stand_on_the_floor() -> None:
    for height_m, sole_m in ((1.2, 0.0), (1.75, 0.03), (2.0, 0.01)):
        mover = default_mover(height_m, sole_m)
        movement = Movement("stand", mover, Timebase(10, 2), np.tile(mover.standing, (2, 1)))
        assert movement.mover.model.marker_names == SOLE_NAMES
        assert np.abs(movement.placement.marker_m[..., 1]).max() < 1e-9
        assert mover.leg_m == pytest.approx(0.53 * height_m + sole_m, abs=1e-6)


def test_nobody_changes_how_a_person_stands() -> None:
    # The static trial once lifted the arms of every movement that the same person made after it.
    mover = default_mover()
    with pytest.raises(ValueError, match="read-only"):
        mover.standing[0] = 1.0


def test_a_picked_part_keeps_time_and_events() -> None:
    whole = standing(40)
    part = whole.picked(slice(5, 35, 2))
    assert part.time == Timebase(50.0, 15, 0.05)
    assert part.events.time_s.tolist() == [0.1, 0.25]
    assert whole.picked(slice(0, 20)).events.kind == ("ic",)
    np.testing.assert_array_equal(part.placement.marker_m, whole.placement.marker_m[5:35:2])


def test_nonsense_is_refused() -> None:
    mover = default_mover()
    with pytest.raises(InputError, match="coordinates hold NaN or infinity"):
        Movement("x", mover, Timebase(10, 1), np.full((1, 51), np.nan))
    with pytest.raises(InputError, match=r"coordinates has shape \(1, 50\)"):
        Movement("x", mover, Timebase(10, 1), np.zeros((1, 50)))
    with pytest.raises(InputError, match=r"height_m is 175, expected 0\.8 to 2\.4 \(metres\)"):
        default_mover(175)
    with pytest.raises(InputError, match=r"sole_m is 0\.3, not 0 to 0\.08"):
        default_mover(1.7, 0.3)
