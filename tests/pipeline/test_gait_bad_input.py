"""What other people's files are like: partial results with reasons, or a clear refusal, no exception."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import ezc3d
import numpy as np
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import Skeleton
from kinelab.errors import FileFormatError, InputError
from kinelab.files.c3d import as_gait_event, read_c3d
from kinelab.files.c3d_writer import write_c3d
from kinelab.pipeline.gait_events import events_of
from kinelab.pipeline.gait_inputs import Reading, read_input
from kinelab.pipeline.gait_recordings import recordings_in
from kinelab.pipeline.gait_run import analysis_of
from kinelab.reports.analysis import Analysis


def analysed(path: Path, reading: Reading | None = None) -> tuple[Analysis, str]:
    given = read_input(path, reading)
    analysis = analysis_of(given, events_of(given, "found"))
    assert all(np.isfinite(m.value) for m in analysis.measures)
    assert not [m for m in analysis.measures if m.unit in ("s", "m", "m/s") and m.value == 0]
    return analysis, " ".join(finding.text for finding in analysis.remarks)


def named(markers: Keypoints, names: list[str], position: np.ndarray) -> Keypoints:
    seen = np.where(np.isfinite(position).all(axis=-1), 1.0, np.nan)
    return Keypoints(Skeleton("walk", tuple(names)), markers.time_s, position, seen, "m")


def raw(path: Path, position: np.ndarray, names: tuple[str, ...], unit: str = "mm", up: str = "+Y") -> Path:
    """A C3D as no careful program writes it; position in the file's own unit."""
    file = ezc3d.c3d()
    point = file["parameters"]["POINT"]
    point["UNITS"]["value"], point["RATE"]["value"], point["LABELS"]["value"] = [unit], [100], list(names)
    file.add_parameter("POINT", "Y_SCREEN", [up])
    points = np.ones((4, len(names), len(position)))
    points[:3] = np.moveaxis(position, 0, 2).transpose(1, 0, 2)
    file["data"]["points"] = points
    file.write(str(path))
    return path


@pytest.mark.parametrize("gone", ["HEE", "TOE", "ANK", "KNE", "ASI"])
def test_a_marker_that_nobody_put_on_leaves_the_rest(walker: ModuleType, tmp_path: Path, gone: str) -> None:
    walk = walker.marker_walk()
    kept = [i for i, name in enumerate(walker.NAMES) if not name.endswith(gone)]
    names = [f"Anna:{walker.NAMES[i]}" for i in kept]
    write_c3d(named(walk.markers, names, walk.markers.position[:, kept]), tmp_path / "Žofie 走る.c3d")
    analysis, told = analysed(tmp_path / "Žofie 走る.c3d")
    assert analysis.measures.get("cadence_spm").value == pytest.approx(120 / walk.stride_time_s, rel=0.02)
    assert gone in ("ASI", "ANK") or "No marker for" in told


def test_left_and_right_exchanged_is_told(walker: ModuleType, tmp_path: Path) -> None:
    walk = walker.marker_walk()
    other = [{"L": "R", "R": "L"}[n[0]] + n[1:] if n != "SACR" else n for n in walker.NAMES]
    write_c3d(named(walk.markers, other, walk.markers.position), tmp_path / "walk.c3d")
    assert "left and right markers are likely exchanged" in analysed(tmp_path / "walk.c3d")[1]
    write_c3d(walk.markers, tmp_path / "good.c3d")
    assert "exchanged" not in analysed(tmp_path / "good.c3d")[1]


@pytest.mark.parametrize("step", [10, 1])
def test_any_rate_and_any_clock(walker: ModuleType, tmp_path: Path, step: int) -> None:
    """10 Hz, and a trial cut out after frame 65,535."""
    walk = walker.marker_walk()
    late = walker.markers_of(walk.markers.position[::step], walk.markers.time_s[::step] + 700 // step)
    write_c3d(late, tmp_path / "walk.c3d")
    analysis, _ = analysed(tmp_path / "walk.c3d")
    assert analysis.measures.get("stride_time_s", "left").value == pytest.approx(walk.stride_time_s, rel=0.02)


@pytest.mark.parametrize(
    ("turned", "up"),
    [(((1, 0, 0), (0, 0, -1), (0, 1, 0)), "+Z"), (((1, 0, 0), (0, 0, -1), (0, 1, 0)), "+Y"),
     (((1, 0, 0), (0, -1, 0), (0, 0, -1)), "+Y")],
    ids=["z up", "z up, and says y", "upside down"],
)  # fmt: skip
def test_axes_of_any_laboratory(
    walker: ModuleType, tmp_path: Path, turned: tuple[object, ...], up: str
) -> None:
    walk = walker.marker_walk()
    position = 1000 * walk.markers.position @ np.array(turned, dtype=float).T
    path = raw(tmp_path / "walk.c3d", position, walker.NAMES, up=up)
    found = analysed(path)[0].measures.get("stride_length_m", "right").value
    assert found == pytest.approx(walk.stride_length_m, rel=0.02)


def test_damaged_numbers_are_gaps_and_a_missing_unit_is_mm(walker: ModuleType, tmp_path: Path) -> None:
    walk = walker.marker_walk()
    position = 1000 * walk.markers.position
    position[100:105, 3] = 1e30
    path = raw(tmp_path / "walk.c3d", position, walker.NAMES, unit="")
    analysis, told = analysed(path)
    assert "5 places are damaged" in told
    assert "POINT:UNITS is empty: taken for mm" in told
    assert analysis.strides.n >= 5


def test_a_file_of_zeros_from_the_middle_on(walker: ModuleType, tmp_path: Path) -> None:
    walk = walker.marker_walk()
    position = 1000 * walk.markers.position
    position[len(position) // 2 :] = 0
    analysis, told = analysed(raw(tmp_path / "walk.c3d", position, walker.NAMES))
    assert analysis.events.time_s.max() < walk.markers.time_s[len(position) // 2]
    assert "Only 1 stride of the left foot" in told


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda good: b"", "is no C3D file"),
        (lambda good: b"hello " * 300, "is no C3D file"),
        (lambda good: good[: len(good) // 2], "header announces 500; the file is cut off"),
        (lambda good: good[:700], "damaged or cut off"),
    ],
    ids=["empty", "text", "half", "no data"],
)
def test_a_file_that_is_none_is_refused(
    walker: ModuleType, tmp_path: Path, make: object, message: str
) -> None:
    write_c3d(walker.marker_walk().markers, tmp_path / "good.c3d")
    (tmp_path / "walk.c3d").write_bytes(make((tmp_path / "good.c3d").read_bytes()))  # type: ignore[operator]
    with pytest.raises(FileFormatError, match=message):
        read_input(tmp_path / "walk.c3d")


@pytest.mark.parametrize(("unit", "factor"), [("m", 1000.0), ("mm", 1.0)])
def test_a_wrong_unit_is_named(walker: ModuleType, tmp_path: Path, unit: str, factor: float) -> None:
    walk = walker.marker_walk()
    path = raw(tmp_path / "walk.c3d", factor * walk.markers.position, walker.NAMES, unit=unit)
    with pytest.raises(InputError, match="unit in the file's header is likely wrong"):
        read_input(path)


def test_two_people_need_a_choice(walker: ModuleType, tmp_path: Path) -> None:
    walk = walker.marker_walk()
    names = [f"{who}:{name}" for who in ("Anna", "Bo") for name in walker.NAMES]
    both = np.concatenate([walk.markers.position, walk.markers.position + np.array([0, 0, 1])], axis=1)
    write_c3d(named(walk.markers, names, both), tmp_path / "walk.c3d")
    with pytest.raises(FileFormatError, match=r"several subjects \(Anna, Bo\).*--c3d-subject"):
        read_input(tmp_path / "walk.c3d")
    assert analysed(tmp_path / "walk.c3d", Reading(c3d_subject="Bo"))[0].strides.n >= 5


def test_a_marker_map_with_a_slip_is_told_and_a_template_shown(walker: ModuleType, tmp_path: Path) -> None:
    walk = walker.marker_walk()
    strange = [f"P{i}" for i in range(len(walker.NAMES))]
    write_c3d(named(walk.markers, strange, walk.markers.position), tmp_path / "walk.c3d")
    assert '{"LHEE": "its name in the file"' in analysed(tmp_path / "walk.c3d")[1]
    slip = dict(zip(walker.NAMES, strange, strict=True)) | {"LTOE": "P99"}
    assert "names what the file does not have: P99" in analysed(tmp_path / "walk.c3d", Reading(slip))[1]


@pytest.mark.parametrize(
    ("label", "context", "meant"),
    [
        ("Foot Strike", "Left", ("left", "ic")),
        ("Left Foot Strike", "General", ("left", "ic")),
        ("RTO", "", ("right", "to")),
        ("L_HS", "General", ("left", "ic")),
        ("Toe-Off", "R", ("right", "to")),
        ("Left Foot Off", "Right", None),
        ("Event", "General", None),
    ],
)
def test_events_by_the_names_of_other_programs(
    label: str, context: str, meant: tuple[str, str] | None
) -> None:
    assert as_gait_event(label, context) == meant


def test_events_without_contexts_and_with_seconds_only(walker: ModuleType, tmp_path: Path) -> None:
    walk = walker.marker_walk()
    write_c3d(walk.markers, tmp_path / "walk.c3d")
    file = ezc3d.c3d(str(tmp_path / "walk.c3d"))
    file.add_parameter("EVENT", "USED", [2])
    file.add_parameter("EVENT", "LABELS", ["LHS", "RTO"])
    file.add_parameter("EVENT", "TIMES", np.array([1.0, 1.2]))
    file.write(str(tmp_path / "events.c3d"))
    events = read_c3d(tmp_path / "events.c3d").events
    assert (events.side, events.kind) == (("left", "right"), ("ic", "to"))
    np.testing.assert_allclose(events.time_s, [1.0, 1.2], atol=1e-6)


def test_times_that_go_back_and_an_empty_folder(tmp_path: Path) -> None:
    head = "x\nversion=1\nnRows=3\nnColumns=2\ninDegrees=yes\nendheader\ntime\tknee_angle_r\n"
    (tmp_path / "walk.mot").write_text(head + "0\t1\n0.02\t2\n0.01\t3\n", encoding="utf-8")
    with pytest.raises(FileFormatError, match=r"row 10: time does not increase"):
        read_input(tmp_path / "walk.mot")
    (tmp_path / "nothing").mkdir()
    with pytest.raises(InputError, match="holds no recording that gait is read from"):
        recordings_in(tmp_path / "nothing")
