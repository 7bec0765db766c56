from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinelab.core.recording import Imu
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError, ModelError
from kinelab.inertial.joint_trial import joint_trial
from kinelab.inertial.networks.joint_network import JointNetwork, Spread, shapes
from kinelab.inertial.networks.network_file import load_joint_networks, save_joint_networks
from kinelab.inertial.networks.predicting import JointPredictor
from kinelab.inertial.networks.recipe import Recipe
from kinelab.inertial.networks.shipped import JointNetworks, load_networks
from kinelab.inertial.networks.streaming import LiveJoints, load_live
from kinelab.inertial.segment_motion import SIDES, SegmentMotion
from kinelab.learning.weights import ModelCard, write_arrays

Swing = Callable[..., tuple[SegmentMotion, Imu]]
CARD = ModelCard("made up", "CC0-1.0", "none", synthetic=True)
CONV = Recipe("c", "conv1d", layers=2, width=8, window=8, stride=4)
LSTM = Recipe("l", "lstm", layers=2, width=8)


def made_up(recipe: Recipe, joint: str = "knee") -> JointNetwork:
    rng = np.random.default_rng(4)
    arrays = {n: rng.normal(0, 0.2, s).astype(np.float32) for n, s in shapes(recipe).items()}
    return JointNetwork(joint, recipe, arrays, Spread((1, 2, 3), (4, 5, 6), (7, 8), (9, 10)))


@pytest.mark.parametrize("mirror", [True, False])
@pytest.mark.parametrize("recipe", [CONV, LSTM])
def test_both_legs_are_told_as_each_trial_alone(recipe: Recipe, mirror: bool, swing: Swing) -> None:
    motion, imu = swing(0)
    network = made_up(replace(recipe, mirror_left=mirror))
    found = JointNetworks([network], CARD, 1).estimate(imu)
    assert list(found) == [("knee", "right"), ("knee", "left")]
    for side in SIDES:
        trial = joint_trial(motion, imu, "knee", side, mirror=mirror)
        told = JointPredictor(network, 1).tell(trial.acc_mps2, trial.gyr_radps)
        estimate = found["knee", side]
        assert told.rotation is not None
        np.testing.assert_allclose(estimate.angle_deg, told.angle_deg, atol=1e-4)
        flip = np.diag([1.0, 1.0, -1.0 if side == "left" and mirror else 1.0])
        np.testing.assert_allclose(estimate.rotation, flip @ told.rotation @ flip, atol=1e-5)
        assert estimate.angle_offset_sd_deg.tolist() == [1, 2, 3]
        assert estimate.rotation_sd_deg.tolist() == [9, 10]


def test_orientations_alone_give_angles_and_two_networks_share_the_work(swing: Swing) -> None:
    from kinelab.body.joint_axes import joint_angles

    _, imu = swing(0)
    angles, turns = (made_up(replace(CONV, outputs=o)) for o in ("angles", "orientations"))
    alone = JointNetworks([turns], CARD, 1).estimate(imu)["knee", "left"]
    of_turns = np.degrees(joint_angles(alone.rotation[:, 0], alone.rotation[:, 1], "knee", "left"))
    np.testing.assert_allclose(alone.angle_deg, of_turns, atol=1e-9)
    assert np.isnan(alone.angle_sd_deg).all()
    both = JointNetworks([angles, turns], CARD, 1).estimate(imu)["knee", "left"]
    np.testing.assert_array_equal(both.rotation, alone.rotation)
    assert not np.allclose(both.angle_deg, alone.angle_deg)
    assert both.angle_sd_deg.tolist() == [4, 5, 6]
    only = JointNetworks([angles], CARD, 1).estimate(imu)["knee", "left"]
    assert np.isnan(only.rotation).all()


@pytest.mark.parametrize(("rate_hz", "most_deg"), [(200.0, 0.05), (60.0, 0.3), (128.0, 0.1)])
def test_any_rate_gives_what_100_hz_gives(rate_hz: float, most_deg: float, swing: Swing) -> None:
    networks = JointNetworks([made_up(replace(CONV, stride=1))], CARD, 1)
    _, slow = swing(0, 6.0, 100.0)
    _, imu = swing(0, 6.0, rate_hz)
    wanted, found = (networks.estimate(one)["knee", "right"] for one in (slow, imu))
    assert found.time == imu.time
    assert np.isfinite(found.angle_deg).all()
    at = [np.interp(imu.time.time_s, slow.time.time_s, column) for column in wanted.angle_deg.T]
    inner = slice(round(rate_hz), -round(rate_hz))
    assert np.abs(found.angle_deg - np.transpose(at))[inner].max() < most_deg * wanted.angle_deg.std()


@pytest.mark.parametrize("rate_hz", [100.0, 148.0])
def test_lost_readings_are_nan_for_the_joints_of_that_sensor_alone(rate_hz: float, swing: Swing) -> None:
    _, imu = swing(0, 5.0, rate_hz)
    acc, gyr = imu.acc_mps2.copy(), imu.gyr_radps.copy()
    lost = np.zeros(imu.time.n, bool)
    lost[[0, 77, 78]] = True
    lost[150:260] = True
    acc[lost, 2], gyr[lost, 2] = np.nan, np.nan  # shank_r
    found = JointNetworks([made_up(CONV)], CARD, 1).estimate(replace(imu, acc_mps2=acc, gyr_radps=gyr))
    np.testing.assert_array_equal(np.isnan(found["knee", "right"].angle_deg).all(axis=1), lost)
    np.testing.assert_array_equal(np.isnan(found["knee", "right"].rotation).any(axis=(1, 2, 3)), lost)
    assert np.isfinite(found["knee", "left"].angle_deg).all()


def test_joints_without_both_sensors_are_left_out(swing: Swing) -> None:
    _, imu = swing(0)
    rows = [0, 2, 3]
    part = Imu(
        tuple(imu.segments[i] for i in rows), imu.time, imu.acc_mps2[:, rows], imu.gyr_radps[:, rows],
        frame="segment",
    )  # fmt: skip
    networks = JointNetworks([made_up(CONV, joint) for joint in ("ankle", "knee", "hip")], CARD, 1)
    assert networks.joints == ("hip", "knee", "ankle")
    assert list(networks.estimate(part)) == [("knee", "right")]
    with pytest.raises(InputError, match=r"in the sensors' own axes.*calibrate first"):
        networks.estimate(replace(imu, frame="sensor"))


def test_sample_by_sample_is_the_whole_recording(swing: Swing) -> None:
    _, imu = swing(1)
    network = made_up(LSTM)
    whole = JointNetworks([network], CARD, 1).estimate(imu)
    live = LiveJoints([network, made_up(CONV)], imu.segments)
    assert live.joints == (("knee", "right"), ("knee", "left"))
    assert live.spread("knee").angle_sd_deg == (4, 5, 6)
    for t in range(imu.time.n):
        for key, told in live.step(imu.acc_mps2[t], imu.gyr_radps[t]).items():
            assert told.angle_deg is not None
            assert told.rotation is not None
            np.testing.assert_allclose(told.angle_deg, whole[key].angle_deg[t], atol=1e-4)
            np.testing.assert_allclose(told.rotation, whole[key].rotation[t], atol=1e-5)


def test_a_lost_sample_is_nan_at_once_and_soon_forgotten(swing: Swing) -> None:
    _, imu = swing(1)
    live, other = (LiveJoints([made_up(LSTM)], imu.segments) for _ in range(2))
    for t in range(200):
        acc = imu.acc_mps2[t].copy()
        if t in (0, 50, 51):
            acc[3] = np.nan  # shank_l
        told, whole = live.step(acc, imu.gyr_radps[t]), other.step(imu.acc_mps2[t], imu.gyr_radps[t])
        left, right = (told["knee", side].angle_deg for side in ("left", "right"))
        assert left is not None
        assert right is not None
        assert np.isnan(left).all() == (t in (0, 50, 51))
        np.testing.assert_array_equal(right, whole["knee", "right"].angle_deg)
    np.testing.assert_allclose(left, whole["knee", "left"].angle_deg, atol=1e-2)


def test_live_says_what_it_cannot_take(swing: Swing) -> None:
    segments = ("thigh_r", "shank_r")
    with pytest.raises(InputError, match="the sensors have 60 Hz; live networks take 100 Hz"):
        LiveJoints([made_up(LSTM)], segments, 60.0)
    with pytest.raises(ModelError, match="no network in the file looks back only"):
        LiveJoints([made_up(CONV)], segments)
    with pytest.raises(InputError, match="no two neighbouring segments among pelvis, foot_r"):
        LiveJoints([made_up(LSTM)], ("pelvis", "foot_r"))
    with pytest.raises(InputError, match=r"expected \(2, 3\), a row for each of thigh_r, shank_r"):
        LiveJoints([made_up(LSTM)], segments).step(np.zeros((3, 3)), np.zeros((3, 3)))


def test_a_file_gives_whole_recordings_and_live_ones_their_own_network(tmp_path: Path, swing: Swing) -> None:
    path = tmp_path / "n.safetensors"
    save_joint_networks(path, [made_up(LSTM), made_up(CONV), made_up(LSTM, "hip")], CARD)
    networks = load_networks(path)
    assert networks.joints == ("hip", "knee")  # of the hip there is only a live one
    conv = JointNetworks([load_joint_networks(path)[0][1]], CARD).estimate(swing(0)[1])
    found = networks.estimate(swing(0)[1])["knee", "right"]
    np.testing.assert_array_equal(found.angle_deg, conv["knee", "right"].angle_deg)
    assert load_live(("pelvis", "thigh_r", "shank_r"), path).joints == (("knee", "right"), ("hip", "right"))


def test_damaged_files_are_said(tmp_path: Path) -> None:
    path = tmp_path / "n.safetensors"
    with pytest.raises(ModelError, match="there is no network file"):
        load_networks(path)
    with pytest.raises(ModelError, match="there is no network to write"):
        save_joint_networks(path, [], CARD)
    texts = {"format": "kinelab joint networks 1", "networks": '[{"joint": "knee"}]', "card": "{}"}
    write_arrays(path, {"0.out.bias": np.zeros(3, np.float32)}, texts)
    with pytest.raises(ModelError, match=r"n\.safetensors: 'recipe'"):
        load_networks(path)


def test_estimating_needs_no_torch() -> None:
    code = (
        "import sys, kinelab.inertial.networks.shipped, kinelab.inertial.networks.streaming\n"
        "print(*{'torch', 'lightning', 'optuna'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=True)
    assert run.stdout.strip() == ""


def test_a_timebase_that_starts_late_is_kept(swing: Swing) -> None:
    _, imu = swing(0, 3.0, 50.0)
    late = replace(imu, time=Timebase(50.0, imu.time.n, 12.5))
    first, second = (JointNetworks([made_up(CONV)], CARD, 1).estimate(one) for one in (imu, late))
    assert second["knee", "right"].time.start_s == 12.5
    np.testing.assert_allclose(second["knee", "right"].angle_deg, first["knee", "right"].angle_deg, atol=1e-6)
