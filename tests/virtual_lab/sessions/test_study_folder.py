"""A trial's folder: whole or not there, names all its files, and knows its own design."""

from __future__ import annotations

import errno
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kinelab.body.model_file import load_model
from kinelab.core.kinematics import Kinematics
from kinelab.errors import InputError, OutputError
from kinelab.files.native import load_as
from kinelab.files.session import read_session
from kinelab.virtual_lab.motion.from_file import motion_from_file
from kinelab.virtual_lab.sessions import study_folder
from kinelab.virtual_lab.sessions.design import Filming, LabDesign, Marking, Sensing, Task
from kinelab.virtual_lab.sessions.study_folder import design_data, is_made, make_trial
from kinelab.virtual_lab.sessions.trial import TrialPlan, person_of

PLAN = TrialPlan(0, 0, 0, 0)
SMALL = LabDesign(
    tasks=(Task("squat", duration_s=0.3),), filming=Filming(size_px=(64, 64), rate_hz=10), body="solids"
)


def test_the_session_names_every_file_and_says_that_nobody_was_recorded(made: Any) -> None:
    session = read_session(made.folder)
    assert session.synthetic
    assert "nobody was recorded" in session.note
    there = {path.relative_to(made.folder).as_posix() for path in made.folder.rglob("*") if path.is_file()}
    named = {file.path for file in session.files}
    masks = {name for name in named if (made.folder / name).is_dir()}
    assert len(masks) == 4
    assert {name for name in there if not name.startswith(tuple(masks))} == (named - masks) | {"session.json"}
    assert session.paths("video") == ("sagittal.mp4", "frontal.mp4")
    assert session.paths("imu") == ("imu/pelvis.csv", "imu/shank_r.csv")
    person = person_of(made.design, 0)
    assert session.subject.height_m == person.shape.height_m
    assert session.labels["movement"] == "walk"
    assert session.labels["group"] == "all"
    assert 1 <= int(session.labels["skin_monk"]) <= 10
    model = load_model(made.study / "V0001/model.json")
    assert model.mass_kg == pytest.approx(person.shape.mass_kg, abs=1e-6)


def test_the_truth_is_no_coarser_than_anything_recorded(tmp_path: Path) -> None:
    worn = replace(SMALL, filming=None, sensing=Sensing(("pelvis",), 200.0), marking=Marking(rate_hz=120.0))
    filmed = replace(worn, filming=SMALL.filming)
    for design, rate_hz in ((worn, 200), (filmed, 200), (replace(SMALL, marking=None), 100)):
        folder = make_trial(design, PLAN, tmp_path / str(rate_hz), motion_from_file)
        assert load_as(Kinematics, folder / "truth/kinematics.nc").time.rate_hz == rate_hz


def test_a_trial_is_made_until_a_file_or_the_design_is_another(tmp_path: Path) -> None:
    folder = make_trial(SMALL, PLAN, tmp_path, motion_from_file)
    assert is_made(SMALL, PLAN, tmp_path)
    assert is_made(replace(SMALL, people=9), PLAN, tmp_path)
    assert not is_made(replace(SMALL, seed=1), PLAN, tmp_path)
    assert not is_made(replace(SMALL, outfit="lab"), PLAN, tmp_path)
    (folder / "truth/kinematics.mot").unlink()
    assert not is_made(SMALL, PLAN, tmp_path)
    before = (folder / "sagittal.mp4").read_bytes()
    make_trial(SMALL, PLAN, tmp_path, motion_from_file)
    assert is_made(SMALL, PLAN, tmp_path)
    assert (folder / "sagittal.mp4").read_bytes() == before
    (tmp_path / "V0001/model.json").unlink()
    assert not is_made(SMALL, PLAN, tmp_path)
    (folder / "session.json").write_text('{"format": "kinelab session 1"')
    (tmp_path / "V0001/model.json").write_text("{}")
    with pytest.raises(
        InputError, match=r"session\.json: .*delete .*squat_01, and the same command makes it"
    ):
        is_made(SMALL, PLAN, tmp_path)


@pytest.mark.parametrize("broken", ["record_truth", "record_videos", "write_session", "_write_model"])
def test_a_full_disk_leaves_nothing_half_written(
    broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(study_folder, broken, full)
    with pytest.raises(OutputError, match=r"cannot write .*squat_01: No space left on device"):
        make_trial(SMALL, PLAN, tmp_path, motion_from_file)
    assert not any(path.is_file() for path in tmp_path.rglob("*") if path.parent.name != "V0001")
    assert not is_made(SMALL, PLAN, tmp_path)


def test_a_stop_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(study_folder, "draw_preview", stopped)
    with pytest.raises(KeyboardInterrupt):
        make_trial(SMALL, PLAN, tmp_path, motion_from_file)
    assert [path.name for path in (tmp_path / "V0001").iterdir()] == []


def test_what_an_earlier_run_left_is_cleared(tmp_path: Path) -> None:
    left = tmp_path / "V0001/.squat_01.part"
    left.mkdir(parents=True)
    (left / "half.mp4").write_text("half")
    folder = make_trial(SMALL, PLAN, tmp_path, motion_from_file)
    assert not left.exists()
    assert not (folder / "half.mp4").exists()


def test_another_file_of_the_same_name_is_another_study(tmp_path: Path) -> None:
    clip = tmp_path / "clip.bvh"
    clip.write_text("one")
    design = LabDesign(tasks=(Task("motion", motion_file=clip),))
    first = json.dumps(design_data(design))
    assert str(tmp_path) not in first
    clip.write_text("two")
    assert json.dumps(design_data(design)) != first
