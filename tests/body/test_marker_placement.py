from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import opensim
import pytest

from kinelab.body import marker_placement
from kinelab.body.forward import forward
from kinelab.body.ik_setup import IkTasks, uniform_tasks
from kinelab.body.inverse import IkResult, IkSettings, solve
from kinelab.body.marker_placement import place_markers
from kinelab.body.model import BodyModel
from kinelab.body.osim import read_osim
from kinelab.body.osim_markers import read_marker_set
from kinelab.body.own_body import own_body
from kinelab.body.scale_setup import MarkerPlacing, read_scale_setup
from kinelab.body.scaling import scale_factors
from kinelab.body.time_range import covering
from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import Skeleton
from kinelab.errors import InputError
from kinelab.files.opensim_files import read_trc, write_trc

opensim.Logger.setLevelString("Off")


def trial(names: tuple[str, ...], marker_m: Array, rate_hz: float = 10.0) -> Keypoints:
    seen = np.isfinite(marker_m).all(axis=2)
    time_s = np.arange(marker_m.shape[0]) / rate_hz
    return Keypoints(Skeleton("t", names), time_s, marker_m, np.where(seen, 1.0, np.nan), unit="m")


def slider(path: Path) -> BodyModel:
    """One body on a slider along X with markers A, B, a fixed F, and U that the trial lacks."""
    model = opensim.Model()
    body = opensim.Body("b", 1, opensim.Vec3(0), opensim.Inertia(1, 1, 1))
    model.addBody(body)
    joint = opensim.SliderJoint("j", model.getGround(), body)
    joint.updCoordinate().setName("x")
    model.addJoint(joint)
    for name, x, fixed in (("A", 0.0, False), ("B", 0.5, False), ("F", 0.2, True), ("U", 0.3, False)):
        marker = opensim.Marker(name, body, opensim.Vec3(x, 0, 0))
        marker.set_fixed(fixed)
        model.addMarker(marker)
    model.finalizeConnections()
    model.printToXML(str(path))
    return read_osim(path)


def slide(lost_b: tuple[int, ...] = ()) -> Keypoints:
    """A at 0.01 i^2 in frame i, B one metre on, F two: no two ranges have the same mean."""
    marker_m = np.zeros((20, 3, 3))
    marker_m[:, :, 0] = 0.01 * np.arange(20)[:, None] ** 2 + np.array([0.0, 1.0, 2.0])
    marker_m[:, 0, 1] = 0.02  # out of the slider's reach: at a misfit of nothing OpenSim 4.6 crashes
    marker_m[:, 1, 2] = 0.1
    marker_m[list(lost_b), 1] = np.nan
    return trial(("A", "B", "F"), marker_m)


SET_UP = """<?xml version="1.0" encoding="UTF-8" ?>
<OpenSimDocument Version="40000"><ScaleTool name="t"><mass>-1</mass><height>-1</height><age>-1</age>
<notes>Unassigned</notes><GenericModelMaker><model_file>s.osim</model_file>
<marker_set_file>Unassigned</marker_set_file></GenericModelMaker>
<ModelScaler><apply>false</apply></ModelScaler>
<MarkerPlacer><apply>true</apply><IKTaskSet><objects>
<IKMarkerTask name="A"><apply>true</apply><weight>1</weight></IKMarkerTask>
</objects><groups/></IKTaskSet><marker_file>s.trc</marker_file><coordinate_file>Unassigned</coordinate_file>
<time_range> {range}</time_range><output_motion_file>o.mot</output_motion_file>
<output_model_file>o.osim</output_model_file><output_marker_file>Unassigned</output_marker_file>
<max_marker_movement>-1</max_marker_movement></MarkerPlacer></ScaleTool></OpenSimDocument>"""


@pytest.mark.parametrize(("time_range", "lost_b"), [("0.5 1.0", (7,)), ("-3 0.4", ()), ("1.5 9", ())])
def test_averages_and_moves_are_those_of_opensim(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, time_range: str, lost_b: tuple[int, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    model = slider(tmp_path / "s.osim")
    write_trc(slide(lost_b), "s.trc")
    Path("set.xml").write_text(SET_UP.format(range=time_range))
    tool = opensim.ScaleTool("set.xml")
    assert tool.run()
    placing = read_scale_setup("set.xml").placing
    assert placing is not None
    ours, theirs = place_markers(model, placing, slide(lost_b)), read_osim("o.osim")
    for marker in theirs.markers:
        place = ours.model.markers[ours.model.marker_index(marker.name)].offset_m
        np.testing.assert_allclose(place, marker.offset_m, atol=1e-6)
    # OpenSim deletes U, here it stays and is told.
    assert "U" not in theirs.marker_names
    assert "not in the static trial, only scaled: U" in ours.notes
    assert ours.moved_m[model.marker_index("F")] == 0.0
    assert ours.marker_error_m[model.marker_index("F")] == pytest.approx(1.8, abs=1e-6)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("setup", "source", "marker_set"),
    [
        ("pipeline_rajagopal/Scale/scale_setup_run.xml", "rajagopal_models/Rajagopal2016.osim", None),
        (
            "pipeline_rajagopal/Scale/scale_setup_walk_scaleOnly.xml",
            "rajagopal_models/Rajagopal2016.osim",
            "pipeline_rajagopal/Scale/markerset_walk_preScale.xml",
        ),
        (
            "pipeline_gait2392/subject01_Setup_Scale.xml",
            "gait2392_models/gait2392_thelen2003muscle.osim",
            "pipeline_gait2392/gait2392_Scale_MarkerSet.xml",
        ),
    ],
)
def test_published_static_trials_against_scaletool_run_live(
    shared_data: Path, tmp_path: Path, setup: str, source: str, marker_set: str | None
) -> None:
    folder = shared_data / "opensim"
    read = read_scale_setup(folder / setup)
    scaling, placing = read.scaling, read.placing
    assert scaling is not None
    assert placing is not None
    assert scaling.marker_path is not None
    assert placing.marker_path is not None
    _run_live(folder / setup, folder / source, marker_set and folder / marker_set, placing, tmp_path)
    model = read_osim(folder / source)
    if marker_set is not None:
        model = model.with_markers(read_marker_set(folder / marker_set))
    static = read_trc(placing.marker_path)
    scaled = model.scaled(scale_factors(model, scaling, read_trc(scaling.marker_path)))
    ours, theirs = place_markers(scaled, placing, static), read_osim(tmp_path / "o.osim")
    states = opensim.TimeSeriesTable(str(tmp_path / "o.mot"))  # rad and m
    values = dict(zip(states.getColumnLabels(), states.getRowAtIndex(0).to_numpy(), strict=True))
    short = {path.split("/")[-2]: value for path, value in values.items() if path.endswith("/value")}
    pose = np.array([short[name] for name in scaled.coordinate_names])
    average_m = np.nanmean(static.position[covering(static.time_s, placing.time_range_s)], axis=0)
    # Where OpenSim put its markers, in the pose that it found, is where they were measured.
    there_m = forward(theirs, pose).marker_m
    for row, marker in enumerate(theirs.markers):
        if not marker.fixed:
            np.testing.assert_allclose(there_m[row], average_m[static.skeleton.index(marker.name)], atol=2e-6)
    # Ours likewise, in our pose, whose cost is the lower one: ScaleTool stops before it has converged.
    here_m = forward(ours.model, ours.coordinates).marker_m
    for row, marker in enumerate(ours.model.markers):
        if not marker.fixed and np.isfinite(ours.moved_m[row]):
            np.testing.assert_allclose(here_m[row], average_m[static.skeleton.index(marker.name)], atol=1e-9)
    costs = [_cost(scaled, placing.tasks, static, average_m, q) for q in (ours.coordinates, pose)]
    assert costs[0] <= 1.0001 * costs[1]
    assert costs[0] > 0.75 * costs[1]


def _run_live(
    setup: Path, source: Path, marker_set: Path | str | None, placing: MarkerPlacing, folder: Path
) -> None:
    shutil.copy(source, folder / "m.osim")
    shutil.copy(str(placing.marker_path), folder / "s.trc")
    tool = opensim.ScaleTool(str(setup))
    tool.setPathToSubject(f"{folder}/")
    tool.getGenericModelMaker().setModelFileName("m.osim")
    if marker_set:
        shutil.copy(marker_set, folder / "set.xml")
        tool.getGenericModelMaker().setMarkerSetFileName("set.xml")
    for part in (tool.getModelScaler(), tool.getMarkerPlacer()):
        part.setMarkerFileName("s.trc")
    tool.getModelScaler().setOutputModelFileName("")
    tool.getModelScaler().setOutputScaleFileName("")
    tool.getMarkerPlacer().setOutputModelFileName("o.osim")
    tool.getMarkerPlacer().setOutputMotionFileName("o.mot")
    tool.getMarkerPlacer().setOutputMarkerFileName("")
    assert tool.run()


def _cost(model: BodyModel, tasks: IkTasks, static: Keypoints, average_m: Array, pose: Array) -> float:
    """OpenSim's objective of one frame."""
    placed_m = forward(model, pose).marker_m
    used = [name for name in tasks.marker_weight if name in model.marker_names and static.skeleton.has(name)]
    weight = np.array([tasks.marker_weight[name] for name in used])
    error_m = [placed_m[model.marker_index(name)] - average_m[static.skeleton.index(name)] for name in used]
    cost = weight @ (np.array(error_m) ** 2).sum(axis=1) / weight.sum()
    for name, one in tasks.coordinate_weight.items():
        at = model.coordinate_index(name)
        target = float(tasks.coordinate_target.get(name, model.coordinates[at].default))
        cost += one * (pose[at] - target) ** 2
    return float(cost)


def test_a_target_from_a_file_holds_its_coordinate(tmp_path: Path) -> None:
    model = slider(tmp_path / "s.osim")
    placing = MarkerPlacing(IkTasks({"A": 1.0}, {"x": 1e6}), from_file=("x",), time_range_s=(0.5, 1.0))
    with pytest.raises(InputError, match="x take their targets from a file; give their values"):
        place_markers(model, placing, slide())
    placed = place_markers(model, placing, slide(), {"x": 0.25, "y": 1.0})
    assert placed.coordinates[0] == pytest.approx(0.25, abs=1e-5)


def test_restless_markers_and_useless_weights_are_told(tmp_path: Path) -> None:
    model = slider(tmp_path / "s.osim")
    placing = MarkerPlacing(
        IkTasks({"A": 1.0, "U": 1.0, "Z": 1.0}), time_range_s=(0.5, 1.0), max_movement_m=0.01
    )
    notes = place_markers(model, placing, slide()).notes
    assert "weights without a marker in both model and trial: U, Z" in notes
    assert "moved more than 0.01 m while averaged: A, B, F" in notes


def test_a_static_pose_that_was_not_found_is_told_beside_the_other_notes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = own_body()
    bent = np.where([one.locked for one in body.coordinates], 0.0, 0.5) + body.default_coordinates
    static = trial(body.marker_names[1:], forward(body, bent).marker_m[None, 1:])
    placing = MarkerPlacing(uniform_tasks(body.marker_names))
    notes = place_markers(body, placing, static).notes
    assert not any("converge" in note for note in notes)

    def hasty(*asked: Any) -> IkResult:
        return solve(*asked, IkSettings(max_iterations=1, starts=0))

    monkeypatch.setattr(marker_placement, "solve", hasty)
    notes = place_markers(body, placing, static).notes
    assert "the static pose did not converge: look at the markers' distances" in notes
    assert f"not in the static trial, only scaled: {body.marker_names[0]}" in notes


def test_bad_input(tmp_path: Path) -> None:
    model = slider(tmp_path / "s.osim")
    with pytest.raises(
        InputError, match=r"no marker with a weight is in both model .* weights are for U; the"
    ):
        place_markers(model, MarkerPlacing(uniform_tasks(["U"])), slide())
    with pytest.raises(InputError, match="no coordinate 'knee' in the model; there are x"):
        place_markers(model, MarkerPlacing(IkTasks({"A": 1.0}, {"knee": 1.0})), slide())
    with pytest.raises(InputError, match="time range 7 to 8 s holds no frame"):
        place_markers(model, MarkerPlacing(uniform_tasks(["A"]), time_range_s=(7.0, 8.0)), slide())
    body = own_body()
    placed_mm = 1000 * forward(body, body.default_coordinates).marker_m[None]
    with pytest.raises(InputError, match="millimetres"):
        place_markers(
            body, MarkerPlacing(uniform_tasks(body.marker_names)), trial(body.marker_names, placed_mm)
        )
