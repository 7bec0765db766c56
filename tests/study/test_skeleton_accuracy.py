"""The page about the skeletal model: its figures are the measured ones, and they keep their marks."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from kinelab.study.ik_trials import TRIALS, cost_of, open_trial
from kinelab.study.skeleton_accuracy import run


def test_the_shipped_body_agrees_with_opensim_and_states_its_noise() -> None:
    text = run(seed=0, quick=True, shared=None)
    row = next(line for line in text.splitlines() if line.startswith("| kinelab |"))
    _, _, _, _, numpy_m, deg, float64_m, float32_m = (cell.strip() for cell in row.strip("|").split("|"))
    assert max(float(numpy_m), float(deg), float(float64_m)) < 1e-9
    assert 0 < float(float32_m) < 5e-6
    median = re.search(r"median (\d\.\d+), from", text)
    assert median is not None
    assert float(median[1]) == pytest.approx(1.0, abs=0.1)  # 40 draws of 37 angles


@pytest.mark.shared
def test_the_page_holds_the_mark_of_inverse_kinematics(shared_data: Path) -> None:
    text = run(seed=0, quick=True, shared=shared_data)
    row = next(line for line in text.splitlines() if line.startswith("| gait2392 walk |"))
    worst, above = row.split("|")[5:7]
    assert float(worst) <= 1.001
    assert int(above) == 0


@pytest.mark.shared
@pytest.mark.parametrize("files", TRIALS, ids=lambda files: files.name)
def test_references_are_answers_to_their_trials(files: object, shared_data: Path) -> None:
    # A reference laid on the wrong frames, or read in the wrong unit, would cost far more than this.
    trial = open_trial(next(one for one in TRIALS if one is files), shared_data)
    cost = cost_of(trial, trial.reference)
    assert cost.shape == (trial.marker_m.shape[0],)
    assert np.sqrt(cost.max()) < 0.06
