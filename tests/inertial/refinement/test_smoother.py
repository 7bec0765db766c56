"""The smoother is never worse than the network or the gyroscopes alone, and as sure as it is right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.core.recording import Imu
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.files.sensors.reading import read_sensors
from kinelab.inertial.calibration.calibrate import calibrate
from kinelab.inertial.calibration.functional_axes import moving_samples
from kinelab.inertial.readings import leg_readings
from kinelab.inertial.refinement.closed_form import optimised_angles_deg
from kinelab.inertial.refinement.fusion_quality import AS_TRAINED, FusionQuality
from kinelab.inertial.refinement.smoother import smooth
from kinelab.inertial.segment_motion import joint_segments

STATED = replace(AS_TRAINED, increments=True)  # what the made-up walk is made of


def rms(error: Array) -> Array:
    return np.sqrt((error**2).mean(axis=0))


def errors(walk, angle_deg) -> Array:
    """(joints, T, 3) deg."""
    return np.stack([angle_deg[key] - walk.angle_deg[key] for key in walk.estimates])


@pytest.mark.parametrize("bias_dps", [0.0, 0.2, 1.0, 3.0])
@pytest.mark.parametrize("seconds", [20.0, 60.0, 120.0])
def test_never_worse_than_network_or_integration(walk, bias_dps: float, seconds: float) -> None:
    made = walk(seed=3, seconds=seconds, bias_dps=bias_dps)
    found = smooth(made.imu, made.estimates, STATED, alignment_sd_deg=np.full((7, 3), 0.2))
    ours = errors(made, found.angle_deg)
    network = errors(made, {key: one.angle_deg for key, one in made.estimates.items()})
    rows = {key: [made.imu.segments.index(one) for one in joint_segments(*key)] for key in made.estimates}
    alone = errors(made, {
        key: optimised_angles_deg(one, made.imu.gyr_radps[:, rows[key]])
        for key, one in made.estimates.items()
    })  # fmt: skip
    # over the six joints, each of the three angles; and less its mean
    assert (rms(ours.reshape(-1, 3)) <= rms(network.reshape(-1, 3))).all()
    spread = (rms((one - one.mean(axis=1, keepdims=True)).reshape(-1, 3)) for one in (ours, network))
    assert np.less(*spread).all()
    # integration starts from the true orientation here, and still drifts with a bias
    if bias_dps > 0.5:
        assert (rms(ours.reshape(-1, 3)) < rms(alone.reshape(-1, 3))).all()
    assert rms(ours.reshape(-1, 3))[0] < 0.6
    # what turns the whole body about the vertical cannot be seen, and no angle depends on it
    of_bias = np.degrees(found.bias_radps - made.bias_radps)
    of_bias[:, 1] -= of_bias[:, 1].mean()
    assert np.abs(of_bias).max() < 0.3


@pytest.mark.parametrize("misaligned_deg", [0.0, 5.0])
def test_says_how_far_off_it_is(walk, misaligned_deg: float) -> None:
    """Monte Carlo: errors over stated standard deviations, of 20 walks by other people."""
    ratios, alignments = [], []
    for seed in range(20):
        made = walk(
            seed=seed, seconds=16.0, bias_dps=(0.0, 0.2, 1.0, 3.0)[seed % 4], misaligned_deg=misaligned_deg
        )
        found = smooth(
            made.imu, made.estimates, STATED, alignment_sd_deg=np.full((7, 3), misaligned_deg + 0.01)
        )
        sd = np.stack([found.sd_deg[key] for key in made.estimates])
        ratios.append(errors(made, found.angle_deg) / sd)
        alignments.append((found.alignment_deg - np.degrees(made.alignment_rad)) / found.alignment_sd_deg)
    ratio = rms(np.concatenate(ratios).reshape(-1, 3))
    assert (ratio < 1.5).all()
    if misaligned_deg:
        assert (ratio > 0.6).all()
        assert (np.abs(rms(np.concatenate(alignments)) - 1.0) < 0.4).all()


def test_finds_how_sensors_sit(walk) -> None:
    """Sensors askew by 5 deg: the mean of the network and the shape of its curves tell part of it."""
    before, after = [], []
    for seed in range(6):
        made = walk(seed=seed, misaligned_deg=5.0)
        found = smooth(made.imu, made.estimates, STATED)
        before.append(np.degrees(made.alignment_rad))
        after.append(found.alignment_deg - np.degrees(made.alignment_rad))
    assert (rms(np.concatenate(after)) < 0.8 * rms(np.concatenate(before))).all()


def test_without_networks_flexion_is_gravitys(walk) -> None:
    made = walk(seed=5, seconds=40.0, bias_dps=1.0)
    found = smooth(made.imu, {}, STATED, alignment_sd_deg=np.full((7, 3), 0.2))
    assert set(found.rests_on.values()) == {"anatomy"}
    ours = errors(made, found.angle_deg)
    assert rms(ours.reshape(-1, 3))[0] < 1.0
    assert rms(ours.reshape(-1, 3)).max() < 8.0
    sd = np.stack([found.sd_deg[key] for key in made.estimates])
    assert rms((ours / sd).reshape(-1, 3)).max() < 1.5


def test_a_body_that_turns_keeps_its_angles(walk) -> None:
    made = walk(seed=7, seconds=30.0, heading_dps=30.0)
    found = smooth(made.imu, made.estimates, STATED, alignment_sd_deg=np.full((7, 3), 0.2))
    assert rms(errors(made, found.angle_deg).reshape(-1, 3))[0] < 1.0
    heading = np.unwrap(np.arctan2(-found.segment_rotation[:, 0, 2, 0], found.segment_rotation[:, 0, 0, 0]))
    assert np.degrees(heading[-1] - heading[0]) == pytest.approx(30.0 * 30.0, rel=0.05)


def test_lost_samples_are_nan_exactly_there_and_spoil_nothing(walk) -> None:
    made = walk(seed=9, seconds=30.0)
    acc, gyr = made.imu.acc_mps2.copy(), made.imu.gyr_radps.copy()
    shank = made.imu.segments.index("shank_r")
    lost = np.zeros(made.imu.time.n, dtype=bool)
    for start, n in ((0, 3), (300, 2), (700, 6), (1500, 150), (2990, 10)):
        lost[start : start + n] = True
    acc[lost, shank] = gyr[lost, shank] = np.nan
    holed = Imu(made.imu.segments, made.imu.time, acc, gyr, None, "segment")
    estimates = dict(made.estimates)
    for key in (("knee", "right"), ("ankle", "right")):
        angle = estimates[key].angle_deg.copy()
        angle[lost] = np.nan
        estimates[key] = replace(estimates[key], angle_deg=angle)
    found = smooth(holed, estimates, STATED, alignment_sd_deg=np.full((7, 3), 0.2))
    for key in estimates:
        touched = lost if "shank_r" in joint_segments(*key) else np.zeros_like(lost)
        assert (np.isnan(found.angle_deg[key]) == touched[:, None]).all()
        assert (np.isnan(found.sd_deg[key]) == touched[:, None]).all()
        error = found.angle_deg[key] - made.angle_deg[key]
        assert rms(error[~touched])[0] < 1.2, key
    assert (np.isnan(found.segment_rotation[:, shank]).all(axis=(1, 2)) == lost).all()


def test_a_network_that_errs_more_than_it_says_is_believed_less(walk) -> None:
    """Off by four times what it states within strides: its constant error is thought larger too."""
    shares = []
    for times in (1.0, 4.0):
        made = walk(seed=11, misaligned_deg=3.0)
        estimates = dict(made.estimates)
        for key, one in made.estimates.items():
            wrong = one.angle_deg - made.angle_deg[key]
            shape = wrong - wrong.mean(axis=0)
            angle = made.angle_deg[key] + 15.0 + times * shape
            estimates[key] = replace(one, angle_deg=angle)
        found = smooth(made.imu, estimates, STATED, alignment_sd_deg=np.full((7, 3), 3.0))
        shares.append(np.abs(errors(made, found.angle_deg)[..., 0].mean(axis=1)).mean())
    assert shares[1] < 0.75 * shares[0]


def test_a_network_is_asked_only_while_the_legs_move(walk) -> None:
    made = walk(seed=2, seconds=12.0)
    upright = np.tile([0.0, 9.80665, 0.0], (made.imu.time.n, 7, 1))
    resting = Imu(made.imu.segments, made.imu.time, upright, 0.0 * upright, None, "segment")
    found = smooth(resting, made.estimates, STATED, alignment_sd_deg=np.full((7, 3), 0.1))
    assert all(np.abs(angle[:, 0]).max() < 0.5 for angle in found.angle_deg.values())


def test_some_sensors_are_enough(walk) -> None:
    """Shank and foot alone give the ankle; a shank alone its inclination."""
    made = walk(seed=4)
    rows = [made.imu.segments.index(one) for one in ("shank_r", "foot_r")]
    pair = Imu(("shank_r", "foot_r"), made.imu.time, made.imu.acc_mps2[:, rows], made.imu.gyr_radps[:, rows],
               None, "segment")  # fmt: skip
    key = ("ankle", "right")
    found = smooth(pair, {key: made.estimates[key]}, STATED, alignment_sd_deg=np.full((2, 3), 0.2))
    assert tuple(found.angle_deg) == (key,)
    assert rms(found.angle_deg[key] - made.angle_deg[key])[0] < 1.2
    one = Imu(("shank_r",), made.imu.time, made.imu.acc_mps2[:, rows[:1]], made.imu.gyr_radps[:, rows[:1]],
              None, "segment")  # fmt: skip
    found = smooth(one, {}, STATED, alignment_sd_deg=np.full((1, 3), 0.2))
    up = made.rotation[:, rows[0], 1]
    inclination = np.degrees(np.arctan2(up[:, 0], up[:, 1]))
    assert rms(found.inclination_deg("shank_r") - inclination) < 0.5
    with pytest.raises(InputError, match="no segment 'foot_r' here; there are shank_r"):
        found.inclination_deg("foot_r")


def test_a_sensor_that_gives_nothing_spoils_only_its_own_joints(walk) -> None:
    made = walk(seed=8)
    acc, gyr = made.imu.acc_mps2.copy(), made.imu.gyr_radps.copy()
    foot = made.imu.segments.index("foot_l")
    acc[:, foot] = gyr[:, foot] = np.nan
    broken = Imu(made.imu.segments, made.imu.time, acc, gyr, None, "segment")
    estimates = {key: one for key, one in made.estimates.items() if key != ("ankle", "left")}
    found = smooth(broken, estimates, STATED, alignment_sd_deg=np.full((7, 3), 0.2))
    assert np.isnan(found.angle_deg["ankle", "left"]).all()
    for key in estimates:
        assert rms(found.angle_deg[key] - made.angle_deg[key])[0] < 1.2, key


@pytest.mark.parametrize("seconds", [0.6, 1.0, 4.0])
def test_short_recordings_rest_on_the_network(walk, seconds: float) -> None:
    made = walk(seed=6, seconds=seconds)
    found = smooth(made.imu, made.estimates, STATED)
    assert np.isfinite(errors(made, found.angle_deg)).all()


@pytest.mark.shared
@pytest.mark.parametrize(
    ("folder", "bent_deg"), [("opensense_example", (50.0, 80.0)), ("ximu3_lower_body", (90.0, 140.0))]
)
def test_real_sensors_give_knees_of_a_person(shared_data: Path, folder: str, bent_deg) -> None:
    """A walk with turns, from standing; and a walk with deep bends (x-IMU3's demonstration). No network."""
    raw, _ = leg_readings(read_sensors(shared_data / "imu" / folder))
    calibration = calibrate(raw)
    imu = calibration.apply(raw)
    found = smooth(imu, {}, alignment_sd_deg=calibration.sd_deg)
    moving = moving_samples(raw)
    for side in ("right", "left"):
        knee = found.angle_deg["knee", side][:, 0]
        low, high = np.nanpercentile(knee[moving], [2, 98])
        assert bent_deg[0] < high < bent_deg[1]
        assert -10.0 < low < 10.0
        lost = ~(
            imu.seen[:, imu.segments.index(f"thigh_{side[0]}")]
            & imu.seen[:, imu.segments.index(f"shank_{side[0]}")]
        )
        assert (np.isnan(knee) == lost).all()
    if calibration.still_s is not None:
        standing = found.angle_deg["knee", "right"][imu.time.span(*calibration.still_s)]
        assert abs(np.nanmean(standing[:, 0])) < 6.0


def test_what_does_not_fit_is_said(walk) -> None:
    made = walk(seconds=3.0)
    raw = Imu(made.imu.segments, made.imu.time, made.imu.acc_mps2, made.imu.gyr_radps)
    with pytest.raises(InputError, match="calibrate"):
        smooth(raw, {})
    with pytest.raises(InputError, match=r"alignment_sd_deg has shape \(7,\), expected \(7, 3\)"):
        smooth(made.imu, {}, alignment_sd_deg=np.zeros(7))
    key = ("knee", "right")
    other = replace(made.estimates[key], time=Timebase(50.0, made.imu.time.n))
    with pytest.raises(InputError, match="the estimate of the right knee has 300 samples at 50 Hz"):
        smooth(made.imu, {key: other})
    few = Imu(
        ("shank_l",), made.imu.time, made.imu.acc_mps2[:, :1], made.imu.gyr_radps[:, :1], None, "segment"
    )
    with pytest.raises(InputError, match="have not both a sensor; there are shank_l"):
        smooth(few, {key: made.estimates[key]})
    short = Imu(
        made.imu.segments, Timebase(100.0, 5), made.imu.acc_mps2[:5], made.imu.gyr_radps[:5], None, "segment"
    )
    with pytest.raises(InputError, match="5 samples; the smoother needs 10"):
        smooth(short, {})
    with pytest.raises(InputError, match="walk_deg is 0, expected above 0; tissue is -1, expected 0 or more"):
        FusionQuality(walk_deg=0, tissue=-1)
