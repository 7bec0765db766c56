"""A twin of a run's folder: files, comparison, report, and what cannot be done."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinelab.body.model_file import save_model
from kinelab.cli import main
from kinelab.core.kinematics import Kinematics
from kinelab.core.measures import Measures
from kinelab.core.subject import Subject
from kinelab.errors import InputError
from kinelab.files import native
from kinelab.pipeline.twin_run import FORMAT, TwinRun, run_twin
from kinelab.reports.twin_page import TwinSides, compared
from kinelab.twin.alteration import Alteration
from kinelab.virtual_lab.motion.mover import default_mover
from kinelab.virtual_lab.motion.walk import walk
from kinelab.virtual_lab.motion.walk_style import WalkStyle
from kinelab.virtual_lab.sessions.record_truth import true_kinematics


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run: angles with the pelvis' place, events, the model."""
    mover = default_mover(1.7)
    moved = walk(mover, WalkStyle(speed_mps=1.2), 60.0, 4.5, np.random.default_rng(2))
    folder = tmp_path_factory.mktemp("runs") / "walk"
    native.save(true_kinematics(moved, Subject("P9")), folder / "kinematics.nc")
    native.save(moved.events, folder / "events.nc")
    save_model(mover.model, folder / "model_scaled.json")
    return folder


@pytest.fixture(scope="module")
def slower(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> TwinRun:
    return run_twin(run_folder, tmp_path_factory.mktemp("twins") / "slower", Alteration(80.0))


def test_the_folder_holds_a_marked_twin_and_its_comparison(slower: TwinRun) -> None:
    folder = slower.folder
    kinematics = native.load_as(Kinematics, folder / "kinematics.nc")
    assert kinematics.provenance.synthetic
    assert any(
        "altered in silico, never measured: speed 80 %" in step for step in kinematics.provenance.steps
    )
    assert native.load_as(Measures, folder / "measures.nc").get("speed_mps").value > 0
    assert "synthetic" in (folder / "kinematics.mot").read_text().lower()
    for name in ("model_scaled.json", "markers.nc", "viewer.html", "figures/curves.svg", "run.json"):
        assert (folder / name).stat().st_size > 200, name
    data = json.loads((folder / "measures.json").read_text())
    assert data["format"] == FORMAT
    assert data["synthetic"] is True
    rows = {(row["quantity"], row["side"]): row for row in data["measures"]}
    speed = rows["speed_mps", "both"]
    assert speed["twin"] / speed["own"] == pytest.approx(0.8, rel=0.01)
    assert speed["difference"] == pytest.approx(speed["twin"] - speed["own"])
    assert data["checks"]["left"]["slide_mm"] < 10
    assert data["events_from_detectors_ms"] < 40


def test_the_page_says_in_its_head_that_nothing_was_measured(slower: TwinRun) -> None:
    page = (slower.folder / "report.html").read_text()
    assert "Synthetic data" in page
    assert "Digital twin: altered in silico, not measured" in page
    assert "speed 80 % of the own" in page
    assert "Standing feet stay where they stand" in page


def test_the_same_call_finds_what_is_done(slower: TwinRun, run_folder: Path) -> None:
    before = (slower.folder / "report.html").stat().st_mtime_ns
    run_twin(run_folder, slower.folder, Alteration(80.0))
    assert (slower.folder / "report.html").stat().st_mtime_ns == before


def test_a_twin_of_a_twin_is_refused(slower: TwinRun, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a twin already"):
        run_twin(slower.folder, tmp_path / "again", Alteration(80.0))


def test_smallest_real_changes_judge_the_difference(slower: TwinRun) -> None:
    sides = TwinSides(
        slower.own.strides, slower.own.measures, slower.altered.strides, slower.altered.measures
    )
    rows = compared(sides, {("speed_mps", "both"): 0.1, ("step_length_m", "left"): 0.5})
    verdict = {(r.own.quantity, r.own.side): r.verdict for r in rows}
    assert verdict["speed_mps", "both"] == "beyond MDC95"
    assert verdict["step_length_m", "left"] == "within MDC95"
    assert verdict["step_length_m", "right"] == "MDC not known"


def test_angles_without_the_pelvis_take_what_they_can(run_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "worn"
    whole = native.load_as(Kinematics, run_folder / "kinematics.nc")
    native.save(replace(whole, pelvis_position_m=None, pelvis_rotation=None), folder / "kinematics.nc")
    (folder / "events.nc").write_bytes((run_folder / "events.nc").read_bytes())
    done = run_twin(folder, tmp_path / "dropped", Alteration(foot_drop_deg=12.0, side="left"))
    assert done.check is None
    assert "nothing is known of the ground" in done.page.limits[0]
    with pytest.raises(InputError, match="do not say where pelvis and feet are"):
        run_twin(folder, tmp_path / "slower", Alteration(80.0))
    assert not (tmp_path / "slower").exists()


def test_bad_input_ends_with_code_2(
    run_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "kinematics.nc").write_bytes((run_folder / "kinematics.nc").read_bytes())
    for arguments, said in (
        ([str(run_folder)], "nothing to alter"),
        ([str(tmp_path), "--speed", "80"], "holds no kinematics.nc"),
        ([str(bare), "--speed", "80"], "say with --model whose model"),
        ([str(bare), "--speed", "80", "--model", "none.json"], "no such model"),
        ([str(run_folder), "--speed", "10"], "allowed are 40 to 200 %"),
    ):
        assert main(["twin", *arguments, "--out", str(out)]) == 2
        assert said in capsys.readouterr().err
    assert not out.exists()
