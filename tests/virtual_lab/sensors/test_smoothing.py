from __future__ import annotations

import numpy as np
import pytest

from kinelab.body.own_body import own_body
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.sensors.imu import sensor_motion
from kinelab.virtual_lab.sensors.placement import mount
from kinelab.virtual_lab.sensors.smoothing import smoothed


def test_jitter_that_shakes_a_sensor_is_gone_and_the_movement_stays(mover: Mover) -> None:
    """0.2 mm of jitter at 100 Hz on a 1 Hz sway of 5 cm: 1 g of noise becomes 0.03 g."""
    time = Timebase(100.0, 401)
    pose = np.tile(mover.standing, (time.n, 1))
    column = mover.column("pelvis_tx")
    sway = 0.05 * np.sin(2 * np.pi * time.time_s)
    pose[:, column] += sway + 0.0002 * np.random.default_rng(0).standard_normal(time.n)
    rough = Movement("sway", mover, time, pose)
    calm = smoothed(rough, 10.0)
    worn = mount(own_body().scaled(mover.scale), ["pelvis"])
    true_acc = (2 * np.pi) ** 2 * -sway
    spread = []
    for movement in (rough, calm):
        acc = sensor_motion(movement, worn, 100.0).every(10).acc_mps2[:, 0, 2] * -1.0
        spread.append(np.std((acc - true_acc)[50:-50]))
    assert spread[0] > 3.0
    assert spread[1] < 0.4
    np.testing.assert_allclose(calm.coordinates[50:-50, column], pose[50:-50, column], atol=0.001)
    assert calm.notes[-1] == "smoothed at 10 Hz for sensors"
    assert calm.time == rough.time


def test_a_cut_off_above_half_the_rate_is_refused(mover: Mover) -> None:
    still = Movement("still", mover, Timebase(30.0, 40), np.tile(mover.standing, (40, 1)))
    with pytest.raises(InputError, match="cutoff"):
        smoothed(still, 20.0)
