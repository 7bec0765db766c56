"""Sensors mounted at any angle find their segments: tilt by gravity, the rest from walking itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinelab.core.recording import Imu
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.files.sensors.reading import read_sensors
from kinelab.geometry.rotations import angular_velocity
from kinelab.inertial.calibration.calibrate import METHODS, calibrate
from kinelab.inertial.calibration.level import level_rotation
from kinelab.virtual_lab.gravity import GRAVITY_MPS2

PEOPLE = ((1.62, 1), (1.75, 2), (1.9, 3))


@pytest.mark.parametrize(("height_m", "seed"), PEOPLE)
def test_standing_and_walking_find_every_mounting(worn, error_deg, height_m: float, seed: int) -> None:
    """Tilt as exactly as the person stands upright (here exactly); heading within 10 deg."""
    truth = worn("stand", "walk", height_m=height_m, seed=seed)
    found = calibrate(truth.imu)
    off = error_deg(found.sensor_to_segment, truth)
    assert np.abs(off[:, [0, 2]]).max() < 0.5
    assert np.abs(off[:, 1]).max() < 10.0
    assert np.sqrt((off[:, 1] ** 2).mean()) < 5.0
    assert found.still_s is not None
    assert np.abs(off / found.sd_deg).max() < 3.0
    # the trunk's forward from the acceleration of the hips
    assert abs(off[0, 1]) < 5.0
    assert any("how the legs push it" in note for note in found.notes)


@pytest.mark.parametrize(("height_m", "seed"), PEOPLE)
@pytest.mark.parametrize("kind", ["walk", "run"])
def test_gait_alone_does_too_less_surely(worn, error_deg, kind: str, height_m: float, seed: int) -> None:
    truth = worn(kind, height_m=height_m, seed=seed)
    found = calibrate(truth.imu, "functional")
    off = error_deg(found.sensor_to_segment, truth)
    assert found.still_s is None
    assert np.abs(off[:, 1]).max() < 12.0
    assert np.abs(off).max() < 20.0
    assert np.sqrt(((off / found.sd_deg) ** 2).mean()) < 1.6


@pytest.mark.parametrize(("height_m", "seed"), PEOPLE)
@pytest.mark.parametrize("worn_on", [("foot_r", "foot_l"), ("shank_l", "foot_l"), ("thigh_r",)])
def test_a_few_sensors_know_forward_by_themselves(
    worn, error_deg, worn_on: tuple[str, ...], height_m: float, seed: int
) -> None:
    truth = worn("walk", height_m=height_m, seed=seed)
    rows = [truth.imu.segments.index(one) for one in worn_on]
    few = Imu(worn_on, truth.imu.time, truth.imu.acc_mps2[:, rows], truth.imu.gyr_radps[:, rows])
    off = error_deg(
        calibrate(few, "functional").sensor_to_segment,
        replace(truth, sensor_to_segment=truth.sensor_to_segment[rows]),
    )
    assert np.abs(off).max() < 15.0


def test_still_gyroscopes_tell_their_bias(worn) -> None:
    truth = worn("stand", "walk", bias_dps=1.0)
    found = calibrate(truth.imu)
    still = found.apply(truth.imu)
    assert still.frame == "segment"
    assert np.abs(still.gyr_radps[20:150].mean(axis=0)).max() < np.radians(0.05)
    up = still.acc_mps2[20:150].mean(axis=0)
    np.testing.assert_allclose(up, np.tile([0, GRAVITY_MPS2, 0], (7, 1)), atol=0.02)


def test_a_leaning_posture_can_be_said(worn, error_deg) -> None:
    """Who stands with knees bent by 20 deg says so, and gets sensors that are turned by as much."""
    truth = worn("stand", "walk")
    upright = calibrate(truth.imu)
    bent = calibrate(truth.imu, inclination_deg={"thigh_r": 20.0})
    s = truth.imu.segments.index("thigh_r")
    off = error_deg(bent.sensor_to_segment, replace(truth, sensor_to_segment=upright.sensor_to_segment))
    assert off[s, 2] == pytest.approx(-20.0, abs=1.0)
    assert np.abs(np.delete(off, (0, s), axis=0)).max() < 1e-6
    assert np.abs(off[0]).max() < 5.0  # the pelvis' forward rests on the thighs'


def test_a_turn_on_the_way_does_no_harm(worn, error_deg) -> None:
    """The whole body turns at 60 deg/s about the vertical for 5 s: more turning than a thigh's own."""
    truth = worn("stand", "walk", seed=3)
    rate_hz = truth.imu.time.rate_hz
    up = np.asarray(level_rotation(truth.imu, np.zeros((7, 3))))[:, :, 1]
    pace = np.zeros(truth.imu.time.n)
    pace[600:1100] = np.radians(60.0)
    turned = Imu(
        truth.imu.segments, truth.imu.time, truth.imu.acc_mps2,
        truth.imu.gyr_radps + pace[:, None, None] * up,
    )  # fmt: skip
    assert pace.sum() / rate_hz > np.pi
    straight, round_a_corner = (calibrate(imu).sensor_to_segment for imu in (truth.imu, turned))
    assert np.abs(error_deg(straight, truth)).max() < 10.0
    assert np.abs(error_deg(round_a_corner, truth)).max() < 12.0


def test_static_alone_takes_the_case_as_forward(worn) -> None:
    """Cases that sit as the segments do, but for 10 deg of tilt: gravity rights them."""
    truth = worn("stand", seed=4)
    case = np.tile(np.eye(3), (7, 1, 1))
    case[:, :2, :2] = [[np.cos(0.17), -np.sin(0.17)], [np.sin(0.17), np.cos(0.17)]]
    undone = case.swapaxes(1, 2) @ truth.sensor_to_segment  # sensor to case
    imu = Imu(
        truth.imu.segments,
        truth.imu.time,
        np.einsum("sij,tsj->tsi", undone, truth.imu.acc_mps2),
        np.einsum("sij,tsj->tsi", undone, truth.imu.gyr_radps),
    )
    found = calibrate(imu, "static")
    np.testing.assert_allclose(found.sensor_to_segment, case, atol=0.02)
    assert found.sd_deg[0, 1] == 10.0


def test_lost_samples_stay_lost_and_do_no_harm(worn, error_deg) -> None:
    truth = worn("stand", "walk", seed=1)
    acc, gyr = truth.imu.acc_mps2.copy(), truth.imu.gyr_radps.copy()
    rng = np.random.default_rng(0)
    for start in rng.integers(0, len(acc) - 30, 25):
        s = rng.integers(7)
        acc[start : start + 8, s] = gyr[start : start + 8, s] = np.nan
    holed = Imu(truth.imu.segments, truth.imu.time, acc, gyr)
    found = calibrate(holed, still_s=(0.2, 1.8))
    off = error_deg(found.sensor_to_segment, truth)
    assert np.abs(off).max() < 10.0
    applied = found.apply(holed)
    np.testing.assert_array_equal(np.isnan(applied.acc_mps2), np.isnan(acc))


def test_what_cannot_be_calibrated_is_said(worn) -> None:
    standing, walking = worn("stand").imu, worn("walk").imu
    with pytest.raises(InputError, match="method is 'manual', allowed are " + ", ".join(METHODS)):
        calibrate(standing, "manual")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="standing still alone does not tell where forward is"):
        calibrate(standing)
    with pytest.raises(InputError, match="a few strides are needed"):
        calibrate(standing, "functional")
    with pytest.raises(InputError, match="nobody stands still"):
        calibrate(walking, "static")
    with pytest.raises(InputError, match=r"(shank|foot)_. turns at .* deg/s then"):
        calibrate(walking, still_s=(2.0, 4.0))
    with pytest.raises(InputError, match=r"the recording lasts from 0 to 11\.8 s"):
        calibrate(walking, still_s=(20.0, 22.0))
    with pytest.raises(InputError, match="no such sensor; there are pelvis"):
        calibrate(worn("stand", "walk").imu, inclination_deg={"thigh": 3.0})
    shaken = np.radians(20) * np.sin(np.arange(200) / 3)[:, None, None] * np.ones((1, 1, 3))
    neither = Imu(("shank_r",), Timebase(100, 200), np.tile([0, 9.8, 0], (200, 1, 1)), shaken)
    with pytest.raises(InputError, match="neither stillness nor walking"):
        calibrate(neither)
    applied = calibrate(worn("stand", "walk").imu).apply(worn("stand", "walk").imu)
    with pytest.raises(InputError, match="already"):
        calibrate(applied)


def test_who_sits_does_not_stand(worn, error_deg) -> None:
    """Thighs level while still: taken for standing they would be wrong by 90 deg. Walking has to do."""
    truth = worn("stand", "walk", seed=3)
    acc = truth.imu.acc_mps2.copy()
    s = truth.imu.segments.index("thigh_r")
    acc[:180, s] = truth.sensor_to_segment[s].T @ np.array([GRAVITY_MPS2, 0.0, 0.0])
    sat = Imu(truth.imu.segments, truth.imu.time, acc, truth.imu.gyr_radps)
    found = calibrate(sat)
    assert found.still_s is None
    assert any("still, but not standing" in note for note in found.notes)
    # getting up is a jump of the thigh here, from which the orientation filter needs seconds to recover
    assert np.abs(error_deg(found.sensor_to_segment, truth)).max() < 25.0
    with pytest.raises(InputError, match=r"thigh_r is tilted by .* sat or lay"):
        calibrate(sat, still_s=(0.2, 1.5))


@pytest.mark.shared
def test_real_sensors_of_opensense(shared_data: Path) -> None:
    """Ten seconds of standing, then a walk with turns; OpenSense's set-up says the pelvis faces along z."""
    recording = read_sensors(shared_data / "imu" / "opensense_example")
    rate = recording.imu.time.rate_hz
    assert recording.rotation is not None
    gyr = np.stack([angular_velocity(one, rate) for one in recording.rotation.swapaxes(0, 1)], axis=1)
    imu = recording.imu
    gyr[~np.isfinite(imu.acc_mps2)] = np.nan
    acc = np.where(np.isfinite(gyr), imu.acc_mps2, np.nan)
    found = calibrate(Imu(imu.segments, imu.time, acc, gyr))
    pelvis = found.sensor_to_segment[found.index("pelvis")]
    assert pelvis[0, 2] > 0.9
    assert found.still_s is not None
    assert found.still_s[1] - found.still_s[0] > 1.0
    for side in "rl":  # the shanks swing forward faster than back, about the axis to the right
        about = found.apply(Imu(imu.segments, imu.time, acc, gyr)).gyr_radps[
            :, found.index(f"shank_{side}"), 2
        ]
        assert np.nanmax(about) > 1.4 * -np.nanmin(about)
