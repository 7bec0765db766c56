from __future__ import annotations

import dataclasses
import io
import json
from pathlib import Path

import numpy as np
import opensim
import pytest
from rich.console import Console

from kinelab.body.forward import forward
from kinelab.body.model_file import load_model, open_model, save_model
from kinelab.body.motion_file import read_coordinates, write_coordinates
from kinelab.body.own_body import OWN_BODY_OSIM, own_body
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.skeletons import Skeleton
from kinelab.core.subject import Subject
from kinelab.errors import FileFormatError, InputError, RunFolderError
from kinelab.files.native import load_as
from kinelab.files.opensim_files import read_trc, write_trc
from kinelab.pipeline import marker_files, marker_run
from kinelab.pipeline.marker_inputs import MarkerOptions, read_inputs
from kinelab.pipeline.marker_run import run_markers

opensim.Logger.setLevelString("Off")
FRAMES = 60


@pytest.fixture(scope="module")
def markers() -> Keypoints:
    """The own body, 5 % larger, lifting a leg and an arm, 0.6 s at 100 Hz."""
    model = own_body()
    t = np.arange(FRAMES) / 100
    q = np.tile(model.default_coordinates, (FRAMES, 1))
    for name, size in (
        ("hip_flexion_r", 0.8),
        ("knee_angle_r", 1.0),
        ("arm_flex_l", 1.2),
        ("pelvis_tx", 0.5),
    ):
        q[:, model.coordinate_index(name)] += size * t
    placed = forward(model, q, np.full((len(model.bodies), 3), 1.05)).marker_m
    noise = np.random.default_rng(3).normal(0, 0.001, placed.shape)
    ones = np.ones(placed.shape[:2])
    return Keypoints(Skeleton("m", model.marker_names), t, placed + noise, ones, "m")


@pytest.fixture(scope="module")
def trial(markers: Keypoints, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trial") / "lift.trc"
    write_trc(markers, path)
    return path


@pytest.fixture(scope="module")
def done(trial: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("run") / "out"
    run_markers(trial, out, MarkerOptions(quick=True, subject=Subject("S1", mass_kg=81)))
    return out


def test_every_file_is_there_and_says_where_it_is_from(done: Path) -> None:
    names = {str(path.relative_to(done)) for path in done.rglob("*") if path.is_file()}
    assert names == {
        "kinematics.nc", "kinematics.mot", "markers.nc", "markers.trc", "model_scaled.json",
        "model_scaled.osim", "figures/fit.svg", "figures/markers.svg", "figures/observability.svg",
        "viewer.html", "summary.json", "summary.txt", "run.json",
    }  # fmt: skip
    kinematics = load_as(Kinematics, done / "kinematics.nc")
    assert kinematics.provenance.inputs[0].path == "lift.trc"
    assert any("axes of the file" in step for step in kinematics.provenance.steps)
    assert kinematics.subject.id == "S1"
    summary = json.loads((done / "summary.json").read_text())
    assert summary["rms_mm"]["median"] < 2.5
    assert summary["frames_not_converged"] == 0
    assert " frames at 100 Hz, 63 markers" in (done / "summary.txt").read_text()


def test_the_scaled_models_are_one_and_have_the_mass(done: Path) -> None:
    ours, theirs = load_model(done / "model_scaled.json"), open_model(done / "model_scaled.osim")
    assert ours.mass_kg == pytest.approx(81)
    assert theirs.mass_kg == pytest.approx(81)
    q = np.random.default_rng(0).uniform(-0.5, 0.5, (5, len(ours.coordinates)))
    np.testing.assert_allclose(forward(ours, q).marker_m, forward(theirs, q).marker_m, atol=1e-8)


def test_opensim_poses_its_model_by_our_motion_onto_the_markers(done: Path) -> None:
    model = opensim.Model(str(done / "model_scaled.osim"))
    state = model.initSystem()
    table = opensim.TimeSeriesTable(str(done / "kinematics.mot"))
    assert table.getTableMetaDataString("inDegrees") == "yes"
    measured = read_trc(done / "markers.trc")
    row = 40
    coordinates = model.updCoordinateSet()
    for label in table.getColumnLabels():
        value = table.getDependentColumn(label)[row]
        one = coordinates.get(label)
        one.setValue(state, np.deg2rad(value) if one.getMotionType() == 1 else value, False)
    model.realizePosition(state)
    placed = np.array([
        [model.getMarkerSet().get(name).getLocationInGround(state).get(i) for i in range(3)]
        for name in measured.skeleton.landmarks
    ])  # fmt: skip
    error = np.linalg.norm(placed - measured.position[row], axis=1)
    assert np.sqrt((error**2).mean()) < 0.0025


def test_the_same_command_again_changes_nothing(trial: Path, done: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in done.iterdir() if path.is_file()}
    again = run_markers(trial, done, MarkerOptions(quick=True, subject=Subject("S1", mass_kg=81)))
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert again.summary["frames"] == FRAMES


def test_other_options_are_done_anew_and_another_trial_is_refused(
    trial: Path, markers: Keypoints, tmp_path: Path
) -> None:
    run_markers(trial, tmp_path / "out", MarkerOptions(scale=False, view=False))
    first = (tmp_path / "out/summary.json").read_text()
    assert not (tmp_path / "out/viewer.html").exists()
    run_markers(trial, tmp_path / "out", MarkerOptions(scale=True, quick=True, view=False))
    assert (tmp_path / "out/summary.json").read_text() != first
    other = tmp_path / "other.trc"
    write_trc(dataclasses.replace(markers, position=markers.position + 1), other)
    with pytest.raises(RunFolderError, match="holds the run of another file"):
        run_markers(other, tmp_path / "out", MarkerOptions())


def test_what_was_killed_while_writing_is_done_again(
    trial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = MarkerOptions(scale=False, view=False)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(marker_files, "save_figure", killed)
    with pytest.raises(KeyboardInterrupt):
        run_markers(trial, tmp_path / "out", options)
    assert (tmp_path / "out/kinematics.nc").exists()
    assert not (tmp_path / "out/summary.json").exists()
    monkeypatch.undo()
    assert run_markers(trial, tmp_path / "out", options).summary["frames"] == FRAMES


def test_the_first_use_of_a_computer_is_announced(
    trial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = MarkerOptions(scale=False, view=False)
    said = [io.StringIO(), io.StringIO()]
    for text, here in zip(said, (False, True), strict=True):
        monkeypatch.setattr(marker_run, "is_compiled", lambda _, here=here: here)
        console = Console(file=text, width=200)
        run_markers(trial, tmp_path / f"out{here}", options, console)
    assert [text.getvalue().count("once, about a quarter of a minute") for text in said] == [1, 0]


def test_a_set_up_with_files_of_its_own(trial: Path, markers: Keypoints, tmp_path: Path) -> None:
    """Coordinates from a motion file are held, another content is noticed, another trial's is refused."""
    neck = own_body().coordinate_index("neck_extension")
    wanted = np.tile(own_body().default_coordinates, (FRAMES, 1))
    wanted[:, neck] = np.linspace(0.1, 0.2, FRAMES)
    write_coordinates(own_body(), markers.time_s, wanted, tmp_path / "neck.mot")
    setup = tmp_path / "ik.xml"
    tasks = "".join(
        f'<IKMarkerTask name="{n}"><weight>1</weight></IKMarkerTask>' for n in markers.skeleton.landmarks
    )
    setup.write_text(
        f"""<OpenSimDocument Version="40000"><InverseKinematicsTool><IKTaskSet><objects>{tasks}
        <IKCoordinateTask name="neck_extension"><weight>10000</weight><value_type>from_file</value_type>
        </IKCoordinateTask></objects></IKTaskSet><coordinate_file>neck.mot</coordinate_file>
        </InverseKinematicsTool></OpenSimDocument>"""
    )
    options = MarkerOptions(scale=False, view=False, ik_setup=setup, chunk=25)
    out = tmp_path / "out"
    for _ in range(2):
        run_markers(trial, out, options)
        found = load_as(Kinematics, out / "kinematics.nc").of("neck_extension")
        np.testing.assert_allclose(found, np.rad2deg(wanted[:, neck]), atol=0.1)
        wanted[:, neck] -= 0.3
        write_coordinates(own_body(), markers.time_s, wanted, tmp_path / "neck.mot")
    assert str(tmp_path) not in (out / "run.json").read_text()
    write_coordinates(own_body(), markers.time_s + 5, wanted, tmp_path / "neck.mot")
    with pytest.raises(
        FileFormatError, match=r"covers 5 to 5\.59 s, the trial is 0 to 0\.59 s; is it of another"
    ):
        run_markers(trial, out, options)
    table = "Coordinates\nnRows=2\nnColumns=2\ninDegrees=yes\nendheader\ntime\tneck_bending\n0\t1\n9\t1\n"
    (tmp_path / "neck.mot").write_text(table)
    with pytest.raises(FileFormatError, match=r"has no values of neck_extension, which ik\.xml needs"):
        run_markers(trial, out, options)


def test_files_that_a_task_set_is_taken_from_are_watched(
    trial: Path, markers: Keypoints, tmp_path: Path
) -> None:
    """Set-up, task set and the set that this one names: all three decide the result."""
    name = markers.skeleton.landmarks[0]
    task = f'<IKMarkerTask name="{name}"><weight>1</weight></IKMarkerTask>'
    (tmp_path / "real.xml").write_text(f"<IKTaskSet><objects>{task}</objects></IKTaskSet>")
    (tmp_path / "tasks.xml").write_text('<IKTaskSet file="real.xml"/>')
    (tmp_path / "ik.xml").write_text(
        '<InverseKinematicsTool><IKTaskSet file="tasks.xml"/></InverseKinematicsTool>'
    )
    read = read_inputs(trial, MarkerOptions(ik_setup=tmp_path / "ik.xml"))
    assert [path.name for path in read.files] == ["tasks.xml", "real.xml"]
    read = read_inputs(trial, MarkerOptions(tasks=tmp_path / "tasks.xml"))
    assert [path.name for path in read.files] == ["real.xml"]
    assert not read_inputs(trial, MarkerOptions(tasks=tmp_path / "real.xml")).files


@pytest.mark.shared
def test_every_coordinate_of_a_coupled_model_reaches_opensim(shared_data: Path, tmp_path: Path) -> None:
    """The patellae's and the pelvis' coordinates too: OpenSim, given our .mot, has our markers."""
    folder = shared_data / "opensim"
    source = folder / "reference_scaled/rajagopal_subject_scaled_run.osim"
    walk = folder / "pipeline_rajagopal/ExpData/motion_capture_run.trc"
    out = tmp_path / "out"
    setup = folder / "pipeline_rajagopal/IK/ik_setup_run.xml"
    run_markers(walk, out, MarkerOptions(model=source, scale=False, view=False, ik_setup=setup))
    ours = load_model(out / "model_scaled.json")
    time_s, coordinates = read_coordinates(ours, out / "kinematics.mot")
    assert np.isfinite(coordinates).all()
    model = opensim.Model(str(out / "model_scaled.osim"))
    state = model.initSystem()
    table = opensim.TimeSeriesTable(str(out / "kinematics.mot"))
    row = time_s.size // 2
    for label in table.getColumnLabels():
        value = table.getDependentColumn(label)[row]
        one = model.updCoordinateSet().get(label)
        one.setValue(state, np.deg2rad(value) if one.getMotionType() == 1 else value, False)
    model.realizePosition(state)
    theirs = np.array([
        [model.getMarkerSet().get(name).getLocationInGround(state).get(i) for i in range(3)]
        for name in ours.marker_names
    ])  # fmt: skip
    np.testing.assert_allclose(forward(ours, coordinates[row]).marker_m, theirs, atol=1e-8)


@pytest.mark.shared
def test_a_marker_set_for_a_model_without_markers(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "opensim/opencap/opensimPipeline/Models"
    pose = shared_data / "video/pose2sim_demo/single/pose-3d"
    trial = pose / "S00_P00_T01_BalancingTrial_0-100_filt_butterworth_LSTM.trc"
    bare = MarkerOptions(model=folder / "LaiUhlrich2022.osim", view=False, quick=True)
    with pytest.raises(
        InputError, match="has no markers; give one that has, or its markers' file with --mark"
    ):
        run_markers(trial, tmp_path / "out", bare)
    options = dataclasses.replace(bare, marker_set=folder / "LaiUhlrich2022_markers_augmenter.xml")
    summary = run_markers(trial, tmp_path / "out", options).summary
    assert len(summary["markers"]) > 40  # type: ignore[arg-type]
    assert summary["rms_mm"]["median"] < 25  # type: ignore[index]


def test_a_json_model_needs_no_opensim(trial: Path, tmp_path: Path) -> None:
    save_model(own_body(), tmp_path / "mine.json")
    options = MarkerOptions(model=tmp_path / "mine.json", scale=False, view=False)
    run_markers(trial, tmp_path / "out", options)
    assert not (tmp_path / "out/model_scaled.osim").exists()
    assert (tmp_path / "out/model_scaled.json").exists()


def test_bad_input_leaves_nothing_behind(trial: Path, markers: Keypoints, tmp_path: Path) -> None:
    out = tmp_path / "out"
    foreign = tmp_path / "foreign.trc"
    names = tuple(f"m{i}" for i in range(len(markers.skeleton)))
    write_trc(dataclasses.replace(markers, skeleton=Skeleton("f", names)), foreign)
    millimetres = tmp_path / "mm.trc"
    write_trc(dataclasses.replace(markers, position=markers.position * 1000), millimetres)
    broken = tmp_path / "broken.osim"
    broken.write_text("<OpenSimDocument><Model")
    bare = tmp_path / "bare.json"
    save_model(own_body().with_markers(()), bare)
    for path, options, message in (
        (foreign, MarkerOptions(), "none of the trial's 63 markers is in model"),
        (millimetres, MarkerOptions(), "millimetres said to be metres"),
        (trial, MarkerOptions(model=bare), "has no markers"),
        (
            trial,
            MarkerOptions(static=foreign, scale_setup=_scale_setup(tmp_path)),
            "has no marker of the model",
        ),
        (trial, MarkerOptions(scale_setup=_scale_setup(tmp_path)), "measures a static trial"),
        (trial, MarkerOptions(vertical="up"), "vertical axis is 'up'"),
    ):
        with pytest.raises(InputError, match=message):
            run_markers(path, out, options)
    with pytest.raises(FileFormatError, match=r"broken\.osim"):
        run_markers(trial, out, MarkerOptions(model=broken))
    with pytest.raises(FileFormatError, match="no such file"):
        run_markers(tmp_path / "none.c3d", out)
    assert not out.exists()
    with pytest.raises(InputError, match="a scale set-up and --no-scale"):
        MarkerOptions(scale=False, scale_setup=bare)
    with pytest.raises(InputError, match="a set-up and a task set were both given"):
        MarkerOptions(ik_setup=bare, tasks=bare)
    with pytest.raises(InputError, match="a marker set needs the model"):
        MarkerOptions(marker_set=bare)


def _scale_setup(folder: Path, axes: str = "X Y Z") -> Path:
    """A ScaleTool set-up that measures the pelvis."""
    path = folder / "scale.xml"
    path.write_text(
        f"""<?xml version="1.0"?><OpenSimDocument Version="40000"><ScaleTool name="x"><mass>70</mass>
        <ModelScaler><apply>true</apply><scaling_order>measurements</scaling_order><MeasurementSet><objects>
        <Measurement name="pelvis"><apply>true</apply><MarkerPairSet><objects>
        <MarkerPair><markers>RASI LASI</markers></MarkerPair></objects></MarkerPairSet><BodyScaleSet><objects>
        <BodyScale name="pelvis"><axes>{axes}</axes></BodyScale></objects></BodyScaleSet></Measurement>
        </objects></MeasurementSet></ModelScaler></ScaleTool></OpenSimDocument>"""
    )
    return path


def test_a_static_trial_is_measured(trial: Path, markers: Keypoints, tmp_path: Path) -> None:
    options = MarkerOptions(static=trial, scale_setup=_scale_setup(tmp_path), view=False, model=OWN_BODY_OSIM)
    summary = run_markers(trial, tmp_path / "out", options).summary
    factors = summary["scale_factors"]
    assert isinstance(factors, dict)
    np.testing.assert_allclose(factors["pelvis"], 1.05, atol=0.002)
    assert factors["femur_r"] == [1, 1, 1]
    assert any("scaled by scale.xml" in note for note in summary["notes"])  # type: ignore[attr-defined]


def test_two_files_of_one_name_are_both_watched(trial: Path, markers: Keypoints, tmp_path: Path) -> None:
    (tmp_path / "tasks").mkdir()
    tasks = tmp_path / "tasks/scale.xml"  # named as the scale set-up is, and read after it
    each = "".join(
        f'<IKMarkerTask name="{name}"><weight>1</weight></IKMarkerTask>'
        for name in markers.skeleton.landmarks
    )
    tasks.write_text(f"<OpenSimDocument><IKTaskSet><objects>{each}</objects></IKTaskSet></OpenSimDocument>")
    factors = []
    for axes in ("X Y Z", "X"):
        scaling = _scale_setup(tmp_path, axes)
        options = MarkerOptions(static=trial, scale_setup=scaling, tasks=tasks, view=False, quick=True)
        summary = run_markers(trial, tmp_path / "out", options).summary
        factors.append(summary["scale_factors"]["pelvis"])  # type: ignore[index]
    np.testing.assert_allclose(factors, [[1.05, 1.05, 1.05], [1.05, 1, 1]], atol=0.002)
