"""Derivatives against closed forms; a grid that meets the movement's own samples."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.sensors.body_paths import (
    REACH,
    body_paths,
    fine_grid,
    first_derivative,
    second_derivative,
    steps_to,
)


def test_derivatives_of_30_hz_are_good_to_a_ten_millionth() -> None:
    w, rate_hz = 2 * np.pi * 30, 1000.0
    t = (np.arange(500) - REACH) / rate_hz
    wave = (100.0 + np.sin(w * t))[:, None]
    inner = t[REACH:-REACH]
    np.testing.assert_allclose(first_derivative(wave, rate_hz)[:, 0], w * np.cos(w * inner), atol=1e-7 * w)
    np.testing.assert_allclose(
        second_derivative(wave, rate_hz)[:, 0], -(w**2) * np.sin(w * inner), atol=1e-7 * w**2
    )


def test_the_grid_goes_through_the_movements_own_samples(wave) -> None:
    movement = wave(100.0, 0.5)
    time = fine_grid(movement, 50.0, steps_to(1000.0, 50.0))
    assert (time.rate_hz, time.n) == (1000.0, 501)
    paths = body_paths(movement, ["tibia_r"], time)
    row = movement.mover.model.body_index("tibia_r")
    rotation, position_m = paths.of("tibia_r")
    np.testing.assert_allclose(position_m[REACH:-REACH:10], movement.placement.position_m[:, row], atol=1e-9)
    np.testing.assert_allclose(rotation[REACH:-REACH:10], movement.placement.rotation[:, row], atol=1e-9)


def test_jumping_angles_and_short_movements_are_refused(mover: Mover) -> None:
    pose = np.tile(mover.standing, (20, 1))
    pose[10:, mover.column("pelvis_rotation")] = 3.0
    jumping = Movement("turn", mover, Timebase(100.0, 20), pose)
    with pytest.raises(InputError, match="pelvis_rotation jumps by 172 deg from sample 9 to 10; unwrap"):
        body_paths(jumping, ["pelvis"], Timebase(1000.0, 10))
    short = Movement("short", mover, Timebase(100.0, 5), pose[:5])
    with pytest.raises(InputError, match="5 samples; a quintic spline needs 6"):
        body_paths(short, ["pelvis"], Timebase(1000.0, 10))
