"""`kinelab gait` from files: what it finds in good ones, and that bad ones give reasons, not exceptions."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from kinelab.core.events import GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.measures import Measures
from kinelab.core.timebase import Timebase
from kinelab.errors import FileFormatError, GaitError, InputError
from kinelab.files import native
from kinelab.files.c3d import read_c3d
from kinelab.files.c3d_writer import write_c3d
from kinelab.files.opensim_files import write_trc
from kinelab.pipeline.gait_events import events_of
from kinelab.pipeline.gait_inputs import GaitInput, Reading, read_input
from kinelab.pipeline.gait_recordings import recordings_in
from kinelab.pipeline.gait_run import EVENTS_C3D, analysis_of, run_gait
from kinelab.pipeline.landing_run import run_landings


def given_by(markers: Keypoints, path: Path, events: GaitEvents | None = None) -> GaitInput:
    write_c3d(markers, path / "walk.c3d", events)
    return read_input(path / "walk.c3d")


def of(given: GaitInput, source: str = "auto") -> tuple[Measures, GaitEvents, str]:
    found = events_of(given, source)  # type: ignore[arg-type]
    analysis = analysis_of(given, found)
    told = " ".join(finding.text for finding in analysis.remarks)
    return analysis.measures, analysis.events, told


@pytest.fixture(scope="module")
def run_folder(walker: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gait")
    walk = walker.marker_walk()
    write_c3d(walk.markers, folder / "walk.c3d", walk.events)
    run_gait(folder / "walk.c3d", folder / "out")
    return folder / "out"


def test_a_folder_holds_events_strides_measures_report_and_the_c3d(run_folder: Path) -> None:
    said = json.loads((run_folder / "gait.json").read_text(encoding="utf-8"))
    assert said["strides_used"] > 4
    assert "report.html" in {path.name for path in run_folder.iterdir()}
    found = native.load_as(GaitEvents, run_folder / "events_found.nc")
    copied = read_c3d(run_folder / EVENTS_C3D).events
    np.testing.assert_allclose(copied.time_s, found.time_s, atol=1e-4)
    page = (run_folder / "report.html").read_text(encoding="utf-8")
    assert "One camera" not in page
    assert "Gait events found in markers" in page


@pytest.mark.parametrize(
    ("way", "within"), [("", 0.01), ("aslant", 0.01), ("treadmill", 0.02), ("bent", 0.06)]
)
def test_measures_are_those_of_the_plan(walker: ModuleType, tmp_path: Path, way: str, within: float) -> None:
    walk = walker.marker_walk()
    measures, _, told = of(given_by(walker.moved(walk, way), tmp_path))
    assert measures.get("cadence_spm").value == pytest.approx(120 / walk.stride_time_s, rel=0.01)
    for side in ("left", "right"):
        length = measures.get("stride_length_m", side).value
        assert length == pytest.approx(walk.stride_length_m, rel=within)
        assert measures.get("step_width_m", side).value == pytest.approx(0.1, abs=0.2)
    assert ("The way turns" in told) == (way == "bent")


@pytest.mark.parametrize(
    ("way", "reason"),
    [("standing", "the person stands"), ("backwards", "walks backwards for 100 % of the time")],
)
def test_who_does_not_walk_gives_reasons_and_dummy_events_are_ignored(
    walker: ModuleType, tmp_path: Path, way: str, reason: str
) -> None:
    walk = walker.marker_walk()
    measures, events, told = of(given_by(walker.moved(walk, way), tmp_path, walk.events))
    assert not len(measures)
    assert not events.kind
    assert reason in told
    assert f"{len(walk.events.kind)} events of the file were ignored" in told


def test_one_foot_without_markers_leaves_the_other(walker: ModuleType, tmp_path: Path) -> None:
    walk = walker.marker_walk()
    position = walk.markers.position.copy()
    position[:, [i for i, name in enumerate(walker.NAMES) if name in ("LHEE", "LTOE", "LANK", "LKNE")]] = (
        np.nan
    )
    measures, events, told = of(given_by(walker.markers_of(position, walk.markers.time_s), tmp_path))
    assert set(events.side) == {"right"}
    assert "The left foot has no marker" in told
    assert measures.get("stride_time_s", "right").value == pytest.approx(walk.stride_time_s, rel=0.02)
    assert not [m for m in measures if m.quantity == "step_time_s"]


def test_gaps_leave_gaps(walker: ModuleType, tmp_path: Path) -> None:
    walk = walker.marker_walk()
    position = walk.markers.position.copy()
    position[150:230, 3:] = np.nan
    measures, events, _ = of(given_by(walker.markers_of(position, walk.markers.time_s), tmp_path))
    assert not ((events.time_s > 1.55) & (events.time_s < 2.25)).any()
    assert np.isfinite([m.value for m in measures]).all()


def test_too_little_gait_says_what_is_missing(walker: ModuleType, tmp_path: Path) -> None:
    walk = walker.marker_walk()
    short = walker.markers_of(walk.markers.position[:80], walk.markers.time_s[:80])
    measures, _, told = of(given_by(short, tmp_path))
    assert not len(measures)
    assert "Not one whole stride in 0.8 s" in told


def test_events_of_the_file_and_those_that_were_found(walker: ModuleType, tmp_path: Path) -> None:
    walk = walker.marker_walk()
    late = walk.events.time_s.copy()
    late[8] += 0.06
    order = np.argsort(late)
    events = GaitEvents(
        tuple(walk.events.side[i] for i in order), tuple(walk.events.kind[i] for i in order),
        late[order], np.full(late.size, np.nan), ("lab",) * late.size,
    )  # fmt: skip
    given = given_by(walk.markers, tmp_path, events)
    _, chosen, told = of(given)
    np.testing.assert_allclose(chosen.time_s, events.time_s, atol=1e-4)
    assert "no event of the methods within 40 ms" in told
    _, found, _ = of(given, "found")
    assert found.method[0].startswith("consensus")


def test_angles_with_landmarks_of_another_rate_are_joined_by_time(walker: ModuleType, tmp_path: Path) -> None:
    walk = walker.marker_walk()
    time = Timebase(50.0, walk.markers.n // 2)
    angle = np.sin(time.time_s)[:, None]
    native.save(
        Kinematics(("knee_angle_r",), time, angle, angle * np.nan, np.isfinite(angle)),
        tmp_path / "kinematics.nc",
    )
    lonely = read_input(tmp_path)
    assert "No events could be looked for: no landmarks: give --landmarks FILE" in of(lonely)[2]
    write_trc(walk.markers, tmp_path / "markers.trc")
    measures, _, told = of(read_input(tmp_path))
    assert "Angles at 50 Hz and landmarks at 100 Hz: joined by their times" in told
    assert measures.get("knee_rom_deg", "right").n > 2


def test_names_by_a_marker_map_and_none_at_all(walker: ModuleType, tmp_path: Path) -> None:
    walk = walker.marker_walk()
    strange = {name: f"P{i}" for i, name in enumerate(walker.NAMES)}
    named = Keypoints(
        type(walk.markers.skeleton)("strange", tuple(strange.values())),
        walk.markers.time_s, walk.markers.position, walk.markers.confidence, "m",
    )  # fmt: skip
    write_c3d(named, tmp_path / "strange.c3d")
    assert "no marker on a foot was found" in of(read_input(tmp_path / "strange.c3d"))[2]
    assert len(of(read_input(tmp_path / "strange.c3d", Reading(marker_map=strange)))[0]) > 20


def test_a_virtual_recording_stays_one(walker: ModuleType, tmp_path: Path) -> None:
    write_c3d(walker.marker_walk().markers, tmp_path / "virtual.c3d", synthetic=True)
    assert read_input(tmp_path / "virtual.c3d").synthetic


def test_landings_of_a_marker_file(walker: ModuleType, tmp_path: Path) -> None:
    """Somebody stands, is 30 cm up for 0.4 s, and stands."""
    walk = walker.marker_walk()
    standing = walker.moved(walk, "standing").position.copy()
    time_s = walk.markers.time_s
    up = np.clip(1 - ((time_s - 2.0) / 0.25) ** 2, 0, None)
    standing[..., 1] += 0.3 * up[:, None]
    write_c3d(walker.markers_of(standing, time_s), tmp_path / "drop.c3d", synthetic=True)
    found, measures = run_landings(tmp_path / "drop.c3d", tmp_path / "out")
    assert {one.side for one in found} == {"left", "right"}
    assert [one.contact_s for one in found] == pytest.approx([2.24] * 2, abs=0.03)
    assert {m.quantity for m in measures} == {"landing_knee_valgus_at_ic_deg", "landing_knee_max_valgus_deg"}
    assert (
        (tmp_path / "out" / "landings.csv").read_text(encoding="utf-8").splitlines()[0].endswith("synthetic")
    )
    write_c3d(walk.markers, tmp_path / "walk.c3d")
    with pytest.raises(GaitError, match="no landing in 5"):
        run_landings(tmp_path / "walk.c3d", tmp_path / "none")


@pytest.mark.shared
def test_force_plates_of_a_hospital_hold_its_events(shared_data: Path) -> None:
    path = shared_data / "gait" / "c3d_hospitals" / "MH" / "MH_Dynamic_BF08.c3d"
    found = events_of(read_input(path), "found")
    offs = found.events.times("left", "to")
    assert np.abs(offs - 9.513).min() < 0.005  # the plate's, which the methods miss by 44 ms
    assert "force plate" in found.events.method
    told = [finding.text for finding in found.remarks if finding.level == "attention"]
    assert any("wrong together for this person" in text for text in told)


def test_recordings_of_a_folder(walker: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "in" / "worn").mkdir(parents=True)
    write_c3d(walker.marker_walk().markers, tmp_path / "in" / "walk.c3d")
    np.savez(tmp_path / "in" / "worn" / "table.npz", a=np.zeros(3))  # no sensors: none is looked for in it
    assert [path.name for path in recordings_in(tmp_path / "in")] == ["walk.c3d"]
    mapped = recordings_in(tmp_path / "in", mapped=True)
    assert [path.name for path in mapped] == ["walk.c3d", "table.npz"]


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello", encoding="utf-8")
    with pytest.raises(FileFormatError, match="is nothing that gait is read from"):
        read_input(tmp_path / "notes.txt")
    with pytest.raises(InputError, match=r"holds no kinematics\.nc"):
        read_input(tmp_path)
    with pytest.raises(InputError, match="holds no recording that gait is read from"):
        recordings_in(tmp_path)
