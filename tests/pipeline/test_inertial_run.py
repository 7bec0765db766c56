"""Sensor files in, a folder with a report out; and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinelab.core.kinematics import Kinematics
from kinelab.core.recording import Imu
from kinelab.core.subject import Subject
from kinelab.core.timebase import Timebase
from kinelab.errors import GaitError, InputError, MissingExtraError, RunFolderError
from kinelab.files import native
from kinelab.files.opensim_files import read_mot, write_mot
from kinelab.files.sensors.own_tables import write_imu_npz
from kinelab.files.sensors.reading import read_sensors
from kinelab.files.session import Session, SessionFile, write_session
from kinelab.inertial.estimate import EstimateSettings
from kinelab.pipeline.inertial_routes import differences, every_route
from kinelab.pipeline.inertial_run import InertialOptions, InertialRun, run_inertial
from kinelab.reports.figure_routes import draw_routes

QUICK = InertialOptions(EstimateSettings(route="vqf"))


@pytest.fixture(scope="module")
def session(worn_walk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session folder of a synthetic person with one file of sensors."""
    folder = tmp_path_factory.mktemp("session")
    (folder / "imu").mkdir()
    write_imu_npz(worn_walk.raw, folder / "imu" / "sensors.npz")
    files = (SessionFile("imu/sensors.npz", "imu"),)
    write_session(Session(Subject("V1", height_m=1.75), files, synthetic=True), folder)
    return folder


@pytest.fixture(scope="module")
def done(session: Path, tmp_path_factory: pytest.TempPathFactory) -> InertialRun:
    out = tmp_path_factory.mktemp("out") / "run"
    return run_inertial(session, out, InertialOptions())


def test_the_report_tells_the_walk(worn_walk, done: InertialRun) -> None:
    report = done.report
    measured = {(m.quantity, m.side): m for m in report.measures}
    strides = [np.diff(worn_walk.events.times(side, "ic")) for side in ("left", "right")]
    for side, durations in zip(("left", "right"), strides, strict=True):
        assert measured["stride_time_s", side].value == pytest.approx(durations.mean(), abs=0.02)
        assert measured["knee_rom_deg", side].value == pytest.approx(
            np.ptp(worn_walk.angle_deg[f"knee_angle_{side[0]}"]), abs=8
        )
    assert "speed_mps" not in {name for name, _ in measured}
    assert report.facts["Sensors"].startswith("pelvis, thigh r")
    assert report.facts["Stood still"].startswith("0.0 to")
    assert report.subject.id == "V1"
    assert any(f.text.startswith("Synthetic data") for f in report.findings)
    assert report.limits[0].startswith("Worn sensors tell how segments turn")
    assert any("against the pelvis" in text for text in report.limits)


def test_every_file_is_there_and_says_synthetic(done: InertialRun) -> None:
    folder = done.folder
    for name in (
        "kinematics.mot", "kinematics.nc", "kinematics.csv", "events.csv", "strides.csv", "measures.csv",
        "report.json", "figures/sensors.svg", "figures/strides.svg", "figures/strides_other_planes.svg",
    ):  # fmt: skip
        assert (folder / name).is_file(), name
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Curves seen, events checked" in page
    assert "One camera" not in page
    kinematics = native.load(folder / "kinematics.nc")
    assert kinematics.provenance.synthetic
    assert kinematics.names == done.analysis.kinematics.names
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert set(run["stages"]) == {"results", "report"}
    assert run["models"]
    told = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
    assert set(told["sensors"]) == set(done.analysis.worn.calibration.segments)
    # The sensors sit anyhow, which the check tells and the calibration mends.
    found = json.loads((folder / "sensors.json").read_text(encoding="utf-8"))["findings"]
    assert {one["kind"] for one in found} <= {"upside_down", "turned"}
    said = [f for f in done.report.findings if "upside down" in f.text]
    assert all(f.level == "info" and "does no harm" in f.evidence for f in said)


def test_the_same_call_writes_nothing_anew(session: Path, done: InertialRun) -> None:
    before = {path: path.stat().st_mtime_ns for path in done.folder.rglob("*") if path.is_file()}
    again = run_inertial(session, done.folder, InertialOptions())
    assert {path: path.stat().st_mtime_ns for path in done.folder.rglob("*") if path.is_file()} == before
    assert again.report.measures == done.report.measures
    other = _shorter(session / "imu" / "sensors.npz", session / "other.npz")
    with pytest.raises(RunFolderError, match="holds the run of another file"):
        run_inertial(other, done.folder, QUICK)


def _shorter(path: Path, copy: Path) -> Path:
    """The same recording without its last five samples."""
    imu = read_sensors(path).imu
    time = Timebase(imu.time.rate_hz, imu.time.n - 5, imu.time.start_s)
    write_imu_npz(Imu(imu.segments, time, imu.acc_mps2[:-5], imu.gyr_radps[:-5]), copy)
    return copy


def test_gaps_are_not_valid_exactly_there(worn_walk, tmp_path: Path) -> None:
    raw = worn_walk.raw
    acc, gyr = raw.acc_mps2.copy(), raw.gyr_radps.copy()
    thigh = raw.segments.index("thigh_l")
    acc[800:850, thigh] = gyr[800:850, thigh] = np.nan
    write_imu_npz(replace(raw, acc_mps2=acc, gyr_radps=gyr), tmp_path / "gap.npz")
    run = run_inertial(tmp_path / "gap.npz", tmp_path / "out", QUICK)
    kinematics = run.analysis.kinematics
    valid = kinematics.valid[:, kinematics.column("knee_angle_l")]
    assert (np.flatnonzero(~valid) == np.arange(800, 850)).all()
    strides = run.analysis.strides
    whole = strides.curves_deg[:, :, strides.names.index("knee_angle_l")]
    over_gap = (strides.start_s < kinematics.time.time_s[849]) & (
        strides.stop_s > kinematics.time.time_s[800]
    )
    assert (np.isfinite(whole).all(axis=1) == ~over_gap).all()


def test_a_fault_that_makes_angles_wrong_stops_before_anything_is_written(worn_walk, tmp_path: Path) -> None:
    raw = worn_walk.raw
    exchanged = [name.replace("_r", "_x").replace("_l", "_r").replace("_x", "_l") if "shank" in name else name
                 for name in raw.segments]  # fmt: skip
    write_imu_npz(replace(raw, segments=tuple(exchanged)), tmp_path / "swapped.npz")
    with pytest.raises(InputError, match=r"left and right of shank look exchanged.*--accept-findings"):
        run_inertial(tmp_path / "swapped.npz", tmp_path / "out", QUICK)
    assert not (tmp_path / "out").exists()
    run = run_inertial(tmp_path / "swapped.npz", tmp_path / "out", replace(QUICK, accept=True, gait=False))
    assert any("look exchanged" in finding.text for finding in run.report.findings)


def test_who_stands_gets_angles_and_a_reason(worn_walk, tmp_path: Path) -> None:
    raw = worn_walk.raw
    still = Imu(raw.segments, Timebase(100.0, 280), raw.acc_mps2[:280], raw.gyr_radps[:280])
    write_imu_npz(still, tmp_path / "still.npz")
    options = InertialOptions(EstimateSettings(route="vqf", calibration="static"))
    with pytest.raises(GaitError, match=r"no whole stride could be measured.*use --no-gait"):
        run_inertial(tmp_path / "still.npz", tmp_path / "out", options)
    assert (tmp_path / "out" / "report.html").is_file()
    run = run_inertial(tmp_path / "still.npz", tmp_path / "angles", replace(options, gait=False))
    assert len(run.report.measures) == 0
    assert np.abs(run.analysis.kinematics.of("knee_angle_r")).max() < 5


def test_sessions_without_sensors_are_refused(tmp_path: Path) -> None:
    (tmp_path / "walk.mp4").write_bytes(b"x")
    write_session(Session(Subject("V1"), (SessionFile("walk.mp4", "video"),)), tmp_path)
    with pytest.raises(InputError, match=r"no recording of worn sensors.*it has a video: kinelab analyze"):
        run_inertial(tmp_path, tmp_path / "out", QUICK)
    with pytest.raises(InputError, match="no such file or folder"):
        run_inertial(tmp_path / "nothing", tmp_path / "out", QUICK)


def test_all_ways_beside_a_reference(
    worn_walk, session: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reference is the truth: every way has its error in the table. OpenSim is not asked: too slow."""

    def missing(*_: object, **__: object) -> None:
        raise MissingExtraError("OpenSense's inverse kinematics", "opensim")

    monkeypatch.setattr("kinelab.inertial.estimate.opensense_kinematics", missing)
    raw = worn_walk.raw
    names = tuple(worn_walk.angle_deg)
    true = np.stack(list(worn_walk.angle_deg.values()), axis=1)
    reference = Kinematics(names, raw.time, true, np.full_like(true, np.nan), np.ones(true.shape, dtype=bool))
    write_mot(reference, tmp_path / "truth.mot")
    routes = every_route(read_sensors(session / "imu" / "sensors.npz"), EstimateSettings(networks=False))
    assert list(routes.kinematics) == ["smoother", "VQF", "VQF + kinelab IK"]
    assert "pip install" in routes.left_out["VQF + OpenSense IK"]
    table = differences(routes, read_mot(tmp_path / "truth.mot"))
    assert set(table.angle) == set(names)
    assert len(table) == 3 * len(names)
    assert (table.rmse_deg < 4).all()
    assert table.rmse_deg.to_numpy() == pytest.approx(np.hypot(table.mean_deg, table.sd_deg))
    alone = differences(routes, None)
    assert "smoother" not in set(alone.way)
    options = InertialOptions(EstimateSettings(networks=False), reference=tmp_path / "truth.mot")
    run = run_inertial(session, tmp_path / "out", options)
    assert {"routes.csv", "figures", "report.html"} <= {path.name for path in run.folder.iterdir()}
    assert any("VQF + OpenSense IK was left out" in finding.text for finding in run.report.findings)
    figure = draw_routes(routes.kinematics, reference)
    assert {text.get_text() for text in figure.legends[0].get_texts()} == {"reference", *routes.kinematics}
    later = replace(reference, time=Timebase(100.0, raw.time.n, 100.0))
    with pytest.raises(InputError, match=r"no angle of these at these times: hip_flexion_r.*100\.00 to 114"):
        differences(routes, later)
