"""Increments lose no rotation and no speed between samples."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinelab.body.own_body import own_body
from kinelab.core.checks import Array
from kinelab.virtual_lab.motion.landing import drop_landing
from kinelab.virtual_lab.motion.landing_style import draw_landing_style
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import default_mover
from kinelab.virtual_lab.motion.run import run
from kinelab.virtual_lab.motion.run_style import draw_run_style
from kinelab.virtual_lab.motion.walk import walk
from kinelab.virtual_lab.motion.walk_style import draw_walk_style
from kinelab.virtual_lab.sensors.imu import SensorMotion, fine_steps, sensor_motion
from kinelab.virtual_lab.sensors.imu_faults import record
from kinelab.virtual_lab.sensors.imu_quality import ImuQuality
from kinelab.virtual_lab.sensors.placement import mount
from kinelab.virtual_lab.sensors.strapdown import strapdown

MOVER = default_mover()


def moving(kind: str) -> Movement:
    """Three seconds and a little of a generator's own making."""
    rng = np.random.default_rng(3)
    if kind == "walk":
        return walk(MOVER, draw_walk_style(rng, MOVER), 100.0, 3.1, rng)
    if kind == "run":
        return run(MOVER, draw_run_style(rng, MOVER), 100.0, 3.1, rng)
    return drop_landing(MOVER, draw_landing_style(rng, "both"), 100.0, 3.1, rng)


def drift_deg(truth: SensorMotion, gyr_radps: Array) -> float:
    """Largest error over 3 s when the readings of each sensor are strung together."""
    found, worst = Rotation.from_matrix(truth.rotation[0]), 0.0
    for t in range(1, min(301, truth.time.n)):
        found = found * Rotation.from_rotvec(gyr_radps[t] / truth.time.rate_hz)
        off = Rotation.from_matrix(truth.rotation[t]).inv() * found
        worst = max(worst, float(np.degrees(off.magnitude().max())))
    return worst


@pytest.mark.parametrize("kind", ["walk", "run", "drop_landing"])
def test_the_orientation_comes_back_whatever_the_movement(kind: str) -> None:
    """Mark of issue 4: 0.05 deg over 3 s without noise. Gravity is in the readings throughout."""
    motion = sensor_motion(moving(kind), mount(own_body().scaled(MOVER.scale)), 100.0)
    seen = record(motion, 100.0, ImuQuality(strapdown=True), np.random.default_rng(0)).imu
    truth = motion.every(fine_steps(100.0))
    assert drift_deg(truth, seen.gyr_radps) < 1e-6
    assert np.linalg.norm(seen.acc_mps2, axis=2).mean() > 9


def test_velocity_comes_back_too(wave) -> None:
    movement = wave(100.0, 2.0)
    motion = sensor_motion(movement, mount(own_body().scaled(movement.mover.scale), ["shank_r"]), 50.0)
    steps = fine_steps(50.0)
    kept, truth = strapdown(motion, steps).every(steps), motion.every(steps)
    ground = np.einsum("tij,tj->ti", truth.rotation[:-1, 0], kept.acc_mps2[1:, 0]) - [0, 9.80665, 0]
    gained = np.cumsum(ground, axis=0) / 50.0
    fine = np.gradient(motion.position_m[:, 0], 1 / motion.time.rate_hz, axis=0)[::steps]
    np.testing.assert_allclose(gained[:-1], (fine[1:-1] - fine[0]), atol=0.03)
    np.testing.assert_array_equal(kept.rotation, truth.rotation)


def test_they_tell_of_the_middle_of_the_interval(wave) -> None:
    movement = wave(100.0, 1.0)
    motion = sensor_motion(movement, mount(own_body().scaled(movement.mover.scale), ["thigh_l"]), 100.0)
    steps = fine_steps(100.0)
    late = strapdown(motion, steps).gyr_radps[steps:, 0]
    middle = motion.gyr_radps[steps // 2 : -steps // 2, 0][: len(late)]
    assert np.abs(late - middle).max() < 0.01 * np.abs(middle).max()
