"""Markers and sensors as recorded, and the truth beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kinelab.body.forward import forward
from kinelab.body.model_file import load_model
from kinelab.body.motion_file import read_coordinates
from kinelab.core.keypoints import Keypoints
from kinelab.errors import InputError
from kinelab.files import native
from kinelab.files.opensim_files import read_trc
from kinelab.virtual_lab.sensors.imu_quality import QUALITIES
from kinelab.virtual_lab.sessions.design import LabDesign, Marking, Sensing, Task
from kinelab.virtual_lab.sessions.record_worn import check_sensing, put_on, record_worn
from kinelab.virtual_lab.sessions.trial import TrialPlan, perform, person_of


def test_markers_on_the_bone_are_the_models_and_recorded_ones_lie_near(made: Any) -> None:
    model = load_model(made.study / "V0001/model.json")
    _, coordinates = read_coordinates(model, made.folder / "truth/kinematics.mot")
    on_bone = native.load_as(Keypoints, made.folder / "truth/markers_on_bone.nc")
    np.testing.assert_allclose(on_bone.position, forward(model, coordinates).marker_m, atol=1e-5)
    recorded = read_trc(made.folder / "markers.trc")
    assert recorded.skeleton.landmarks == on_bone.skeleton.landmarks == model.marker_names
    off_mm = 1000 * np.linalg.norm(recorded.position - on_bone.position, axis=-1)
    assert 1 < np.nanmedian(off_mm) < 20
    assert np.nanmax(off_mm) < 60
    static = read_trc(made.folder / "static.trc")
    assert static.n >= 100
    assert np.nanmax(np.nanstd(static.position, axis=0)) < 0.005


def test_sensors_read_gravity_and_their_truth_says_where_they_were(made: Any) -> None:
    with np.load(made.folder / "truth/imu.npz") as truth:
        assert truth["segment"].tolist() == ["pelvis", "shank_r"]
        samples = len(truth["time_s"])
        np.testing.assert_allclose(np.linalg.det(truth["rotation"]), 1, atol=1e-9)
        rotation = truth["rotation"]
    for s, segment in enumerate(("pelvis", "shank_r")):
        recorded = pd.read_csv(made.folder / f"imu/{segment}.csv")
        assert len(recorded) == samples
        acc = recorded[["acc_x_mps2", "acc_y_mps2", "acc_z_mps2"]].to_numpy()
        in_ground = np.nanmean(np.einsum("tij,tj->ti", rotation[:, s], acc), axis=0)
        # Over a step, steady walking has a mean acceleration near zero: what is left is gravity, upwards.
        assert abs(in_ground[1] - 9.81) < 2.5
    worn = json.loads((made.folder / "truth/sensors.json").read_text())
    assert [sensor["segment"] for sensor in worn["sensors"]] == ["pelvis", "shank_r"]
    assert not (made.folder / "imu/sensors.json").exists()  # the answer is not among the recordings


@pytest.mark.parametrize("quality", QUALITIES)
def test_every_quality_of_sensor_and_no_markers(quality: str, tmp_path: Path) -> None:
    design = LabDesign(tasks=(Task("squat", duration_s=0.5),), body="solids")
    person = person_of(design, 0)
    movement = perform(design, TrialPlan(0, 0, 0, 0), person, 100)
    wear = put_on(person, None, Sensing(("foot_r",), 200.0, quality), np.random.SeedSequence(1))
    files = record_worn(wear, movement, np.random.default_rng(2), tmp_path)
    assert [file.path for file in files] == ["imu/foot_r.csv", "truth/sensors.json", "truth/imu.npz"]
    assert all((tmp_path / file.path).is_file() for file in files)


def test_sensors_stay_where_they_are_from_trial_to_trial(tmp_path: Path) -> None:
    design = LabDesign(tasks=(Task("squat", duration_s=0.5),), body="solids")
    person = person_of(design, 0)
    movement = perform(design, TrialPlan(0, 0, 0, 0), person, 100)
    wear = put_on(person, None, Sensing(("foot_r",), 200.0, "consumer"), np.random.SeedSequence(1))
    for number in (1, 2):
        record_worn(wear, movement, np.random.default_rng(number), tmp_path / str(number))
    worn = [(tmp_path / number / "truth/sensors.json").read_text() for number in "12"]
    read = [(tmp_path / number / "imu/foot_r.csv").read_text() for number in "12"]
    assert worn[0] == worn[1]
    assert read[0] != read[1]  # the noise is new


def test_rigid_markers_are_exact(tmp_path: Path) -> None:
    design = LabDesign(tasks=(Task("squat", duration_s=0.5),), body="solids")
    person = person_of(design, 0)
    movement = perform(design, TrialPlan(0, 0, 0, 0), person, 100)
    wear = put_on(person, Marking(skin="rigid"), None, np.random.SeedSequence(1))
    record_worn(wear, movement, np.random.default_rng(2), tmp_path)
    recorded = read_trc(tmp_path / "markers.trc")
    expected = forward(person.model, movement.coordinates).marker_m
    np.testing.assert_allclose(recorded.position, expected, atol=1e-5)


def test_unknown_sensors_are_told() -> None:
    with pytest.raises(InputError, match="no sensor site 'knee'; there are pelvis, sternum"):
        check_sensing(Sensing(("knee",)))
    with pytest.raises(InputError, match="no sensor quality 'gold'; there are ideal, research"):
        check_sensing(Sensing(quality="gold"))
