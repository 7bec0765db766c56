"""Inverse kinematics against OpenSim 4.6: its rules live on small models, its answers on real trials."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import opensim
import pytest
from numpy.typing import ArrayLike

from kinelab.body.ik_setup import IkTasks
from kinelab.body.inverse import IkSettings, solve
from kinelab.body.motion_file import read_coordinates
from kinelab.body.osim import read_osim
from kinelab.core.checks import Array
from kinelab.study.ik_trials import TRIALS, TrialFiles, cost_of, open_trial

LSTM = next(files for files in TRIALS if files.name == "Pose2Sim LSTM")


@pytest.mark.shared
@pytest.mark.parametrize("files", TRIALS, ids=lambda files: files.name)
def test_cost_is_never_above_that_of_opensim(shared_data: Path, files: TrialFiles) -> None:
    trial = open_trial(files, shared_data)
    result = solve(trial.model, trial.marker_names, trial.marker_m, trial.tasks)
    np.testing.assert_allclose(result.cost, cost_of(trial, result.coordinates), rtol=1e-9)
    assert result.converged.all()
    assert (result.cost / cost_of(trial, trial.reference)).max() <= 1.0001
    for one, column in zip(trial.model.coordinates, result.coordinates.T, strict=True):
        if one.clamped and one.name not in trial.model.dependent:
            assert one.range[0] <= column.min()
            assert column.max() <= one.range[1]


@pytest.mark.shared
def test_converged_answers_of_opensim_are_met_in_degrees(shared_data: Path) -> None:
    # gait2392: all is well told, so the same minimum is the same pose.
    trial = open_trial(TRIALS[0], shared_data)
    result = solve(trial.model, trial.marker_names, trial.marker_m, trial.tasks)
    assert np.rad2deg(np.abs(result.coordinates - trial.reference).max()) < 0.002


@pytest.mark.shared
def test_shipped_answer_of_pose2sim_is_met_as_well_as_converged_opensim_meets_it(shared_data: Path) -> None:
    # The shipped file was solved to 1e-5. On the angles that are told, converged OpenSim (1e-7) is 0.04 deg
    # off it at the median and 0.85 at most, and so is this; the two converged ones differ by 0.001 and 0.065.
    trial = open_trial(LSTM, shared_data)
    model = trial.model
    result = solve(model, trial.marker_names, trial.marker_m, trial.tasks)
    off = np.rad2deg(np.abs(result.coordinates - trial.reference))
    for name in ("pelvis_tilt", "hip_flexion_r", "knee_angle_r", "hip_flexion_l", "knee_angle_l"):
        column = off[:, model.coordinate_index(name)]
        assert np.median(column) < 0.1
        assert column.max() < 0.3


@pytest.mark.shared
def test_no_angle_leaves_its_range_for_a_cheaper_minimum(shared_data: Path) -> None:
    # With its knee turned by 360 degrees gait2392 fits 35 frames of this walk up to 19 % better.
    trial = open_trial(TRIALS[0], shared_data)
    model = read_osim(shared_data / "opensim/gait2392_models/subject01.osim")
    settings = IkSettings(starts=6, seed=1)
    result = solve(model, trial.marker_names, trial.marker_m, trial.tasks, settings)
    for name, low, high in (
        ("knee_angle_l", -75, 5),
        ("hip_flexion_r", -30, 30),
        ("lumbar_extension", -25, 0),
    ):
        angle = np.rad2deg(result.coordinates[:, model.coordinate_index(name)])
        assert low < angle.min()
        assert angle.max() < high


def two_sliders(folder: Path, **x: object) -> Path:
    """Box b slides along x, box c on it along y; markers A and B on b, C on c."""
    opensim.Logger.setLevelString("Off")
    model = opensim.Model()
    parent = model.getGround()
    for name in "bc":
        body = opensim.Body(name, 1, opensim.Vec3(0), opensim.Inertia(1))
        model.addBody(body)
        joint = opensim.SliderJoint(f"j{name}", parent, body)
        coordinate = joint.updCoordinate()
        coordinate.setName({"b": "x", "c": "y"}[name])
        for key, value in (x if name == "b" else {}).items():
            getattr(coordinate, f"set{key}" if key.startswith("R") else f"set_{key}")(value)
        model.addJoint(joint)
        for marker, at in ({"A": 0.0, "B": 0.1} if name == "b" else {"C": 0.2}).items():
            model.addMarker(opensim.Marker(marker, body, opensim.Vec3(0, at, 0)))
        parent = body
    model.finalizeConnections()
    path = folder / "m.osim"
    model.printToXML(str(path))
    return path


def opensim_answer(folder: Path, markers: ArrayLike, tasks: IkTasks) -> Array:
    """x and y (T, 2) m that OpenSim's tool finds for markers A, B, C (T, 3, 3)."""
    table = opensim.TimeSeriesTableVec3()
    table.setColumnLabels(["A", "B", "C"])
    for i, frame in enumerate(np.asarray(markers, dtype=np.float64)):
        table.appendRow(i / 100, opensim.RowVectorVec3([opensim.Vec3(*point) for point in frame]))
    table.addTableMetaDataString("DataRate", "100")
    table.addTableMetaDataString("Units", "m")
    opensim.TRCFileAdapter.write(table, str(folder / "m.trc"))
    tool = opensim.InverseKinematicsTool()
    tool.set_model_file(str(folder / "m.osim"))
    tool.set_marker_file(str(folder / "m.trc"))
    tool.set_accuracy(1e-9)
    tool.set_report_errors(False)
    tool.set_output_motion_file(str(folder / "o.mot"))
    for name, weight in tasks.marker_weight.items():
        task = opensim.IKMarkerTask()
        task.setName(name)
        task.setWeight(weight)
        tool.upd_IKTaskSet().cloneAndAppend(task)
    for name, weight in tasks.coordinate_weight.items():
        target = opensim.IKCoordinateTask()
        target.setName(name)
        target.setWeight(weight)
        target.setValueType(opensim.IKCoordinateTask.ManualValue)
        target.setValue(float(np.asarray(tasks.coordinate_target[name])))
        tool.upd_IKTaskSet().cloneAndAppend(target)
    tool.run()
    return read_coordinates(read_osim(folder / "m.osim"), folder / "o.mot")[1]


MARKERS = np.array(
    [
        [[0.1, 0, 0], [0.2, 0.1, 0], [0.5, 0.2, 0]],
        [[np.nan] * 3, [0.2, 0.1, 0], [0.5, 0.2, 0]],
        [[0.3, 0, 0], [0.1, 0.1, 0], [np.nan] * 3],
    ]
)


@pytest.mark.parametrize(
    ("x", "tasks"),
    [
        ({}, IkTasks({"A": 1.0, "B": 1.0, "C": 1.0})),
        ({}, IkTasks({"A": 1.0, "B": 3.0, "C": 2.0})),
        ({}, IkTasks({"A": 1.0, "C": 1.0})),
        ({}, IkTasks({"A": 10.0, "B": 10.0, "C": 1.0}, {"x": 1.0}, {"x": 0.05})),
        ({}, IkTasks({"A": 0.1, "B": 0.3}, {"x": 0.2}, {"x": 0.9})),
        ({"RangeMin": -0.5, "RangeMax": 0.12, "clamped": True}, IkTasks({"A": 1.0, "B": 1.0, "C": 1.0})),
        ({"RangeMin": -0.5, "RangeMax": 0.12}, IkTasks({"A": 1.0, "B": 1.0, "C": 1.0})),
        ({"default_value": 0.04, "locked": True}, IkTasks({"A": 1.0, "B": 1.0, "C": 1.0})),
        ({"default_value": 0.04, "locked": True}, IkTasks({"A": 1.0, "C": 1.0}, {"x": 5.0}, {"x": 0.3})),
    ],
)
def test_weights_tasks_bounds_and_gaps_count_as_in_opensim(
    tmp_path: Path, x: dict[str, object], tasks: IkTasks
) -> None:
    model = read_osim(two_sliders(tmp_path, **x))
    theirs = opensim_answer(tmp_path, MARKERS, tasks)
    ours = solve(model, "ABC", MARKERS, tasks).coordinates
    told = np.ones_like(theirs, dtype=bool)
    told[2, 1] = False  # no marker of c in the last frame: each keeps what it had
    np.testing.assert_allclose(ours[told], theirs[told], atol=2e-6)
