"""One virtual person who walks, as seven sensors record it; and ways to spoil the recording."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinelab.body.own_body import own_body
from kinelab.files.sensors.sensor_log import SensorLog
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.motion.walk import walk
from kinelab.virtual_lab.motion.walk_style import draw_walk_style
from kinelab.virtual_lab.sensors.imu import sensor_motion
from kinelab.virtual_lab.sensors.imu_faults import record
from kinelab.virtual_lab.sensors.imu_quality import RESEARCH
from kinelab.virtual_lab.sensors.placement import BY_A_CLINICIAN, mount
from kinelab.virtual_lab.sensors.soft_tissue import draw_soft_tissue

Logs = dict[str, SensorLog]
Spoil = Callable[..., list[SensorLog]]


@pytest.fixture(scope="session")
def walker() -> Logs:
    """Sensors by segment, 16 s at 100 Hz, sound."""
    rng = np.random.default_rng(5)
    mover = Mover(1 + 0.03 * rng.standard_normal((24, 3)), 1.72, 70.0)
    movement = walk(mover, draw_walk_style(rng, mover), 100.0, 16.0, rng)
    model = own_body().scaled(mover.scale)
    worn = mount(model, misplacement=BY_A_CLINICIAN, rng=rng)
    motion = sensor_motion(movement, worn, 100.0, draw_soft_tissue(rng, model))
    imu = record(motion, 100.0, replace(RESEARCH, mag=None, losses_per_min=0.0), rng).imu
    there = imu.seen.all(axis=1)  # the clocks' offsets lose a sample at the ends
    return {
        segment: SensorLog(
            segment, Path("walk.npz"), "kinelab npz", segment=segment, time_s=imu.time.time_s[there],
            acc=imu.acc_mps2[there, s], gyr=imu.gyr_radps[there, s], acc_unit="m/s2", gyr_unit="rad/s",
        )
        for s, segment in enumerate(imu.segments)
    }  # fmt: skip


@pytest.fixture(scope="session")
def spoil(walker: Logs) -> Spoil:
    """spoil(segment, **changes): the sensors with one of them changed."""

    def make(segment: str, **changes: object) -> list[SensorLog]:
        return [replace(log, **changes) if name == segment else log for name, log in walker.items()]

    return make
