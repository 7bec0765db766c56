"""Each fault alone, against the figure that was asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import butter, freqz

from kinelab.body.own_body import own_body
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.sensors.imu import SensorMotion, fine_steps, sensor_motion
from kinelab.virtual_lab.sensors.imu_faults import Recorded, record
from kinelab.virtual_lab.sensors.imu_quality import CONSUMER, IDEAL, RESEARCH, ImuQuality, Triad
from kinelab.virtual_lab.sensors.magnetic import MagneticField, draw_field
from kinelab.virtual_lab.sensors.placement import LOWER_BODY_7, mount

RATE = 100.0


@pytest.fixture(scope="module")
def motion(wave) -> SensorMotion:
    movement = wave(100.0, 4.0)
    return sensor_motion(movement, mount(own_body().scaled(movement.mover.scale)), RATE)


@pytest.fixture(scope="module")
def still(mover: Mover) -> SensorMotion:
    """Two minutes of standing, at 100 Hz only, for what needs many samples."""
    pose = np.tile(mover.standing, (12_001, 1))
    moving = Movement("still", mover, Timebase(RATE, 12_001), pose)
    return sensor_motion(moving, mount(own_body().scaled(mover.scale), ["pelvis", "shank_r"]), RATE)


def recorded(motion: SensorMotion, quality: ImuQuality, seed: int = 0) -> Recorded:
    return record(motion, RATE, quality, np.random.default_rng(seed))


def test_an_ideal_sensor_records_the_truth(motion: SensorMotion) -> None:
    truth, seen = motion.every(fine_steps(RATE)), recorded(motion, IDEAL)
    np.testing.assert_array_equal(seen.imu.acc_mps2, truth.acc_mps2)
    np.testing.assert_array_equal(seen.imu.gyr_radps, truth.gyr_radps)
    assert seen.imu.segments == LOWER_BODY_7
    assert not seen.lost.any()
    assert not seen.saturated.any()


def test_white_noise_has_the_density_of_the_data_sheet(still: SensorMotion) -> None:
    seen = recorded(still, ImuQuality(gyr=Triad(noise_density=0.01)))
    assert seen.imu.gyr_radps.std() == pytest.approx(0.01 * np.sqrt(RATE / 2), rel=0.02)
    spectrum = np.abs(np.fft.rfft(seen.imu.gyr_radps[:, 0, 0])) ** 2 * 2 / (RATE * 12_001)
    for low, high in ((1, 1500), (4000, 5500)):
        assert np.sqrt(spectrum[low:high].mean()) == pytest.approx(0.01, rel=0.06)


@pytest.mark.parametrize("rate_hz", [25.0, 100.0, 500.0])
def test_a_low_pass_sets_the_noise_whatever_the_rate(mover: Mover, rate_hz: float) -> None:
    """MPU-6050: 0.005 deg/s/sqrt(Hz), and 0.05 deg/s in all with its filter at 94 Hz (data sheet, 6.1)."""
    time = Timebase(100.0, 2001)
    rest = Movement("still", mover, time, np.tile(mover.standing, (time.n, 1)))
    motion = sensor_motion(rest, mount(own_body().scaled(mover.scale), ["pelvis", "foot_l"]), rate_hz)
    gyr = Triad(noise_density=0.005)
    found = record(motion, rate_hz, ImuQuality(gyr=gyr, bandwidth_hz=94.0), np.random.default_rng(0))
    assert found.imu.gyr_radps.std() == pytest.approx(0.05, rel=0.05)
    whole = record(motion, rate_hz, ImuQuality(gyr=gyr, strapdown=True), np.random.default_rng(0))
    assert whole.imu.gyr_radps.std() == pytest.approx(0.005 * np.sqrt(rate_hz / 2), rel=0.05)


def test_bias_stays_and_is_told(still: SensorMotion) -> None:
    seen = recorded(still, ImuQuality(acc=Triad(bias_sd=0.2), gyr=Triad(bias_sd=0.01)))
    truth = still.every(fine_steps(RATE))
    np.testing.assert_allclose(
        seen.imu.acc_mps2 - truth.acc_mps2,
        np.broadcast_to(seen.acc_bias_mps2, truth.acc_mps2.shape),
        atol=1e-9,
    )
    draws = [recorded(still, ImuQuality(acc=Triad(bias_sd=0.2)), seed).acc_bias_mps2 for seed in range(40)]
    assert np.std(draws) == pytest.approx(0.2, rel=0.15)


def test_drift_wanders_as_a_gauss_markov_process(still: SensorMotion) -> None:
    """Its autocorrelation falls to 1/e after the correlation time (IEEE Std 952)."""
    quality = ImuQuality(gyr=Triad(drift_sd=0.01, drift_time_s=2.0))
    drift = np.concatenate(
        [recorded(still, quality, seed).imu.gyr_radps.reshape(12_001, -1) for seed in range(3)], 1
    )
    assert drift.std() == pytest.approx(0.01, rel=0.1)
    later = (drift[200:] * drift[:-200]).mean() / (drift**2).mean()
    assert later == pytest.approx(np.exp(-1), abs=0.08)
    assert np.abs(np.diff(drift, axis=0)).max() < 0.01


def test_scale_and_leaning_axes_mix_the_signal(motion: SensorMotion) -> None:
    seen = recorded(motion, ImuQuality(gyr=Triad(scale_sd=0.02, axis_sd_rad=0.01)))
    truth = motion.every(fine_steps(RATE)).gyr_radps
    for s in range(len(LOWER_BODY_7)):
        mixing = np.linalg.lstsq(truth[:, s], seen.imu.gyr_radps[:, s], rcond=None)[0].T
        np.testing.assert_allclose(mixing, seen.gyr_mixing[s], atol=1e-9)
    off = seen.gyr_mixing - np.eye(3)
    assert off[:, range(3), range(3)].std() == pytest.approx(0.02, rel=0.4)
    assert np.abs(off).max() < 0.07


def test_readings_beyond_the_range_are_clipped_and_labelled(motion: SensorMotion) -> None:
    truth = motion.every(fine_steps(RATE)).gyr_radps
    most = float(np.quantile(np.abs(truth), 0.98))
    seen = recorded(motion, ImuQuality(gyr=Triad(most=most)))
    assert np.abs(seen.imu.gyr_radps).max() == most
    np.testing.assert_array_equal(seen.saturated, (np.abs(truth) > most).any(axis=-1))
    assert seen.saturated.any()


def test_sixteen_bits_leave_steps_of_the_range(motion: SensorMotion) -> None:
    step = 2 * 160 / 2**16
    seen = recorded(motion, ImuQuality(acc=Triad(most=160.0, bits=16)))
    np.testing.assert_allclose(seen.imu.acc_mps2 / step, np.round(seen.imu.acc_mps2 / step), atol=1e-6)
    error = seen.imu.acc_mps2 - motion.every(fine_steps(RATE)).acc_mps2
    assert np.abs(error).max() <= step / 2 * 1.0001
    assert error.std() == pytest.approx(step / np.sqrt(12), rel=0.03)


def test_clocks_are_late_and_run_slow(motion: SensorMotion) -> None:
    """The reading stamped t is the one that was felt at the true time, which is told."""
    quality = ImuQuality(clock_offset_sd_s=0.02, clock_skew_sd_ppm=500.0)
    seen = recorded(motion, quality, seed=4)
    late = seen.true_time_s - seen.imu.time.time_s[:, None]
    assert 0.005 < late[0].std() < 0.05
    assert np.ptp(late[-1] - late[0]) > 1e-4
    fine = motion.time.time_s
    for s in range(len(LOWER_BODY_7)):
        felt = np.interp(seen.true_time_s[:, s], fine, motion.gyr_radps[:, s, 0])
        there = ~seen.lost[:, s]
        np.testing.assert_allclose(seen.imu.gyr_radps[there, s, 0], felt[there], atol=0.01)
        outside = (seen.true_time_s[:, s] < 0) | (seen.true_time_s[:, s] > fine[-1] + 1e-9)
        np.testing.assert_array_equal(seen.lost[:, s], outside)


def test_packets_are_lost_whole_and_labelled(still: SensorMotion) -> None:
    seen = recorded(still, ImuQuality(losses_per_min=30.0, loss_s=0.1))
    assert seen.lost.mean() == pytest.approx(0.05, rel=0.4)
    np.testing.assert_array_equal(seen.imu.seen, ~seen.lost)
    assert (seen.lost[:, 0] != seen.lost[:, 1]).any()


def test_a_sensor_of_narrow_band_damps_what_is_fast(mover: Mover) -> None:
    """A shake of 20 Hz through a filter of 15 Hz: amplitude and phase of the second-order Butterworth."""
    time = Timebase(500.0, 1001)
    pose = np.tile(mover.standing, (time.n, 1))
    pose[:, mover.column("pelvis_rotation")] += 0.02 * np.sin(2 * np.pi * 20 * time.time_s)
    shaken = sensor_motion(
        Movement("shake", mover, time, pose), mount(own_body().scaled(mover.scale), ["pelvis"]), 500.0
    )
    narrow = record(shaken, 500.0, ImuQuality(bandwidth_hz=15.0), np.random.default_rng(0)).imu.gyr_radps[
        200:, 0, 0
    ]
    wide = shaken.every(2).gyr_radps[200:, 0, 0]
    _, gain = freqz(*butter(2, 15.0, fs=1000.0), worN=[20.0], fs=1000.0)
    at = np.exp(-2j * np.pi * 20 * np.arange(len(wide)) / 500.0)
    assert (narrow @ at) / (wide @ at) == pytest.approx(complex(gain[0]), rel=1e-2)


def test_noise_of_rapp_2021_is_a_share_of_the_signal(motion: SensorMotion) -> None:
    truth = motion.every(fine_steps(RATE)).gyr_radps
    seen = recorded(motion, ImuQuality(noise_of_signal=0.15))
    ratio = (seen.imu.gyr_radps - truth).std(axis=0) / truth.std(axis=0)
    np.testing.assert_allclose(ratio, 0.15, rtol=0.15)


def test_faults_do_not_disturb_one_another(motion: SensorMotion) -> None:
    """Noise alone is the same noise as with losses and bias besides; same seed, same bytes."""
    alone = recorded(motion, ImuQuality(gyr=Triad(noise_density=0.01)), seed=5)
    both = recorded(
        motion, ImuQuality(gyr=Triad(noise_density=0.01, bias_sd=0.1), losses_per_min=60.0), seed=5
    )
    there = ~both.lost
    difference = (both.imu.gyr_radps - alone.imu.gyr_radps - both.gyr_bias_radps)[there]
    np.testing.assert_allclose(difference, 0, atol=1e-12)
    research = replace(RESEARCH, mag=None)
    again = recorded(motion, research, seed=6), recorded(motion, research, seed=6)
    assert again[0].imu.acc_mps2.tobytes() == again[1].imu.acc_mps2.tobytes()
    assert recorded(motion, research, seed=7).imu.acc_mps2.tobytes() != again[0].imu.acc_mps2.tobytes()


def test_cheaper_sensors_are_worse(still: SensorMotion) -> None:
    truth = still.every(fine_steps(RATE))
    field = draw_field(np.random.default_rng(1))
    errors = []
    for quality in (RESEARCH, CONSUMER):
        seen = record(still, RATE, quality, np.random.default_rng(2), field)
        errors.append(np.nanstd(seen.imu.acc_mps2 - truth.acc_mps2))
        assert seen.imu.mag_ut is not None
        strength = np.linalg.norm(seen.imu.mag_ut[:, 0], axis=-1)
        assert np.nanmean(strength) == pytest.approx(48, abs=10)
    assert 0.01 < errors[0] < 0.06 < errors[1] < 0.6


def test_magnetometers_see_the_earths_field_turn_with_them(motion: SensorMotion) -> None:
    north = MagneticField(np.array([20.0, -43.0, 0.0]), np.empty((0, 3)), np.empty((0, 3)))
    seen = record(motion, RATE, ImuQuality(mag=Triad()), np.random.default_rng(0), north).imu
    assert seen.mag_ut is not None
    ground = np.einsum("tsij,tsj->tsi", motion.every(fine_steps(RATE)).rotation, seen.mag_ut)
    np.testing.assert_allclose(ground, np.broadcast_to([20.0, -43.0, 0.0], ground.shape), atol=1e-9)


def test_requests_that_do_not_fit_are_refused(motion: SensorMotion) -> None:
    with pytest.raises(InputError, match="record at 60 Hz needs the motion at 1020 Hz, this one has 1000"):
        record(motion, 60.0, IDEAL, np.random.default_rng(0))
    with pytest.raises(InputError, match="magnetometer need a field"):
        recorded(motion, RESEARCH)
    with pytest.raises(InputError, match="noise_density is -1"):
        Triad(noise_density=-1)
    with pytest.raises(InputError, match="bits need a finite"):
        Triad(bits=16)
    with pytest.raises(InputError, match="milliseconds"):
        ImuQuality(clock_offset_sd_s=20.0)
    with pytest.raises(InputError, match="bandwidth_hz is 800"):
        ImuQuality(bandwidth_hz=800.0)
