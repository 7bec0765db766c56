"""Perfect sensors obey rigid-body physics: at rest, on a turntable, through space and back."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import cumulative_simpson
from scipy.interpolate import make_interp_spline
from scipy.spatial.transform import Rotation

from kinelab.body.own_body import own_body
from kinelab.core.checks import Array
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.sensors.imu import fine_steps, sensor_motion
from kinelab.virtual_lab.sensors.placement import FULL_BODY_15, LOWER_BODY_7, Misplacement, mount

G = 9.80665


def integrated(start: Array, gyr_radps: Array, rate_hz: float) -> Array:
    """Rotations (T, 3, 3) from samples of angular velocity (T, 3): spline, Magnus steps of fourth order."""
    steps = 10
    h = 1 / (rate_hz * steps)
    rate = make_interp_spline(np.arange(len(gyr_radps)) / rate_hz, gyr_radps, k=5)
    at = np.arange((len(gyr_radps) - 1) * steps) * h
    early, late = (rate(at + (0.5 + side * np.sqrt(3) / 6) * h) for side in (-1, 1))
    turn = h * (early + late) / 2 + np.sqrt(3) * h**2 / 12 * np.cross(early, late)
    found = [start]
    for one in Rotation.from_rotvec(turn).as_matrix():
        found.append(found[-1] @ one)
    return np.array(found[::steps])


def angle_deg(a: Array, b: Array) -> Array:
    """Between rotations (T, 3, 3)."""
    return np.degrees(Rotation.from_matrix(np.swapaxes(a, 1, 2) @ b).magnitude())


def test_at_rest_every_sensor_reads_g_upwards_however_it_is_worn(mover: Mover) -> None:
    pose = np.tile(mover.standing, (10, 1))
    pose[:, mover.column("hip_flexion_r")] = 0.7
    still = Movement("still", mover, Timebase(100.0, 10), pose)
    worn = mount(
        own_body().scaled(mover.scale), FULL_BODY_15, Misplacement(0.03, 40, 40), np.random.default_rng(0)
    )
    motion = sensor_motion(still, worn, 100.0)
    up = np.einsum("tsij,tsj->tsi", motion.rotation, motion.acc_mps2)
    np.testing.assert_allclose(up, np.broadcast_to([0, G, 0], up.shape), atol=1e-6)
    np.testing.assert_allclose(motion.gyr_radps, 0, atol=1e-9)


def test_a_turntable_presses_outwards(mover: Mover) -> None:
    """The whole body turns about the vertical at a rate that grows: centripetal and tangential parts."""
    rate_hz, spin, gain = 200.0, 3.0, 2.0
    time = Timebase(rate_hz, 401)
    pose = np.tile(mover.standing, (time.n, 1))
    angle = spin * time.time_s + 0.5 * gain * time.time_s**2
    pose[:, mover.column("pelvis_rotation")] = angle
    worn = mount(own_body().scaled(mover.scale), ["hand_r"])
    motion = sensor_motion(Movement("spin", mover, time, pose), worn, rate_hz)
    w = spin + gain * motion.time.time_s
    axle = np.array([*pose[0, [mover.column("pelvis_tx")]], 0.0, *pose[0, [mover.column("pelvis_tz")]]])
    arm = (motion.position_m[:, 0] - axle) * [1, 0, 1]
    ground = np.einsum("tij,tj->ti", motion.rotation[:, 0], motion.acc_mps2[:, 0])
    expected = -(w**2)[:, None] * arm + np.cross([0, gain, 0], arm) + [0, G, 0]
    np.testing.assert_allclose(ground, expected, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(motion.gyr_radps[:, 0], axis=1), w, atol=1e-8)
    assert np.linalg.norm(arm, axis=1).min() > 0.15


@pytest.mark.parametrize("hz", [1.0, 2.5])
def test_a_gyroscope_integrates_back_to_the_orientation_over_3_s(wave, hz: float) -> None:
    """Mark: 0.05 deg over 3 s at 100 Hz; the shanks turn at up to 1,000 deg/s here."""
    movement = wave(100.0, 3.0, hz=hz)
    motion = sensor_motion(movement, mount(own_body().scaled(movement.mover.scale)), 100.0)
    truth = motion.every(fine_steps(100.0))
    for s in range(len(LOWER_BODY_7)):
        found = integrated(truth.rotation[0, s], truth.gyr_radps[:, s], 100.0)
        assert angle_deg(found, truth.rotation[:, s]).max() < 0.01


def test_an_accelerometer_integrates_back_to_the_path(wave) -> None:
    """Twice over 3 s, with the true orientation and the true start: to a tenth of a millimetre."""
    movement = wave(100.0, 3.0)
    motion = sensor_motion(movement, mount(own_body().scaled(movement.mover.scale)), 100.0)
    ground = np.einsum("tsij,tsj->tsi", motion.rotation, motion.acc_mps2) - [0, G, 0]
    dt = 1 / motion.time.rate_hz
    start = (motion.position_m[1] - motion.position_m[0]) / dt - dt * (ground[0] / 3 + ground[1] / 6)
    speed = start + cumulative_simpson(ground, dx=dt, axis=0, initial=0)
    path = motion.position_m[0] + cumulative_simpson(speed, dx=dt, axis=0, initial=0)
    np.testing.assert_allclose(path, motion.position_m, atol=1e-4)


@pytest.mark.parametrize("rate_hz", [25.0, 60.0, 128.0, 240.0, 1000.0])
def test_any_rate_samples_the_same_motion(wave, rate_hz: float) -> None:
    movement = wave(100.0, 1.0)
    worn = mount(own_body().scaled(movement.mover.scale), ["shank_r"])
    asked = sensor_motion(movement, worn, rate_hz).every(fine_steps(rate_hz))
    dense = sensor_motion(movement, worn, 1000.0)
    assert asked.time.rate_hz == pytest.approx(rate_hz)
    assert asked.time.n == int(rate_hz) + 1
    for i in range(3):
        again = make_interp_spline(dense.time.time_s, dense.acc_mps2[:, 0, i], k=5)(asked.time.time_s)
        np.testing.assert_allclose(asked.acc_mps2[:, 0, i], again, atol=1e-3)


def test_bad_requests_are_refused(wave, mover: Mover) -> None:
    movement = wave(100.0, 0.2)
    worn = mount(own_body().scaled(mover.scale))
    with pytest.raises(InputError, match="rate_hz is 5000, expected 25 to 1000"):
        sensor_motion(movement, worn, 5000.0)
    with pytest.raises(InputError, match="no sensors"):
        sensor_motion(movement, (), 100.0)
