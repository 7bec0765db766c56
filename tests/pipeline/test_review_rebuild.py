"""Results and report made again from corrections: what they say, and that the same gives the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kinelab.core.events import GaitEvents
from kinelab.core.kinematics import Kinematics
from kinelab.core.measures import Measures
from kinelab.core.strides import Strides
from kinelab.errors import InputError, RunFolderError
from kinelab.files.native import load_as
from kinelab.pipeline.corrections import Stored, read_corrections
from kinelab.pipeline.review_rebuild import rebuild
from kinelab.pipeline.review_state import open_review
from kinelab.reports.reading import read_page

Listed = Callable[..., tuple[Stored, ...]]


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "run.json"  # it tells when
    }


@pytest.fixture(scope="module")
def corrections(video_run: Path, stored: Listed) -> tuple[Stored, ...]:
    review = open_review(video_run).review()
    off = next(e for e in review["events"] if (e["side"], e["kind"]) == ("left", "to"))
    stride = next(s for s in review["strides"] if s["used"] and s["side"] == "right")
    return stored(
        {"kind": "move_event", "event": off["id"], "time_s": off["time_s"] + 0.03},
        {
            "kind": "exclude_stride",
            "side": "right",
            "start_event": stride["start_event"],
            "reason": "looked <aside>",
        },
        {"kind": "hide_landmark", "frame": 10, "landmark": "right_ankle"},
        {"kind": "confirm_event", "event": review["events"][-1]["id"]},
        {"kind": "note", "text": "walked with a stick"},
        {"kind": "undo", "number": 4},
    )


@pytest.fixture(scope="module")
def rebuilt(
    video_run: Path, corrections: tuple[Stored, ...], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    out = tmp_path_factory.mktemp("rebuilt") / "out"
    rebuild(video_run, corrections, out, sign_off="Dr A, 2026-03-02")
    return out


def test_the_report_says_who_corrected_what(rebuilt: Path, video_run: Path) -> None:
    page = read_page(rebuilt)
    assert page.report.facts["Reviewed by"] == "Dr A and Dr B"
    assert page.report.sign_off == "Dr A, 2026-03-02"
    told = next(f for f in page.report.findings if f.text.startswith("This result was corrected"))
    assert told.level == "attention"
    assert told.text == (
        "This result was corrected by Dr A and Dr B: 1 event moved, 1 stride left out, 1 landmark hidden in"
        " one frame."
    )
    part = page.parts[0]
    assert part.title == "Corrections by a person"
    rows = part.tables[0].rows
    assert [row[0] for row in rows] == ["1", "2", "3", "4", "5", "6"]
    assert "(+30 ms)" in rows[0][3]
    assert rows[1][3].endswith("left out: looked <aside>")
    assert rows[3][3].endswith("(undone since)")
    assert rows[5][1:] == ("2026-03-01 09:06 UTC", "Dr B", "correction 4 undone")
    html = (rebuilt / "report.html").read_text(encoding="utf-8")
    assert "looked &lt;aside&gt;" in html
    assert "<aside>" not in html
    assert page.thumbnails == read_page(video_run).thumbnails
    assert "corrected by a person" in page.report.provenance.steps


def test_the_machines_value_stands_beside_each_that_changed(rebuilt: Path, video_run: Path) -> None:
    machine, now = (load_as(Measures, folder / "measures.nc") for folder in (video_run, rebuilt))
    table = read_page(rebuilt).parts[0].tables[1]
    assert table.caption == "Values that changed"
    row = next(row for row in table.rows if row[:2] == ("Stance", "left"))
    values = [f"{m.get('stance_pct', 'left').value:.1f}" for m in (machine, now)]
    assert list(row[3:5]) == values
    assert values[0] != values[1]
    review = json.loads((rebuilt / "review.json").read_text(encoding="utf-8"))
    one = next(m for m in review["measures"] if (m["quantity"], m["side"]) == ("stance_pct", "left"))
    assert one["value"] == now.get("stance_pct", "left").value
    assert one["machine_value"] == machine.get("stance_pct", "left").value


def test_results_and_preview_are_the_same(
    rebuilt: Path, video_run: Path, corrections: tuple[Stored, ...]
) -> None:
    said = open_review(video_run).preview(corrections)
    assert [m["value"] for m in said["measures"]] == [
        m.value for m in load_as(Measures, rebuilt / "measures.nc")
    ]
    events = load_as(GaitEvents, rebuilt / "events.nc")
    assert [e["time_s"] for e in said["events"]] == events.time_s.tolist()
    assert [name for name in events.reviewed_by if name] == ["Dr A"]
    assert load_as(Strides, rebuilt / "strides.nc").why_not.count("left out by Dr B: looked <aside>") == 1
    assert read_corrections(rebuilt / "corrections.json") == corrections


def test_the_same_list_gives_the_same_bytes(
    rebuilt: Path, video_run: Path, corrections: tuple[Stored, ...], tmp_path: Path
) -> None:
    before = hashes(video_run)
    rebuild(video_run, corrections, tmp_path / "again", sign_off="Dr A, 2026-03-02")
    assert hashes(tmp_path / "again") == hashes(rebuilt)
    assert hashes(video_run) == before


def test_confirmations_alone_do_not_make_it_a_corrected_result(
    video_run: Path, stored: Listed, tmp_path: Path
) -> None:
    rebuild(video_run, stored({"kind": "confirm", "what": "result virtual_network"}), tmp_path / "out")
    page = read_page(tmp_path / "out")
    assert not [f for f in page.report.findings if "corrected" in f.text]
    assert page.parts[0].tables[0].rows[0][3] == "looked at and confirmed: result virtual_network"
    assert "No value is other than the machine's." in page.parts[0].text
    machine = load_as(Kinematics, video_run / "kinematics.nc")
    now = load_as(Kinematics, tmp_path / "out" / "kinematics.nc")
    np.testing.assert_array_equal(now.angle_deg, machine.angle_deg)
    review = json.loads((tmp_path / "out" / "review.json").read_text(encoding="utf-8"))
    need = next(row for row in review["needs"] if row["what"] == "result virtual_network")
    assert (need["open"], need["settled_by"]) == (False, "Dr A")


def test_of_sensors_the_figure_of_raw_readings_is_kept(
    sensor_run: Path, stored: Listed, tmp_path: Path
) -> None:
    review = open_review(sensor_run).review()
    one = review["events"][2]
    rebuild(
        sensor_run,
        stored({"kind": "move_event", "event": one["id"], "time_s": one["time_s"] + 0.02}),
        tmp_path / "out",
    )
    page = read_page(tmp_path / "out")
    assert page.report.facts["Sensors"] == read_page(sensor_run).report.facts["Sensors"]
    name = next(picture.path for picture in page.pictures if picture.title == "Sensors")
    assert (tmp_path / "out" / name).read_bytes() == (sensor_run / name).read_bytes()


def test_of_markers_a_stride_less_is_counted(marker_run: Path, stored: Listed, tmp_path: Path) -> None:
    review = open_review(marker_run).review()
    stride = next(s for s in review["strides"] if s["used"])
    out = {
        "kind": "exclude_stride",
        "side": stride["side"],
        "start_event": stride["start_event"],
        "reason": "x",
    }
    rebuild(marker_run, stored(out), tmp_path / "out")
    machine, now = (load_as(Measures, folder / "measures.nc") for folder in (marker_run, tmp_path / "out"))
    keys = [{(m.quantity, m.side) for m in one} for one in (machine, now)]
    # of three strides that are left no spread is told
    assert {name for name, _ in keys[0] - keys[1]} <= {"stride_time_cv_pct"}
    assert not keys[1] - keys[0]
    assert now.get("cadence_spm").n == machine.get("cadence_spm").n - 1


def test_the_machines_folder_stays_the_machines(
    video_run: Path, marker_run: Path, stored: Listed, rebuilt: Path
) -> None:
    with pytest.raises(InputError, match="holds the machine's own result, which stays as it is"):
        rebuild(video_run, (), video_run)
    with pytest.raises(RunFolderError, match="holds the run of another file"):
        rebuild(marker_run, (), rebuilt)


def test_an_impossible_correction_writes_nothing(video_run: Path, stored: Listed, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="correction 1: there is no event e999"):
        rebuild(video_run, stored({"kind": "confirm_event", "event": "e999"}), tmp_path / "out")
    assert not (tmp_path / "out").exists()
