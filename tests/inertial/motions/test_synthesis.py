from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinelab.errors import InputError
from kinelab.inertial.motions.faults import with_gyro_bias, with_white_noise
from kinelab.inertial.motions.paths import resampled
from kinelab.inertial.motions.synthesis import AS_RAPP_2021, Synthesis, readings
from kinelab.virtual_lab.gravity import GRAVITY_MPS2 as G
from kinelab.virtual_lab.sensors.imu_quality import RESEARCH

Make = Callable[..., Any]


def test_a_pendulum_feels_what_its_equations_say(pendulum: Make) -> None:
    motion, force, turning = pendulum()
    imu = readings(motion)
    np.testing.assert_allclose(imu.acc_mps2[10:-10, 3], force[10:-10], atol=2e-4)
    np.testing.assert_allclose(imu.gyr_radps[10:-10, 3], turning[10:-10], atol=2e-6)
    assert imu.frame == "segment"


@pytest.mark.parametrize("sampling", ["instants", "increments", "differences"])
def test_at_rest_a_sensor_reads_gravity_upwards(sampling: str, rigid: Make) -> None:
    askew = Rotation.from_euler("XYZ", [20, 50, -30], degrees=True).as_matrix()
    still = rigid(np.repeat(askew[None], 50, axis=0), np.ones((50, 3)))
    imu = readings(still, Synthesis(sampling))  # type: ignore[arg-type]
    np.testing.assert_allclose(imu.acc_mps2[:, 0] @ askew.T, np.tile([0, G, 0], (50, 1)), atol=1e-8)
    np.testing.assert_allclose(imu.gyr_radps, 0, atol=1e-10)


def test_increments_integrate_to_the_orientation_and_the_path(tumbling: Make) -> None:
    motion = tumbling()
    imu = readings(motion, Synthesis("increments"))
    turn = Rotation.from_matrix(motion.sensor_rotation[0, 0])
    gained = np.zeros(3)
    for t in range(1, motion.time.n):
        gained = gained + (turn.as_matrix() @ imu.acc_mps2[t, 0] - [0, G, 0]) / 100
        turn = turn * Rotation.from_rotvec(imu.gyr_radps[t, 0] / 100.0)
    np.testing.assert_allclose(turn.as_matrix(), motion.sensor_rotation[-1, 0], atol=1e-9)
    # speed at the end less speed at the start, from the closed form of the path
    t = np.array([0.0, motion.time.n - 1]) / 100
    exact = np.stack([1.3 + 0 * t, -0.45 * np.sin(9 * t), 0.1 * np.cos(5 * t)], axis=1)
    np.testing.assert_allclose(gained, exact[1] - exact[0], atol=1e-4)


def test_instants_and_differences_agree_as_the_rate_rises(tumbling: Make) -> None:
    def apart(rate_hz: float) -> float:
        motion = tumbling(rate_hz=rate_hz)
        exact, rough = (readings(motion, Synthesis(s)) for s in ("instants", "differences"))  # type: ignore[arg-type]
        return float(np.abs(exact.acc_mps2 - rough.acc_mps2)[20:-20].max())

    assert apart(400.0) < apart(100.0) / 10  # second order: a sixteenth


def test_the_published_force_turns_the_wrong_way_and_has_the_wrong_sign(tumbling: Make) -> None:
    motion = tumbling()
    right, theirs = (readings(motion, Synthesis(force=force)) for force in ("physical", "published"))  # type: ignore[arg-type]
    twice = motion.sensor_rotation[:, 0] @ motion.sensor_rotation[:, 0]
    expected = -np.einsum("tij,tj->ti", twice, right.acc_mps2[:, 0])
    np.testing.assert_allclose(theirs.acc_mps2[:, 0], expected, atol=1e-9)
    np.testing.assert_array_equal(theirs.gyr_radps, right.gyr_radps)


def test_noise_is_the_stated_share_of_each_channel(tumbling: Make) -> None:
    motion = tumbling(seconds=40.0)
    clean = readings(motion, replace(AS_RAPP_2021, noise_of_signal=0.0))
    noisy = readings(motion, AS_RAPP_2021, np.random.default_rng(0))
    for before, after in ((clean.acc_mps2, noisy.acc_mps2), (clean.gyr_radps, noisy.gyr_radps)):
        share = (after - before).std(axis=0) / before.std(axis=0)
        np.testing.assert_allclose(share, 0.15, rtol=0.06)
    with pytest.raises(InputError, match="give rng"):
        readings(motion, AS_RAPP_2021)


def test_gaps_stay_gaps_and_change_nothing_else(tumbling: Make) -> None:
    motion = tumbling()
    position = motion.sensor_position_m.copy()
    position[100:120, 2] = np.nan
    position[123:130, 2] = np.nan  # three samples between: too few
    imu, whole = readings(replace(motion, sensor_position_m=position)), readings(motion)
    lost = ~imu.seen
    assert lost[:, 2].nonzero()[0].tolist() == list(range(100, 130))
    assert not lost[:, [0, 1, 3, 4, 5, 6]].any()
    np.testing.assert_allclose(imu.acc_mps2[130:, 2], whole.acc_mps2[130:, 2], atol=0.05)


def test_resampling_keeps_the_movement(tumbling: Make) -> None:
    slow, fast = tumbling(rate_hz=75.0), tumbling(rate_hz=100.0)
    made = resampled(slow, 100.0)
    n = min(made.time.n, fast.time.n)
    np.testing.assert_allclose(made.sensor_rotation[5 : n - 5], fast.sensor_rotation[5 : n - 5], atol=1e-6)
    np.testing.assert_allclose(
        made.sensor_position_m[5 : n - 5], fast.sensor_position_m[5 : n - 5], atol=1e-7
    )
    with pytest.raises(InputError, match="invent movement"):
        resampled(slow, 500.0)


def test_a_gap_survives_resampling(tumbling: Make) -> None:
    motion = tumbling()
    rotation = motion.sensor_rotation.copy()
    rotation[50:60, 1] = np.nan
    made = resampled(replace(motion, sensor_rotation=rotation), 150.0)
    lost = np.isnan(made.sensor_rotation[:, 1]).any(axis=(1, 2))
    times = made.time.time_s[lost]
    assert 0.49 < times.min() < times.max() < 0.60
    assert lost.sum() == pytest.approx(0.11 * 150, abs=2)
    assert not np.isnan(made.sensor_rotation[:, 0]).any()


def test_bias_and_noise_have_the_stated_size(tumbling: Make) -> None:
    imu = readings(tumbling(seconds=30.0))
    biased = with_gyro_bias(imu, 0.2, np.random.default_rng(1))
    shift = np.degrees(biased.gyr_radps - imu.gyr_radps)
    np.testing.assert_allclose(np.linalg.norm(shift, axis=2), 0.2, rtol=1e-9)
    np.testing.assert_allclose(shift.std(axis=0), 0, atol=1e-9)
    noisy = with_white_noise(imu, np.random.default_rng(2))
    sd = (noisy.gyr_radps - imu.gyr_radps).std()
    assert sd == pytest.approx(RESEARCH.gyr.noise_density * np.sqrt(50), rel=0.02)
    with pytest.raises(InputError, match="bias_dps is -1"):
        with_gyro_bias(imu, -1.0, np.random.default_rng(0))


def test_synthesis_refuses_what_it_does_not_know() -> None:
    with pytest.raises(InputError, match="sampling"):
        Synthesis("sometimes")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="noise_of_signal is -1"):
        Synthesis(noise_of_signal=-1)
