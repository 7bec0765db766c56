"""Every kind of network learns, and a stopped run goes on to the same end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.inertial.joint_trial import JointTrial
from kinelab.inertial.networks.predicting import JointPredictor
from kinelab.inertial.networks.recipe import Recipe

pytest.importorskip("lightning")

from kinelab.inertial.networks import training
from kinelab.learning.lightning_run import DivergenceError


def test_it_learns(taught: Recipe, knees: list[JointTrial], tmp_path: Path) -> None:
    """People 0 to 4 are learnt from; of person 5 the truth is told far better than by the mean."""
    people = [t for t in knees if t.person != "p5"], [t for t in knees if t.person == "p5"]
    said: list[training.Progress] = []
    network = training.train(taught, people[0], tmp_path / "run", validation=people[1], tell=said.append)
    assert [(p.step, p.steps) for p in said][-1] == (100, 100)
    assert said[-1].loss < 0.5 * said[0].loss
    predictor = JointPredictor(network, 1)
    for trial in people[1]:
        told = predictor.tell(trial.acc_mps2, trial.gyr_radps)
        if told.angle_deg is not None:
            error = told.angle_deg - trial.angle_deg
            assert np.sqrt((error[100:, 0] ** 2).mean()) < 0.5 * trial.angle_deg[:, 0].std()
            assert 0 < network.spread.angle_sd_deg[0] < 10
        if told.rotation is not None:
            turn = np.swapaxes(trial.rotation, -1, -2) @ told.rotation
            error_deg = np.degrees(np.arccos(np.clip((np.trace(turn, axis1=-2, axis2=-1) - 1) / 2, -1, 1)))
            assert error_deg[100:].mean() < 8
            assert 0 < network.spread.rotation_offset_sd_deg[0] < 10
    again = training.train(taught, people[0], tmp_path / "run", validation=people[1])
    np.testing.assert_array_equal(again.arrays["out.bias"], network.arrays["out.bias"])


def test_a_stopped_run_goes_on_to_the_same_weights(
    taught: Recipe, knees: list[JointTrial], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = replace(taught, iterations=(6, 6), placement_deg=10.0, average_decay=0.9)
    wanted = training.train(recipe, knees, tmp_path / "whole")
    monkeypatch.setattr(training, "_SAVE_S", 0.0)

    def stop(progress: training.Progress) -> None:
        if progress.step == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _interrupted(lambda: training.train(recipe, knees, tmp_path / "cut", tell=stop))
    assert (tmp_path / "cut" / "last.ckpt").is_file()
    found = training.train(recipe, knees, tmp_path / "cut")
    assert not (tmp_path / "cut" / "last.ckpt").exists()
    for name, array in wanted.arrays.items():
        np.testing.assert_array_equal(found.arrays[name], array)
    steps = [line.split(",")[0] for line in (tmp_path / "cut" / "log.csv").read_text().splitlines()]
    assert steps == ["step", *map(str, range(1, 13))]


def _interrupted(run: Callable[[], object]) -> None:
    """Lightning ends a stopped run with SystemExit."""
    try:
        run()
    except SystemExit as error:
        raise KeyboardInterrupt from error


def test_people_are_not_learnt_from_and_judged_on(knees: list[JointTrial], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="p0 would be learnt from and validated on; divide by person"):
        training.train(Recipe("r", "conv1d"), knees, tmp_path / "run", validation=knees[:1])
    assert not (tmp_path / "run").exists()


def test_a_diverging_run_says_so(knees: list[JointTrial], tmp_path: Path) -> None:
    recipe = Recipe(
        "r", "conv1d", layers=1, width=4, window=3, iterations=(9, 0), batch=4, learning_rate=1e30
    )
    with pytest.raises(
        DivergenceError, match=r"diverged at step \d+.*Lower the learning rate \(it is 1e\+30\)"
    ):
        training.train(recipe, knees[:2], tmp_path / "run")
