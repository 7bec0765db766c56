from __future__ import annotations

from pathlib import Path

import ezc3d
import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.errors import FileFormatError
from kinelab.files.c3d import read_c3d, read_c3d_angles

MARKERS = ["LASI", "RASI", "C7"]
MM = np.arange(3 * 3 * 5, dtype=float).reshape(3, 3, 5) + 100  # (xyz, marker, frame)


def write(
    path: Path,
    labels: list[str] = MARKERS,
    points: Array = MM,
    unit: str = "mm",
    groups: dict[str, list[str]] | None = None,
    events: list[tuple[str, str, float]] | None = None,
) -> Path:
    c3d = ezc3d.c3d()
    c3d["parameters"]["POINT"]["UNITS"]["value"] = [unit]
    c3d["parameters"]["POINT"]["RATE"]["value"] = [100.0]
    c3d["parameters"]["POINT"]["LABELS"]["value"] = labels
    c3d["data"]["points"] = np.concatenate([points, np.ones((1, *points.shape[1:]))])
    for group, names in (groups or {}).items():
        c3d.add_parameter("POINT", group, names)
    if events:
        c3d.add_parameter("EVENT", "LABELS", [event[0] for event in events])
        c3d.add_parameter("EVENT", "CONTEXTS", [event[1] for event in events])
        c3d.add_parameter("EVENT", "TIMES", np.array([[t // 60, t % 60] for *_, t in events]).T)
    c3d.write(str(path))
    return path


def test_markers_come_in_metres_on_the_files_clock(tmp_path: Path) -> None:
    read = read_c3d(write(tmp_path / "a.c3d")).markers
    assert read.skeleton.landmarks == tuple(MARKERS)
    assert read.unit == "m"
    np.testing.assert_allclose(read.position, MM.transpose(2, 1, 0) / 1000, rtol=1e-6)
    np.testing.assert_allclose(np.diff(read.time_s), 0.01)


def test_the_unit_of_the_file_counts(tmp_path: Path) -> None:
    read = read_c3d(write(tmp_path / "a.c3d", points=MM / 1000, unit="m")).markers
    np.testing.assert_allclose(read.position, MM.transpose(2, 1, 0) / 1000, rtol=1e-6)
    with pytest.raises(FileFormatError, match="POINT:UNITS is 'inch', allowed are m, mm, cm"):
        read_c3d(write(tmp_path / "b.c3d", unit="inch"))


def test_zeros_and_nan_are_not_seen(tmp_path: Path) -> None:
    points = MM.copy()
    points[:, 0, 1] = 0
    points[:, 1, 2] = np.nan
    read = read_c3d(write(tmp_path / "a.c3d", points=points)).markers
    assert np.argwhere(~read.seen).tolist() == [[1, 0], [2, 1]]
    assert np.isnan(read.confidence[1, 0])


def test_what_is_no_marker_is_left_out_by_name(tmp_path: Path) -> None:
    labels = ["LASI", "LKneeAngles", "MyForce", "LHJC", "RFEO", "RFEA", "RFEL", "RFEP", "*17", "C7", "Odd"]
    points = np.ones((3, len(labels), 4))
    groups = {"ANGLES": ["LKneeAngles", "Odd"], "MODELED_MARKERS": ["LHJC"]}
    read = read_c3d(write(tmp_path / "a.c3d", labels, points, groups=groups))
    assert read.markers.skeleton.landmarks == ("LASI", "C7")
    assert read.left_out == {
        "angles": ("LKneeAngles", "Odd"),
        "modeled markers": ("LHJC",),
        "computed, by their name": ("MyForce",),
        "segment axes": ("RFEO", "RFEA", "RFEL", "RFEP"),
        "without a label": ("*17",),
    }


def test_the_subjects_name_goes_and_two_subjects_must_be_told_apart(tmp_path: Path) -> None:
    read = read_c3d(write(tmp_path / "a.c3d", ["Anna:LASI", "Anna:RASI", "C7"]))
    assert read.markers.skeleton.landmarks == tuple(MARKERS)
    assert read.subject_names == ("Anna",)
    assert "'Anna' was taken off" in read.notes[0]
    both = write(tmp_path / "b.c3d", ["Anna:LASI", "Ben:LASI", "Ben:C7"])
    with pytest.raises(FileFormatError, match=r"several subjects \(Anna, Ben\)"):
        read_c3d(both)
    assert read_c3d(both, "Ben").markers.skeleton.landmarks == ("LASI", "C7")
    with pytest.raises(FileFormatError, match="no subject 'Eve'; there is Anna, Ben"):
        read_c3d(both, "Eve")


def test_a_subject_whose_name_holds_a_colon(tmp_path: Path) -> None:
    labels = ["Day 2:Anna:LASI", "Day 2:Anna:LKneeAngles", "Day 2:Anna:LHJC", "Day 2:Anna:Odd"]
    groups = {"ANGLES": ["Day 2:Anna:LKneeAngles", "Day 2:Anna:Odd"], "MODELED_MARKERS": ["Day 2:Anna:LHJC"]}
    path = write(tmp_path / "a.c3d", labels, np.ones((3, 4, 5)), groups=groups)
    read = read_c3d(path)
    assert read.markers.skeleton.landmarks == ("LASI",)
    assert read.subject_names == ("Day 2:Anna",)
    assert read.left_out == {"angles": ("LKneeAngles", "Odd"), "modeled markers": ("LHJC",)}
    assert read_c3d_angles(path, "Day 2:Anna").names == ("LKneeAngles", "Odd")
    other = write(tmp_path / "b.c3d", ["Day 1:Anna:LASI", "Day 2:Anna:LASI"], np.ones((3, 2, 5)))
    with pytest.raises(FileFormatError, match=r"several subjects \(Day 1:Anna, Day 2:Anna\)"):
        read_c3d(other)
    assert read_c3d(other, "Day 2:Anna").markers.skeleton.landmarks == ("LASI",)


def test_events_in_order_and_others_named(tmp_path: Path) -> None:
    events = [("Foot Off", "Right", 70.5), ("Foot Strike", "Left", 1.25), ("Start", "General", 2.0)]
    read = read_c3d(write(tmp_path / "a.c3d", events=events))
    assert read.events.side == ("left", "right")
    assert read.events.kind == ("ic", "to")
    np.testing.assert_allclose(read.events.time_s, [1.25, 70.5], atol=1e-5)
    assert "General Start at 2.00 s" in read.notes[0]


def test_a_label_twice_takes_the_first(tmp_path: Path) -> None:
    read = read_c3d(write(tmp_path / "a.c3d", ["LASI", "LASI", "C7"]))
    assert read.markers.skeleton.landmarks == ("LASI", "C7")
    np.testing.assert_allclose(read.markers.of("LASI"), MM[:, 0].T / 1000, rtol=1e-6)
    assert "labelled twice" in read.notes[0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is no C3D file"),
        (b"\x02\x51" + bytes(600), "second byte is not 0x50"),
        (b"\x02\x50" + bytes(2000), "damaged or cut off"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "x.c3d"
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match=message):
        read_c3d(path)


def test_a_missing_or_cut_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="no such file"):
        read_c3d(tmp_path / "none.c3d")
    whole = write(tmp_path / "a.c3d", points=np.ones((3, 3, 400))).read_bytes()
    cut = tmp_path / "cut.c3d"
    for size in range(600, len(whole) - 600, len(whole) // 11):
        cut.write_bytes(whole[:size])
        with pytest.raises(FileFormatError, match="cut off"):
            read_c3d(cut)


def test_a_file_without_points_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a.c3d", labels=[], points=np.zeros((3, 0, 10)))
    with pytest.raises(FileFormatError, match="holds no points, so no markers"):
        read_c3d(path)


def test_no_angles_are_said(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match=r"holds no joint angles \(3 points in all\)"):
        read_c3d_angles(write(tmp_path / "a.c3d"))


@pytest.mark.shared
def test_all_real_files_give_markers_of_a_person(shared_data: Path) -> None:
    paths = sorted((shared_data / "gait").rglob("*.c3d")) + sorted((shared_data / "mocap").rglob("*.c3d"))
    assert len(paths) == 27
    for path in paths:
        read = read_c3d(path)
        assert len(read.markers.skeleton) >= 16, path
        assert 0.5 < read.markers.seen.mean() <= 1
        span = np.nanmax(read.markers.position, axis=1) - np.nanmin(read.markers.position, axis=1)
        assert 0.7 < np.nanmedian(np.linalg.norm(span, axis=1)) < 2.4, path
        inside = (read.events.time_s >= read.markers.time_s[0] - 0.02) & (
            read.events.time_s <= read.markers.time_s[-1] + 0.02
        )
        # Events and frames have one clock; one event lies before the frames that were kept of its trial.
        assert inside.mean() > 0.9 if inside.size else True, path


@pytest.mark.shared
def test_plug_in_gait_angles_of_a_hospital(shared_data: Path) -> None:
    path = shared_data / "gait/c3d_hospitals/Sydney/S4-AMGait05.c3d"
    angles = read_c3d_angles(path)
    knee = angles.angle_deg[:, angles.names.index("RKneeAngles"), 0]
    assert 45 < np.nanmax(knee) < 75  # swing phase
    assert -10 < np.nanmin(knee) < 15
    assert "RKneeAngles" in read_c3d(path).left_out["angles"]
