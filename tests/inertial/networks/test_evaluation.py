from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinelab.errors import FileFormatError, InputError
from kinelab.geometry.rotations import about_axis
from kinelab.inertial.joint_trial import JointTrial
from kinelab.inertial.motions.files import write_motions
from kinelab.inertial.networks.evaluation import figures, judge, rmse_by_person, spread_of
from kinelab.inertial.networks.examples import held_out, joint_trials, load_examples
from kinelab.inertial.networks.predicting import Told
from kinelab.inertial.networks.recipe import read_recipe
from kinelab.inertial.segment_motion import SegmentMotion


class Wrong:
    """Tells the truth of a trial, but with a stated offset and swing."""

    def __init__(self, trial: JointTrial) -> None:
        swing = np.sin(2 * np.pi * np.arange(500) / 100)
        self.told = Told(
            trial.angle_deg + np.outer(swing, [2.0, 0.0, 4.0]) + [3.0, -1.0, 0.0],
            trial.rotation @ about_axis(2, np.radians(6.0 + 2.0 * swing))[:, None],
        )

    def tell(self, *_: object) -> Told:
        return self.told


def test_offset_and_swing_are_told_apart(knees: list[JointTrial]) -> None:
    (error,) = judge(Wrong(knees[0]), knees[:1])  # type: ignore[arg-type]
    np.testing.assert_allclose(error.angle_deg[0], [3, -1, 0], atol=1e-9)
    np.testing.assert_allclose(error.angle_deg[1], np.array([2, 0, 4]) / np.sqrt(2), atol=1e-9)
    np.testing.assert_allclose(error.rmse_deg, np.hypot([3, 1, 0], error.angle_deg[1]))
    # about one of three axes: as much as all three with 1 / sqrt(3) of it
    np.testing.assert_allclose(error.rotation_deg[0], 6 / np.sqrt(3), rtol=1e-6)
    np.testing.assert_allclose(error.rotation_deg[1], np.sqrt(2 / 3), rtol=1e-6)


def test_lost_samples_do_not_count(knees: list[JointTrial]) -> None:
    wrong = Wrong(knees[0])
    assert wrong.told.angle_deg is not None
    wrong.told.angle_deg[100:200] = np.nan
    (error,) = judge(wrong, knees[:1])  # type: ignore[arg-type]
    np.testing.assert_allclose(error.angle_deg[0], [3, -1, 0], atol=1e-9)


def test_people_count_alike_and_spread_is_root_mean_square(knees: list[JointTrial]) -> None:
    (error,) = judge(Wrong(knees[0]), knees[:1])  # type: ignore[arg-type]
    zero = np.zeros((2, 3))
    errors = [
        replace(error, person="a"),
        replace(error, person="b"),
        replace(error, person="b", angle_deg=zero),
    ]
    people = rmse_by_person(errors)
    assert list(people) == ["a", "b"]
    np.testing.assert_allclose(people["b"], error.rmse_deg / 2)
    assert figures("knee", errors)["knee_angle_rmse_deg"] == pytest.approx(0.75 * error.rmse_deg[0], abs=0.01)
    spread = spread_of(errors)
    np.testing.assert_allclose(spread.angle_offset_sd_deg, np.array([3, 1, 0]) * np.sqrt(2 / 3), atol=1e-9)
    np.testing.assert_allclose(spread.rotation_offset_sd_deg, error.rotation_deg[0])


def test_examples_are_at_100_hz_and_a_trial_a_leg(tmp_path: Path, swing: object) -> None:
    assert callable(swing)
    motions: list[SegmentMotion] = [swing(person, 4.0, 200.0)[0] for person in (2, 0, 1)]
    write_motions(tmp_path / "a.npz", motions)
    said: list[tuple[int, int]] = []
    examples = load_examples([tmp_path / "a.npz"], people=2, tell=lambda done, of: said.append((done, of)))
    assert said == [(1, 2), (2, 2)]
    assert [e.motion.person for e in examples] == ["p2", "p0"]
    assert {e.imu.time.rate_hz for e in examples} == {100.0}
    trials = list(joint_trials(examples, "knee"))
    assert [(t.person, t.side, t.mirrored) for t in trials][:2] == [
        ("p2", "right", False),
        ("p2", "left", True),
    ]
    assert not any(t.mirrored for t in joint_trials(examples, "knee", mirror=False))
    assert not list(joint_trials(examples, "ankle"))
    truth = swing(2, 4.0, 100.0)[1]
    inner = slice(20, -20)
    np.testing.assert_allclose(trials[0].gyr_radps[inner], truth.gyr_radps[inner][:, [0, 2]], atol=0.01)
    np.testing.assert_allclose(trials[0].acc_mps2[inner], truth.acc_mps2[inner][:, [0, 2]], atol=0.02)


def test_people_are_held_out_of_either_activity(tmp_path: Path, swing: object) -> None:
    assert callable(swing)
    motions = [
        replace(swing(person, 1.0)[0], activity="running" if person < 4 else "walking")
        for person in range(14)
    ]
    write_motions(tmp_path / "a.npz", motions)
    examples = load_examples([tmp_path / "a.npz"])
    out = held_out(examples, 0.3, 0)
    running = {f"p{person}" for person in range(4)}
    assert (len(out & running), len(out - running)) == (1, 3)
    assert held_out(examples, 0.3, 0) == out
    assert held_out(examples, 0.3, 1) != out
    assert held_out(examples, 0.0, 0) == set()
    with pytest.raises(InputError, match="share of people held out is 1, allowed is 0 to below 1"):
        held_out(examples, 1.0, 0)
    with pytest.raises(InputError, match="4 people are running, of whom 0 would be held out"):
        held_out(examples, 0.1, 0)
    with pytest.raises(InputError, match="no file of movements"):
        load_examples([])


def test_a_recipe_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[1]")
    with pytest.raises(FileFormatError, match=r"a\.json: is no recipe of a network"):
        read_recipe(tmp_path / "a.json")
