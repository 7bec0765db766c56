"""The reproduction's path on people of plain sinusoids: folds, sensors, and the command from end to end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.transform import Rotation

from kinelab.body.own_body import own_body
from kinelab.cli import main
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError, RunFolderError
from kinelab.inertial.motions.files import write_motions
from kinelab.inertial.motions.from_kinematics import motion_from_coordinates
from kinelab.inertial.segment_motion import Activity, SegmentMotion
from kinelab.study import rapp2021_curve
from kinelab.study.rapp2021 import Request, reproduce, section
from kinelab.study.rapp2021_data import Sensors, runners, trials, virtual_people, worn
from kinelab.study.rapp2021_networks import Settings, claim

PEOPLE = 18
QUICK = Settings(quick=True)


def person(number: int, activity: Activity) -> SegmentMotion:
    """Hips and knees that swing, one leg half a cycle after the other; everyone a little otherwise."""
    rng = np.random.default_rng(number)
    model = own_body().with_markers(())
    time = Timebase(100.0, 400)
    pose = np.tile(model.default_coordinates, (time.n, 1))
    for letter, start in (("r", 0.0), ("l", np.pi)):
        phase = 2 * np.pi * (1.4 + 0.05 * number) * time.time_s + start
        angles = {
            "hip_flexion": 15 + 25 * np.cos(phase),
            "hip_adduction": rng.normal(0, 3) + 4 * np.sin(phase),
            "knee_angle": 45 - 35 * np.cos(phase + 1),
            "ankle_angle": rng.normal(0, 5) + 12 * np.sin(phase),
        }
        for name, angle in angles.items():
            pose[:, model.coordinate_index(f"{name}_{letter}")] = np.radians(angle)
    return motion_from_coordinates(model, pose, time, (f"P{number}", "t", activity))


@pytest.fixture(scope="module")
def motions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Files of motions by activity."""
    folder = tmp_path_factory.mktemp("motions")
    files = {}
    for activity in ("walking", "running"):
        files[activity] = folder / f"{activity}.npz"
        write_motions(files[activity], [person(n, activity) for n in range(PEOPLE)])  # type: ignore[arg-type]
    return files


def test_nobody_is_learnt_from_and_tested_on(motions: dict[str, Path]) -> None:
    cohort = runners(None, motions["running"], seed=0)
    assert sorted(p for fold in cohort.folds for p in fold.test) == sorted(f"P{n}" for n in range(PEOPLE))
    for fold in cohort.folds:
        assert not set(fold.train) & set(fold.test)
        assert len(fold.train) + len(fold.test) == PEOPLE
    assert runners(None, motions["running"], seed=0).folds == cohort.folds
    assert runners(None, motions["running"], seed=1).folds != cohort.folds
    (fold,) = virtual_people(motions["walking"], 0).folds
    assert not set(fold.train) & set(fold.test) | set(fold.train) & set(fold.validate)
    assert len(fold.test) == len(fold.validate) == 2
    with pytest.raises(InputError, match="--shared DIR"):
        runners(None, None, 0)


def test_sensors_are_as_asked_for_and_the_same_again(motions: dict[str, Path]) -> None:
    motion = person(0, "running")
    _, clean = worn(motion, Sensors(), 0)
    _, biased = worn(motion, Sensors(bias_dps=1.0), 0)
    shift = np.degrees(np.linalg.norm(biased.gyr_radps - clean.gyr_radps, axis=2))
    np.testing.assert_allclose(shift, 1.0, rtol=1e-9)
    _, again = worn(replace(motion), Sensors(bias_dps=1.0), 0)
    np.testing.assert_array_equal(again.gyr_radps, biased.gyr_radps)
    level, _ = worn(motion, Sensors("contacts"), 0)
    fixed = level.sensor_rotation[:, 3].swapaxes(1, 2) @ motion.segment_rotation[:, 3]
    assert np.abs(fixed - fixed[0]).max() < 1e-9
    (trial,) = [t for t in trials([motion], "knee", Sensors("contacts"), 0) if t.side == "right"]
    told = level.sensor_rotation[:, [level.index("thigh_r"), level.index("shank_r")]]
    np.testing.assert_allclose(trial.rotation, told, atol=1e-12)
    # gyroscopes of level sensors give the orientations that are to be learnt
    turn = Rotation.from_matrix(trial.rotation[0, 0])
    for w in trial.gyr_radps[1:, 0]:
        turn = turn * Rotation.from_rotvec(w / 100.0)
    np.testing.assert_allclose(turn.as_matrix(), trial.rotation[-1, 0], atol=1e-9)
    with pytest.raises(InputError, match="bias_dps is -1"):
        Sensors(bias_dps=-1)


def test_tables_and_figures_from_end_to_end(
    motions: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- begin rapp2021 -->\n<!-- end rapp2021 -->\n")
    command = [
        "reproduce", "rapp2021", "table1,table3,figure3,figure5,bias", "--data", "virtual",
        "--motions", str(motions["walking"]), "--quick", "--quiet", "--out", str(tmp_path / "out"),
        "--page", str(page),
    ]  # fmt: skip
    assert main(command) == 0
    text = capsys.readouterr().out
    assert "| + optimisation, calibrated |" in text
    folder = tmp_path / "out" / "virtual_walking"
    table = pd.read_csv(folder / "table1.csv")
    assert len(table) == 2 * 5 * 9
    assert (table.people == 2).all()
    assert (table.synthetic == 1).all()
    # noise-free gyroscopes, sensors in the segments' axes: what is integrated has the right shape
    calm = table.query("pseudo_calibrated == 1 and angle == 'flexion'").groupby("step").rmse_mean_deg.max()
    assert calm["optimised"] < calm["augmented"]
    bias = pd.read_csv(folder / "bias.csv").query("method == 'integration alone' and joint == 'knee'")
    assert bias.calibrated_deg.iloc[-1] > bias.calibrated_deg.iloc[0]
    for name in ("figure3", "figure5", "bias", "bias_calibrated"):
        assert (folder / f"{name}.svg").read_text().startswith("<?xml")
        assert (folder / f"{name}.png").stat().st_size > 10_000
    assert "commit" in page.read_text()
    assert "(figures/rapp2021_virtual_walking_bias.svg)" in page.read_text()
    assert len(list((tmp_path / "figures").glob("*.svg"))) == 3
    # all again from what is kept: networks and scores are not touched
    kept = {
        path: path.stat().st_mtime_ns for path in (*folder.glob("networks/*/*"), *folder.glob("scores/*"))
    }
    command[2] = "table1"
    assert main(command) == 0
    assert kept == {path: path.stat().st_mtime_ns for path in kept}


def test_the_learning_curve_from_end_to_end(
    motions: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rapp2021_curve, "LEVELS", (3, 6))
    request = Request("runners", motions=motions["running"], joints=("knee",), repeats=1, settings=QUICK)
    text = reproduce(["figure4"], request, tmp_path)
    assert "| knee | flexion | 3: " in text
    assert pd.read_csv(tmp_path / "runners" / "figure4.csv").people.tolist() == 3 * [3, 6, 12]


def test_refusals(motions: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    request = Request("runners", motions=motions["running"], settings=QUICK)
    with pytest.raises(InputError, match="no part table9"):
        reproduce(["table9"], request, tmp_path)
    with pytest.raises(InputError, match="table 1 is of walking"):
        reproduce(["table1"], request, tmp_path)
    with pytest.raises(InputError, match="no part of the reproduction yet"):
        section(tmp_path)
    claim(tmp_path / "x", QUICK)
    with pytest.raises(RunFolderError, match="another batch"):
        claim(tmp_path / "x", replace(QUICK, batch=5))
    start = ["reproduce", "rapp2021", "table2", "--out", str(tmp_path / "y")]
    assert main([*start, "--joints", "elbow"]) == 2
    assert "no joint elbow" in capsys.readouterr().err
    assert main([*start, "--iterations", "many"]) == 2
    assert main(start) == 2
    assert "--shared DIR" in capsys.readouterr().err
    assert not (tmp_path / "y").exists()
