"""The examples of docs/skeletal_model.md run in their order and do what the page says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "skeletal_model.md"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """All names that the page's examples leave behind."""
    names: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("page"))
        for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S):
            exec(compile(block, str(PAGE), "exec"), names)
    return names


def test_factors_and_a_scaled_model_are_the_same(told: dict[str, Any]) -> None:
    assert told["placed"].marker_m == pytest.approx(told["same"].marker_m, abs=1e-13)
    assert told["ankle_m"].shape == (3,)


def test_the_loss_is_zero_at_the_true_factors_and_its_gradient_leads_there(told: dict[str, Any]) -> None:
    import torch

    layer, angles = told["layer"], told["angles"].detach()
    at_truth = layer(angles, torch.full_like(told["log_factors"], 1.04))
    assert at_truth.marker_m.numpy() == pytest.approx(np.tile(told["placed"].marker_m, (8, 1, 1)), abs=1e-13)
    assert told["loss"] > 1e-6
    femur = told["model"].body_index("femur_r")
    assert told["log_factors"].grad[femur, 1] < 0
    assert told["angles"].grad.isfinite().all()


def test_the_knee_is_found_within_its_own_uncertainty(told: dict[str, Any]) -> None:
    assert told["answer"].converged.all()
    assert np.isnan(told["answer"].marker_error_m[6, told["model"].marker_index("RKNE")])
    z = told["error_deg"] / told["sd_deg"]
    assert 0.5 < np.sqrt(np.mean(z**2)) < 1.7
    assert np.abs(told["error_deg"]).max() < 3


def test_landmarks_give_the_angles_that_the_model_was_moved_to(told: dict[str, Any]) -> None:
    expected = np.zeros((20, 3))
    expected[:, 0] = np.degrees(np.linspace(0.1, 0.9, 20))
    assert told["knee_deg"] == pytest.approx(expected, abs=1e-9)
    assert told["JOINTS"]["knee"].names[0] == "knee_angle"


def test_every_command_line_on_the_page_is_one() -> None:
    from kinelab.cli import build_parser

    lines = [
        line
        for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.S)
        for line in block.splitlines()
    ]
    assert len(lines) == 4
    for line in lines:
        build_parser().parse_args(shlex.split(line, comments=True)[1:])


def test_the_page_names_what_there_is() -> None:
    from kinelab.body import ik_setup, joint_estimation, marker_placement, scale_setup, scaling

    rooms = (ik_setup, joint_estimation, marker_placement, scale_setup, scaling)
    for name in ("read_ik_setup", "estimate", "place_markers", "read_scale_setup", "scale_factors"):
        assert name in PAGE.read_text()
        assert any(hasattr(room, name) for room in rooms)
