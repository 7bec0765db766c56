"""What is worn, as recorded in each form, and the truth beside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.transform import Rotation

from kinelab.body.forward import forward
from kinelab.body.model_file import load_model
from kinelab.body.motion_file import read_coordinates
from kinelab.core.events import GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.errors import InputError
from kinelab.files import native
from kinelab.files.c3d import read_c3d
from kinelab.files.opensim_files import read_trc
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.sensors.imu_quality import QUALITIES
from kinelab.virtual_lab.sessions.design import LabDesign, Marking, Sensing, Task
from kinelab.virtual_lab.sessions.record_markers import annotated
from kinelab.virtual_lab.sessions.record_sensors import check_sensing
from kinelab.virtual_lab.sessions.record_worn import record_worn
from kinelab.virtual_lab.sessions.trial import TrialPlan, perform, person_of
from kinelab.virtual_lab.sessions.wear import Wear, marked_model, put_on


def test_recorded_markers_lie_near_where_the_model_has_them(made: Any) -> None:
    model = load_model(made.study / "V0001/model.json")
    _, coordinates = read_coordinates(model, made.folder / "truth/kinematics.mot")
    on_bone_m = forward(model, coordinates).marker_m
    recorded = read_trc(made.folder / "markers.trc")
    on_skin = native.load_as(Keypoints, made.folder / "truth/markers_on_skin.nc")
    assert recorded.skeleton.landmarks == on_skin.skeleton.landmarks == model.marker_names
    off_mm = 1000 * np.linalg.norm(recorded.position - on_bone_m, axis=-1)
    assert 1 < np.nanmedian(off_mm) < 20
    assert np.nanmax(off_mm) < 60
    noise_mm = 1000 * np.linalg.norm(recorded.position - on_skin.position, axis=-1)
    assert 0.2 < np.nanmedian(noise_mm) < 1.0
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


def wear_of(marking: Marking | None, sensing: Sensing | None) -> tuple[Wear, Movement]:
    design = LabDesign(tasks=(Task("walk", duration_s=1.5),), body="solids")
    person = person_of(design, 0)
    movement = perform(design, TrialPlan(0, 0, 0, 0), person, 200)
    return put_on(person, marking, sensing, np.random.SeedSequence(1)), movement


@pytest.mark.parametrize(
    ("form", "recordings"),
    [
        ("csv", ["pelvis.csv", "shank_r.csv"]),
        ("npz", ["imu.npz"]),
        ("xsens", ["MT_virtual_pelvis.txt", "MT_virtual_shank_r.txt", "mappings.xml"]),
        ("opensense", ["orientations.sto"]),
    ],
)
def test_sensors_in_the_files_of_every_system(form: str, recordings: list[str], tmp_path: Path) -> None:
    """What was recorded, and so its truth, is the same in each of them."""
    digests = set()
    for one in ("csv", form):
        wear, movement = wear_of(None, Sensing(("pelvis", "shank_r"), 100.0, "research", one))
        files = record_worn(wear, movement, np.random.default_rng(2), tmp_path / one)
        digests.add((tmp_path / one / "truth/imu.npz").read_bytes())
    assert [Path(file.path).name for file in files if file.role == "imu"] == recordings
    assert {path.name for path in (tmp_path / form / "imu").iterdir()} == set(recordings)
    assert len(digests) == 1


def test_orientations_are_near_the_truth_as_a_filters_are_not_the_truth(tmp_path: Path) -> None:
    import opensim

    wear, movement = wear_of(None, Sensing(("pelvis", "shank_r"), 100.0, "research", "opensense"))
    record_worn(wear, movement, np.random.default_rng(2), tmp_path)
    table = opensim.TimeSeriesTableQuaternion(str(tmp_path / "imu/orientations.sto"))
    assert list(table.getColumnLabels()) == ["pelvis_imu", "tibia_r_imu"]
    q = table.getRowAtIndex(50).getElt(0, 1)
    found = Rotation.from_quat([q.get(i) for i in range(4)], scalar_first=True)
    with np.load(tmp_path / "truth/imu.npz") as truth:
        off = (found * Rotation.from_matrix(truth["rotation"][50, 1]).inv()).magnitude()
    assert 0.05 < np.degrees(off) < 8


def test_a_c3d_holds_the_same_markers_plates_and_events_as_someone_marked_them(tmp_path: Path) -> None:
    for form in ("trc", "c3d"):
        wear, movement = wear_of(Marking(rate_hz=200.0, plates=True, form=form), None)
        files = record_worn(wear, movement, np.random.default_rng(2), tmp_path)
        assert [file.path for file in files if file.role in ("markers", "static")] == [
            f"markers.{form}", f"static.{form}",
        ]  # fmt: skip
    as_c3d, as_trc = read_c3d(tmp_path / "markers.c3d"), read_trc(tmp_path / "markers.trc")
    names = marked_model(wear.person, wear.marking).marker_names
    assert as_c3d.markers.skeleton.landmarks == as_trc.skeleton.landmarks == names
    assert {"RTHI1", "LTIB4"} <= set(names)
    np.testing.assert_allclose(as_c3d.markers.position, as_trc.position, atol=2e-6)
    assert (as_c3d.events.side, as_c3d.events.kind) == (movement.events.side, movement.events.kind)
    off_s = as_c3d.events.time_s - movement.events.time_s
    assert 0 < np.abs(off_s).max() < 0.05


def test_events_are_marked_10_ms_off_in_whole_frames_and_in_order() -> None:
    true = GaitEvents(
        ("left", "right") * 500, ("ic", "to") * 500, np.arange(1000) * 0.02, np.zeros(1000), ("",) * 1000
    )
    marked = annotated(true, Marking(rate_hz=100.0), np.random.default_rng(0))
    assert (np.diff(marked.time_s) >= 0).all()
    np.testing.assert_allclose(marked.time_s * 100, np.round(marked.time_s * 100), atol=1e-9)
    many = np.concatenate([
        annotated(true, Marking(rate_hz=1000.0), np.random.default_rng(seed)).times("left", "ic")
        - true.times("left", "ic")
        for seed in range(3)
    ])  # fmt: skip
    assert 0.009 < many.std() < 0.011


def test_unknown_sensors_are_told() -> None:
    with pytest.raises(
        InputError, match="heel_r, foot_r are on one body; OpenSense takes one sensor on each"
    ):
        check_sensing(Sensing(("heel_r", "foot_r", "pelvis"), form="xsens"))
    with pytest.raises(InputError, match="no sensor site 'knee'; there are pelvis, sternum"):
        check_sensing(Sensing(("knee",)))
    with pytest.raises(InputError, match="no sensor quality 'gold'; there are ideal, research"):
        check_sensing(Sensing(quality="gold"))
