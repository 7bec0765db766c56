from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from rich.console import Console

from kinelab.core.events import GaitEvents
from kinelab.core.kinematics import Kinematics
from kinelab.core.measures import Measures
from kinelab.core.strides import Strides
from kinelab.files.native import load_as
from kinelab.files.opensim_files import read_mot, read_trc
from kinelab.files.video import open_video
from kinelab.pipeline.analyze import analyze
from kinelab.pipeline.demo import DemoResult, print_comparison
from kinelab.pipeline.settings import AnalyzeSettings
from kinelab.virtual_lab.solid_people.scenes import demo_scene


def test_angles_follow_the_truth(walk: DemoResult) -> None:
    # A quarter of the joints' range of motion would still look like walking: this asks for much better, and
    # leaves room for another machine's arithmetic. The measured figures are in docs/validation.md.
    assert {row.name for row in walk.angles} == {
        f"{joint}_{side}" for joint in ("hip_flexion", "knee_angle", "ankle_angle") for side in "lr"
    }
    for row in walk.angles:
        assert row.n > 100
        assert row.rmse_deg < 5.0, row


def test_events_and_times_follow_the_truth(walk: DemoResult) -> None:
    for row in walk.events:
        assert row.missed == 0
        assert row.mae_s < 0.035, row
    found = walk.analysed.report.measures
    true = walk.truth
    assert found.get("cadence_spm").value == pytest.approx(true.get("cadence_spm").value, rel=0.02)
    for side in ("left", "right"):
        assert found.get("stride_time_s", side).value == pytest.approx(
            true.get("stride_time_s", side).value, abs=0.02
        )


def test_true_stride_time_is_that_of_the_scene(walk: DemoResult) -> None:
    # Independent of the whole analysis: two steps make a stride.
    cadence_spm = 120 / walk.truth.get("stride_time_s", "left").value
    assert walk.truth.get("cadence_spm").value == pytest.approx(cadence_spm, rel=1e-3)


def test_every_result_is_a_file_that_others_open(walk: DemoResult) -> None:
    folder = walk.analysed.folder
    kinematics = load_as(Kinematics, folder / "kinematics.nc")
    np.testing.assert_array_equal(kinematics.angle_deg, walk.analysed.evaluation.kinematics.angle_deg)
    with xr.open_dataset(folder / "kinematics.nc", engine="h5netcdf") as dataset:
        assert dataset["angle"].attrs["units"] == "degree"
    mot = read_mot(folder / "kinematics.mot")
    knee = kinematics.valid[:, kinematics.column("knee_angle_r")]
    np.testing.assert_allclose(
        mot.of("knee_angle_r")[knee], kinematics.of("knee_angle_r")[knee], atol=1e-4, rtol=0
    )
    assert read_trc(folder / "keypoints.trc").unit == "m"
    assert load_as(Strides, folder / "strides.nc").n == walk.analysed.evaluation.strides.n
    assert load_as(GaitEvents, folder / "events.nc").side == walk.analysed.evaluation.events.side
    assert len(load_as(Measures, folder / "measures.nc")) == len(walk.analysed.report.measures)


def test_annotated_video_is_as_long_as_the_original(walk: DemoResult, walk_folder: Path) -> None:
    original = open_video(walk_folder / "session" / "video.mp4")
    annotated = open_video(walk.analysed.folder / "annotated.mp4")
    assert annotated.n_frames == original.n_frames
    np.testing.assert_allclose(annotated.frame_time_s, original.frame_time_s, atol=1e-3)


def says_synthetic(path: Path) -> bool:
    """Whether a file itself says that nobody was recorded, wherever it is moved."""
    if path.suffix == ".nc":
        with xr.open_dataset(path, engine="h5netcdf", decode_times=False) as data:
            return bool(data.attrs.get("synthetic") == 1)
    if path.suffix == ".csv":
        return bool((pd.read_csv(path)["synthetic"] == 1).all())
    return "ynthetic" in path.read_text()


def test_every_table_and_series_says_that_it_is_synthetic(walk: DemoResult) -> None:
    folder = walk.analysed.folder
    files = [path for path in folder.rglob("*") if path.suffix in {".nc", ".csv", ".trc", ".mot", ".json"}]
    names = {path.name for path in files}
    assert {"measures.csv", "strides.csv", "events.nc", "keypoints.trc", "cleaning.json"} <= names
    silent = [path.name for path in files if not says_synthetic(path)]
    assert not silent


def test_everything_says_that_it_is_synthetic(walk: DemoResult, walk_folder: Path) -> None:
    assert walk.analysed.report.provenance.synthetic
    assert "ynthetic" in (walk.analysed.folder / "report.html").read_text()
    assert json.loads((walk_folder / "against_truth.json").read_text())["synthetic"] is True


def test_second_run_repeats_nothing(walk: DemoResult, walk_folder: Path) -> None:
    files = {p: p.stat().st_mtime_ns for p in walk.analysed.folder.rglob("*") if p.is_file()}
    settings = AnalyzeSettings(
        pose="gait20",
        detect_every=5,
        subject=walk.analysed.evaluation.kinematics.subject,
        synthetic=True,
    )
    again = analyze(walk_folder / "session" / "video.mp4", walk.analysed.folder, settings)
    assert {p: p.stat().st_mtime_ns for p in walk.analysed.folder.rglob("*") if p.is_file()} == files
    np.testing.assert_array_equal(
        again.evaluation.kinematics.angle_deg, walk.analysed.evaluation.kinematics.angle_deg
    )


def test_provenance_leads_back_to_the_file(walk: DemoResult, walk_folder: Path) -> None:
    record = json.loads((walk.analysed.folder / "run.json").read_text())
    assert record["source"]["path"] == "video.mp4"
    assert list(record["stages"]) == ["people", "choice", "results", "overlay", "report"]
    assert {m["name"] for m in record["models"]} >= {"gait20"}
    assert str(walk_folder) not in json.dumps(record)  # a user's folders stay the user's


def test_comparison_is_printed(walk: DemoResult) -> None:
    console = Console(width=80)
    with console.capture() as captured:
        print_comparison(walk, console)
    text = captured.get()
    for words in ("Knee", "RMSE left", "Initial contact: ", "Cadence, steps/min (both)"):
        assert words in text


def test_walkers_of_different_seeds_differ() -> None:
    assert demo_scene(1).motion.body.height_m != demo_scene(2).motion.body.height_m
