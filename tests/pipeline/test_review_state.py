"""A run taken up for review: the machine's own result comes back, and each correction does what it says."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.measures import Measures
from kinelab.core.provenance import FileRecord
from kinelab.errors import FileFormatError, InputError
from kinelab.files.atomic import write_text
from kinelab.files.native import load_as
from kinelab.pipeline.corrections import Stored
from kinelab.pipeline.monocular_run import MonocularRun
from kinelab.pipeline.review_state import ReviewState, open_prepared, open_review
from kinelab.pipeline.run_folder import RunFolder
from kinelab.reports.json import compact_json

Listed = Callable[..., tuple[Stored, ...]]
KINDS = ("video", "markers", "sensors", "monocular")


@pytest.fixture(scope="session")
def runs(video_run: Path, marker_run: Path, sensor_run: Path, direct_run: MonocularRun) -> dict[str, Path]:
    return dict(zip(KINDS, (video_run, marker_run, sensor_run, direct_run.folder), strict=True))


@pytest.fixture(scope="session")
def states(runs: dict[str, Path]) -> dict[str, ReviewState]:
    return {kind: open_review(folder) for kind, folder in runs.items()}


def value(said: dict, quantity: str, side: str) -> float:
    return next(m["value"] for m in said["measures"] if (m["quantity"], m["side"]) == (quantity, side))


@pytest.mark.parametrize("kind", KINDS)
def test_without_corrections_it_is_the_machines_result(
    kind: str, runs: dict[str, Path], states: dict[str, ReviewState]
) -> None:
    review = states[kind].review()
    assert (review["format"], review["kind"]) == ("kinelab review 1", kind)
    machine = load_as(Measures, runs[kind] / "measures.nc")
    assert [m["value"] for m in review["measures"]] == [m.value for m in machine]
    assert [m["machine_value"] for m in review["measures"]] == [m.value for m in machine]
    assert len(review["events"]) > 10
    assert [e["id"] for e in review["events"]] == [f"e{i}" for i in range(len(review["events"]))]
    assert json.loads(json.dumps(review, allow_nan=False)) == review


@pytest.mark.parametrize("kind", KINDS)
def test_read_from_a_prepared_run_it_is_the_same_as_measured_anew(
    kind: str, runs: dict[str, Path], states: dict[str, ReviewState], stored: Listed, tmp_path: Path
) -> None:
    for path in runs[kind].iterdir():
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "review.json").unlink(missing_ok=True)
    write_text(tmp_path / "review.json", compact_json(states[kind].review()))
    read = open_prepared(tmp_path)
    event = states[kind].machine.events[3]
    move = {"kind": "move_event", "event": event.id, "time_s": event.time_s + 0.01}
    assert read.machine == states[kind].machine
    for corrections in ((), stored(move), stored(move, {"kind": "undo", "number": 1})):
        assert read.preview(corrections) == states[kind].preview(corrections)
        assert read.review(corrections) == states[kind].review(corrections)


def test_what_was_prepared_must_be_the_machines_own_review(
    runs: dict[str, Path], states: dict[str, ReviewState], stored: Listed, tmp_path: Path
) -> None:
    for path in runs["markers"].iterdir():
        (tmp_path / path.name).symlink_to(path)
    review = tmp_path / "review.json"
    review.unlink(missing_ok=True)
    with pytest.raises(FileFormatError, match=r"review.json: is no review of kinelab"):
        open_prepared(tmp_path)
    note = stored({"kind": "note", "text": "x"})
    write_text(review, compact_json(states["markers"].review(note)))
    with pytest.raises(FileFormatError, match="is of a corrected result"):
        open_prepared(tmp_path)
    write_text(review, '{"needs": [{"what": "x"}]}')
    with pytest.raises(FileFormatError, match=r"or was altered \('reason'\)"):
        open_prepared(tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_angles_stand_at_the_reviews_frames(
    kind: str, runs: dict[str, Path], states: dict[str, ReviewState]
) -> None:
    review = states[kind].review()
    kinematics = load_as(Kinematics, runs[kind] / "kinematics.nc")
    assert [a["name"] for a in review["angles"]] == list(kinematics.names)
    time_s = review["start_s"] + np.arange(review["n_frames"]) / review["rate_hz"]
    assert review["duration_s"] == pytest.approx(review["n_frames"] / review["rate_hz"])
    for j, angle in enumerate(review["angles"]):
        got = np.array([math.nan if v is None else v for v in angle["values_deg"]])
        assert got.size == review["n_frames"]
        known = kinematics.valid[:, j]
        if not known.any():
            continue
        wanted = np.interp(time_s, kinematics.time.time_s[known], kinematics.angle_deg[known, j])
        there = np.isfinite(got)
        assert there.mean() > 0.9 * known.mean()
        np.testing.assert_allclose(got[there], wanted[there], atol=0.0051)


@pytest.mark.parametrize("kind", KINDS)
def test_a_later_toe_off_lengthens_stance_by_as_much(
    kind: str, states: dict[str, ReviewState], stored: Listed
) -> None:
    state = states[kind]
    review = state.review()
    stride = next(s for s in review["strides"] if s["used"] and s["side"] == "left")
    off = next(e for e in review["events"] if e["time_s"] == stride["toe_off_s"])
    said = state.preview(stored({"kind": "move_event", "event": off["id"], "time_s": off["time_s"] + 0.03}))
    n = next(m["n"] for m in review["measures"] if (m["quantity"], m["side"]) == ("stance_pct", "left"))
    more = 100 * 0.03 / (stride["stop_s"] - stride["start_s"]) / n
    assert value(said, "stance_pct", "left") - value(review, "stance_pct", "left") == pytest.approx(more)
    assert value(said, "stance_pct", "right") == value(review, "stance_pct", "right")
    row = next(m for m in said["measures"] if (m["quantity"], m["side"]) == ("stance_pct", "left"))
    assert row["machine_value"] == value(review, "stance_pct", "left")
    moved = next(e for e in said["events"] if e["id"] == off["id"])
    assert (moved["corrected_by"], moved["needs_review"]) == ("Dr A", "")


@pytest.mark.parametrize("kind", KINDS)
def test_a_stride_left_out_no_longer_counts_and_comes_back(
    kind: str, states: dict[str, ReviewState], stored: Listed
) -> None:
    state = states[kind]
    review = state.review()
    stride = next(s for s in review["strides"] if s["used"])
    side, name = stride["side"], stride["start_event"]
    out = {"kind": "exclude_stride", "side": side, "start_event": name, "reason": "stumbled"}
    said = state.preview(stored(out))
    row = next(s for s in said["strides"] if s["start_event"] == name)
    assert (row["used"], row["why_not"], row["decided_by"]) == (False, "left out by Dr A: stumbled", "Dr A")
    counted = [
        s["stop_s"] - s["start_s"] for s in review["strides"]
        if s["used"] and s["side"] == side and s["start_event"] != name
    ]  # fmt: skip
    assert value(said, "stride_time_s", side) == pytest.approx(np.mean(counted))
    back = {"kind": "include_stride", "side": side, "start_event": name, "reason": "was fine"}
    again = state.preview(stored(out, back))
    assert again["measures"] == review["measures"]
    assert state.preview(stored(out, {"kind": "undo", "number": 1}))["measures"] == review["measures"]


def test_when_no_stride_is_left_there_are_no_measures(states: dict[str, ReviewState], stored: Listed) -> None:
    state = states["video"]
    used = [s for s in state.review()["strides"] if s["used"]]
    said = state.preview(
        stored(
            *(
                {"kind": "exclude_stride", "side": s["side"], "start_event": s["start_event"], "reason": "x"}
                for s in used
            )
        )
    )
    assert said["measures"] == []
    new = {row["what"] for row in said["needs"] if row["open"]}
    assert {"result strides_left", "result strides_right"} <= new


def test_a_stride_that_was_left_out_by_the_machine_can_be_taken_in(
    states: dict[str, ReviewState], stored: Listed
) -> None:
    state = states["video"]
    review = state.review()
    stride = next(s for s in review["strides"] if s["used"] and s["side"] == "left")
    off = next(e for e in review["events"] if e["time_s"] == stride["toe_off_s"])
    gone = {"kind": "remove_event", "event": off["id"], "reason": "hidden"}
    said = state.preview(stored(gone))
    row = next(s for s in said["strides"] if s["start_event"] == stride["start_event"])
    assert (row["used"], row["why_not"]) == (False, "no toe-off found")
    name = stride["start_event"]
    take = {"kind": "include_stride", "side": "left", "start_event": name, "reason": "the swing is seen"}
    said = state.preview(stored(gone, take))
    assert value(said, "stride_time_s", "left") == pytest.approx(value(review, "stride_time_s", "left"))
    n = {m["quantity"]: m["n"] for m in said["measures"] if m["side"] == "left"}
    assert n["stance_pct"] == n["stride_time_s"] - 1


def test_corrected_landmarks_bend_the_knee_where_they_are(
    states: dict[str, ReviewState], stored: Listed, video_run: Path
) -> None:
    state = states["video"]
    review = state.review()
    shown = state.run.shown
    assert shown is not None
    assert shown.n == review["n_frames"] == load_as(Keypoints, video_run / "keypoints_px.nc").n
    frames = range(100, 112)
    moves = [
        {"kind": "move_landmark", "frame": f, "landmark": "left_knee",
         "x_px": float(shown.of("left_knee")[f, 0]) + 20, "y_px": float(shown.of("left_knee")[f, 1])}
        for f in frames
    ]  # fmt: skip
    said = state.preview(stored(*moves))
    assert set(said["landmarks"]) == {str(f) for f in frames}

    def knee(angles: list[dict]) -> np.ndarray:
        return np.array(next(a["values_deg"] for a in angles if a["name"] == "knee_angle_l"), dtype=float)

    change = np.abs(knee(said["angles"]) - knee(review["angles"]))
    assert change[103:109].min() > 5
    assert np.nanmax(change[:80]) < 0.5
    assert np.nanmax(change[132:]) < 0.5
    assert [e["time_s"] for e in said["events"]] == [e["time_s"] for e in review["events"]]
    assert "angles" not in state.preview(())
    undone = [{"kind": "undo", "number": i} for i in range(1, len(moves) + 1)]
    assert state.preview(stored(*moves, *undone))["measures"] == review["measures"]


def test_a_hidden_landmark_leaves_a_gap_that_is_filled(
    states: dict[str, ReviewState], stored: Listed
) -> None:
    hide = [{"kind": "hide_landmark", "frame": f, "landmark": "left_ankle"} for f in range(100, 130)]
    said = states["video"].preview(stored(*hide))
    knee = next(a["values_deg"] for a in said["angles"] if a["name"] == "knee_angle_l")
    assert knee[115] is None  # 0.6 s are too long to be filled
    few = states["video"].preview(stored(*hide[:4]))
    knee = next(a["values_deg"] for a in few["angles"] if a["name"] == "knee_angle_l")
    assert None not in knee[95:110]


def test_landmarks_of_sensors_cannot_be_corrected(states: dict[str, ReviewState], stored: Listed) -> None:
    with pytest.raises(InputError, match="has no landmarks in a video"):
        states["sensors"].preview(stored({"kind": "hide_landmark", "frame": 1, "landmark": "nose"}))


def test_another_folder_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no result that can be reviewed"):
        open_review(tmp_path)


@pytest.mark.parametrize(
    ("command", "made", "says"),
    [
        ("kinelab ik walk.trc", "markers.trc", r"is a run of kinelab ik, .* `kinelab gait .*run` does"),
        ("kinelab multicamera", "ik", r"is a run of kinelab multicamera, .* `kinelab gait .*run/ik` does"),
        (
            "kinelab multicamera",
            "landmarks.trc",
            r"is a run of kinelab multicamera, .* `kinelab gait .*run/landmarks\.trc` does",
        ),
        (
            "kinelab calibrate",
            "x",
            "holds no result that can be reviewed; give the folder of kinelab analyze",
        ),
    ],
)
def test_a_run_without_strides_says_what_cuts_them(
    command: str, made: str, says: str, tmp_path: Path
) -> None:
    source = FileRecord("walk.trc", "0" * 64, 1)
    RunFolder(tmp_path / "run", source, command=command).claim()
    (tmp_path / "run" / made).mkdir()
    with pytest.raises(InputError, match=says):
        open_review(tmp_path / "run")


@pytest.mark.parametrize(
    ("kind", "lost", "says"),
    [
        ("markers", "basis.json", "made by an older kinelab; run it again"),
        ("sensors", "calibration.json", "is no calibration of kinelab"),
        ("video", "keypoints_px.nc", "no such file"),
    ],
)
def test_a_run_that_lacks_a_file_says_which(
    kind: str, lost: str, says: str, runs: dict[str, Path], tmp_path: Path
) -> None:
    shutil.copytree(runs[kind], tmp_path / "run")
    (tmp_path / "run" / lost).unlink()
    with pytest.raises(FileFormatError, match=f"{lost}.*{says}"):
        open_review(tmp_path / "run")
