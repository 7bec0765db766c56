from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.inertial.joint_trial import JointTrial
from kinelab.inertial.networks.channels import rotation_from_six, sensor_channels, six_numbers
from kinelab.inertial.networks.recipe import ANGLES, ORIENTATIONS
from kinelab.inertial.networks.windows import training_set


def numbered(trial: JointTrial, person: str, n: int, lost: slice = slice(0)) -> JointTrial:
    """The first n samples; acc x of the first sensor is the number of the sample."""
    acc = trial.acc_mps2[:n].copy()
    acc[:, 0, 0] = np.arange(n)
    acc[lost] = np.nan
    return replace(
        trial, person=person, time=replace(trial.time, n=n), acc_mps2=acc, gyr_radps=trial.gyr_radps[:n],
        angle_deg=trial.angle_deg[:n], rotation=trial.rotation[:n],
    )  # fmt: skip


def test_windows_never_cross_a_gap_and_are_filled_up_at_the_ends(knees: list[JointTrial]) -> None:
    data = training_set([numbered(knees[0], "a", 90, slice(40, 43))])
    assert list(zip(data.start, data.stop, strict=True)) == [(0, 40), (40, 87)]
    readings, values = data.draw(400, 30, (7, 5), np.random.default_rng(0))
    assert readings.shape == (400, 42, 2, 6)
    assert values.shape == (400, 42, 15)
    count = readings[:, :, 0, 0]
    first = count[:, 7].astype(int)
    assert set(first) == {*range(11), *range(43, 61)}  # every window that fits
    low, high = np.where(first < 40, 0, 43), np.where(first < 40, 39, 89)
    wanted = np.clip(first[:, None] + np.arange(-7, 35), low[:, None], high[:, None])
    np.testing.assert_array_equal(count, wanted)
    np.testing.assert_allclose(values[:, 7, ANGLES], knees[0].angle_deg[first], rtol=1e-6)
    six = values[:, 7, ORIENTATIONS].reshape(-1, 2, 6)
    np.testing.assert_allclose(rotation_from_six(six), knees[0].rotation[first], atol=1e-6)


def test_a_window_can_be_played_at_another_tempo(knees: list[JointTrial]) -> None:
    data = training_set([numbered(knees[0], "a", 200)])
    tempo = np.array([1.0, 0.0, 0.5, 1.2] * 50)
    readings, values = data.draw(200, 30, (6, 4), np.random.default_rng(0), tempo)
    plain, _ = data.draw(200, 30, (6, 4), np.random.default_rng(0))
    count, begin = readings[:, :, 0, 0], plain[:, 6, 0, 0]
    wanted = np.clip(begin[:, None] + tempo[:, None] * np.arange(-6, 34), 0, 199)
    np.testing.assert_allclose(count, wanted, atol=1e-4)
    np.testing.assert_array_equal(readings[tempo == 1], plain[tempo == 1])
    np.testing.assert_array_equal(values[1], np.tile(values[1, 0], (40, 1)))
    angle = [np.interp(wanted[2], np.arange(200), column) for column in knees[0].angle_deg[:200].T]
    np.testing.assert_allclose(values[2, :, ANGLES], np.transpose(angle), atol=1e-4)


def test_people_are_drawn_alike_or_by_weight(knees: list[JointTrial]) -> None:
    trials = [numbered(knees[0], "b", 100), numbered(knees[1], "a", 400), numbered(knees[2], "b", 101)]
    drawn = training_set(trials).draw(3000, 50, (0, 0), np.random.default_rng(1))[0][:, 0, 0, 0]
    assert drawn.max() == 350
    beyond = (drawn > 51).mean()  # only the long one of "a" has them
    assert beyond == pytest.approx(0.5 * 299 / 351, abs=0.03)
    weighted = training_set(trials, {"a": 3.0}).draw(3000, 50, (0, 0), np.random.default_rng(1))[0]
    assert (weighted[:, 0, 0, 0] > 51).mean() == pytest.approx(0.75 * 299 / 351, abs=0.03)


def test_scale_is_that_of_the_samples(knees: list[JointTrial]) -> None:
    data = training_set(knees[:2])
    scale = data.scale(slice(0, 15))
    channels = np.concatenate([sensor_channels(t.acc_mps2, t.gyr_radps) for t in knees[:2]], axis=1)
    np.testing.assert_allclose(scale.input_mean, channels.mean(axis=1), atol=1e-4)
    moving = channels.std(axis=1) > 0.1
    assert moving.sum() >= 8
    np.testing.assert_allclose(scale.input_sd[moving], channels.std(axis=1)[moving], rtol=1e-3)
    assert scale.input_sd[3] == pytest.approx(0.05)  # the length of acc never changes here
    angles = np.concatenate([t.angle_deg for t in knees[:2]])
    np.testing.assert_allclose(scale.output_mean[:3], angles.mean(axis=0), atol=1e-3)
    assert data.scale(ORIENTATIONS).output_sd.shape == (12,)


def test_channels_are_those_of_the_paper(knees: list[JointTrial]) -> None:
    trial = knees[0]
    channels = sensor_channels(trial.acc_mps2, trial.gyr_radps)
    assert channels.shape == (16, trial.time.n)
    np.testing.assert_allclose(channels[8:11].T, trial.acc_mps2[:, 1], rtol=1e-6)
    np.testing.assert_allclose(channels[7], np.linalg.norm(trial.gyr_radps[:, 0], axis=-1), rtol=1e-5)
    np.testing.assert_allclose(rotation_from_six(six_numbers(trial.rotation)), trial.rotation, atol=1e-12)
    assert np.isnan(rotation_from_six(np.zeros(6))).all()


def test_what_cannot_be_learnt_from_is_said(knees: list[JointTrial]) -> None:
    with pytest.raises(InputError, match="the trials to learn from are none"):
        training_set([])
    with pytest.raises(InputError, match=r"hold nothing but gaps; were the readings made from empty"):
        training_set([numbered(knees[0], "a", 50, slice(None))])
    with pytest.raises(InputError, match="trials of knee and hip are mixed"):
        training_set([knees[0], replace(knees[1], joint="hip")])
    fast = replace(knees[0], time=replace(knees[0].time, rate_hz=200.0))
    with pytest.raises(InputError, match=r"has 200 Hz; networks learn at 100 Hz: resample it first"):
        training_set([fast])
    with pytest.raises(InputError, match=r"no trial has 1 s without a gap; the longest piece has 0\.80 s"):
        training_set([numbered(knees[0], "a", 80)]).draw(1, 100, (0, 0), np.random.default_rng(0))
