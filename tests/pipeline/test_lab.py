"""A study's folder: the same bytes each time, resumed, extended, and never half written."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from rich.console import Console

from kinelab.cli import main
from kinelab.errors import FileFormatError, InputError, KinelabError, OutputError, RunFolderError
from kinelab.files.atomic import sha256_of
from kinelab.files.motion_table import read_motion_table
from kinelab.pipeline import lab_workers
from kinelab.pipeline.lab import make_study, redraw_sheet, what_there_is
from kinelab.virtual_lab.sessions.design import Filming, LabDesign, Marking, Sensing, Task
from kinelab.virtual_lab.sessions.presets import PRESETS

SILENT = Console(quiet=True)
DESIGN = LabDesign(
    people=2,
    tasks=(Task("walk", duration_s=0.4),),
    filming=Filming(size_px=(64, 64), rate_hz=10, others=1, masks=True),
    sensing=Sensing(("pelvis",)),
    marking=Marking(skin="rigid", raters=1),
    seed=7,
)


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in files}


def no_leftovers(folder: Path) -> bool:
    return not any(path.name.startswith(".") for path in folder.rglob("*"))


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_study(DESIGN, tmp_path_factory.mktemp("lab") / "study", SILENT, jobs=1).folder


def test_the_same_bytes_from_two_processes_in_another_folder(study: Path, tmp_path: Path) -> None:
    """Videos, NetCDF, the model, the contact sheet: nothing depends on time, place or process."""
    made = make_study(DESIGN, tmp_path / "other name", SILENT, jobs=2)
    assert digests(made.folder) == digests(study)
    assert len(digests(study)) > 40
    assert "2 trials of 2 virtual people, 2 made now" in made.text
    assert "filmed from sagittal at 64x64, 10 frames/s" in made.text


def test_more_people_leave_the_old_ones_alone(study: Path, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(study, folder)
    before = {path: path.stat().st_mtime_ns for path in (folder / "V0001").rglob("*")}
    more = make_study(replace(DESIGN, people=3), folder, SILENT, jobs=1)
    assert "3 trials of 3 virtual people, 1 made now" in more.text
    assert {path: path.stat().st_mtime_ns for path in (folder / "V0001").rglob("*")} == before
    people = (folder / "people.csv").read_text().splitlines()
    assert people[:3] == (study / "people.csv").read_text().splitlines()
    assert len(people) == 4
    # Fewer again: nothing is made, and nobody is lost from the tables.
    fewer = make_study(replace(DESIGN, people=1), folder, SILENT, jobs=1)
    assert "0 made now" in fewer.text
    assert (folder / "people.csv").read_text().splitlines() == people
    assert json.loads((folder / "lab.json").read_text())["people"] == 3


def test_a_trial_that_lost_a_file_is_made_again(study: Path, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(study, folder)
    (folder / "V0002/walk_01/sagittal.mp4").unlink()
    assert "1 made now" in make_study(DESIGN, folder, SILENT, jobs=1).text
    assert digests(folder) == digests(study)


def test_ik_on_rigid_markers_gives_the_true_angles(study: Path, tmp_path: Path) -> None:
    trial = study / "V0001/walk_01"
    model = study / "V0001/model.json"
    options = ["--model", str(model), "--no-scale", "--no-view", "--quiet", "--out", str(tmp_path / "ik")]
    assert main(["ik", str(trial / "markers.trc"), *options]) == 0
    found, true = (
        read_motion_table(path) for path in (tmp_path / "ik/kinematics.mot", trial / "truth/kinematics.mot")
    )
    for name in ("hip_flexion_r", "hip_rotation_l", "knee_angle_r", "ankle_angle_l", "lumbar_extension"):
        error = found.values[:, found.names.index(name)] - true.values[:, true.names.index(name)]
        assert np.abs(error).max() < 0.05  # the .trc is rounded to 0.01 mm
    assert "ynthetic" in (tmp_path / "ik/summary.txt").read_text()
    assert "ynthetic" in (tmp_path / "ik/run.json").read_text()
    assert "ynthetic" in (tmp_path / "ik/markers.trc").read_text().splitlines()[0]
    for name in ("kinematics.nc", "markers.nc"):
        with xr.open_dataset(tmp_path / "ik" / name, engine="h5netcdf", decode_times=False) as data:
            assert data.attrs["synthetic"] == 1


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (replace(DESIGN, seed=8), "holds another study, of other seed; nothing was changed"),
        (replace(DESIGN, tasks=(Task("run"),)), "of other tasks; nothing was changed: choose another folder"),
    ],
)
def test_another_study_does_not_go_into_the_folder(study: Path, changed: LabDesign, message: str) -> None:
    before = digests(study)
    with pytest.raises(RunFolderError, match=message):
        make_study(changed, study, SILENT, jobs=1)
    assert digests(study) == before


def test_folders_that_are_none_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="part of its path is a file, not a folder"):
        make_study(DESIGN, tmp_path / "file", SILENT, jobs=1)
    with pytest.raises(RunFolderError, match=r"holds files and no lab\.json; choose a new folder"):
        make_study(DESIGN, tmp_path, SILENT, jobs=1)
    with pytest.raises(InputError, match=r"holds no lab\.json; give the folder of a study"):
        redraw_sheet(tmp_path)
    (tmp_path / "lab.json").write_text("{")
    with pytest.raises(FileFormatError, match=r"lab\.json: is not JSON .*put it back as it was"):
        make_study(DESIGN, tmp_path, SILENT, jobs=1)
    (tmp_path / "lab.json").write_text('{"format": "kinelab lab 1", "people": "many"}')
    with pytest.raises(FileFormatError, match="is not the design of a study"):
        make_study(DESIGN, tmp_path, SILENT, jobs=1)


def test_a_damaged_session_is_told_with_what_to_do(study: Path, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(study, folder)
    (folder / "V0002/walk_01/session.json").write_text("[]")
    with pytest.raises(InputError, match=r"V0002/walk_01/session\.json: .*delete .*walk_01"):
        make_study(DESIGN, folder, SILENT, jobs=1)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("clip.bvh", "nonsense", r"clip\.bvh, row 1: begins with 'nonsense'"),
        ("clip.fbx", "", r"clip\.fbx: is no motion that is read here \(\.fbx\); read are \.amc, \.bvh"),
        ("clip.c3d", "nonsense", r"clip\.c3d: is no C3D file"),
        ("clip.amc", "1", r"clip\.amc: an \.amc needs its skeleton"),
    ],
)
def test_a_bad_motion_is_found_before_anything_is_made(
    name: str, content: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(content)
    design = replace(DESIGN, tasks=(Task("motion", motion_file=tmp_path / name),))
    with pytest.raises(InputError, match=message):
        make_study(design, tmp_path / "out", SILENT)
    assert not (tmp_path / "out").exists()


def test_an_error_in_another_process_is_the_same_error(tmp_path: Path) -> None:
    """A picture that breaks off after its header is found only where it is drawn."""
    from PIL import Image

    backgrounds = tmp_path / "backgrounds"
    backgrounds.mkdir()
    noise = np.random.default_rng(0).integers(0, 255, (200, 300, 3), np.uint8)
    Image.fromarray(noise).save(backgrounds / "street.jpg")
    whole = (backgrounds / "street.jpg").read_bytes()
    (backgrounds / "street.jpg").write_bytes(whole[: len(whole) // 2])
    assert DESIGN.filming is not None
    design = replace(DESIGN, filming=replace(DESIGN.filming, backgrounds=backgrounds), body="solids")
    with pytest.raises(InputError, match=r"street\.jpg: cannot be read as a JPEG or PNG picture"):
        make_study(design, tmp_path / "out", SILENT, jobs=2)
    assert not (tmp_path / "out/contact_sheet.jpg").exists()
    assert not any((tmp_path / "out").rglob("session.json"))


def test_no_number_of_processes_below_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="jobs is 0, expected 1 or more processes"):
        make_study(DESIGN, tmp_path, SILENT, jobs=0)


def test_a_killed_process_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab_workers, "_make", _killed)
    with pytest.raises(KinelabError, match="a process that made trials was killed; if memory ran out"):
        make_study(DESIGN, tmp_path / "out", SILENT, jobs=2)


def _killed(*_: object) -> Path:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_stopped_in_the_middle_it_goes_on_and_ends_the_same(how: signal.Signals, tmp_path: Path) -> None:
    """Stopped by kill -9 and by Ctrl-C: nothing half written counts, no process is left, the rest is made."""
    command = [
        "lab", "make", "--people", "2", "--movement", "walk", "--duration", "0.4", "--size", "64x64", "--fps",
        "10", "--trials", "2", "--body", "solids", "--seed", "7", "--quiet", "--jobs", "2", "--out",
    ]  # fmt: skip
    folder = tmp_path / "stopped"
    start = "import sys; from kinelab.cli import main; sys.exit(main())"
    process = subprocess.Popen(
        [sys.executable, "-c", start, *command, str(folder)], stderr=subprocess.PIPE, text=True
    )
    _wait_until(lambda: any(folder.rglob("*.part")))
    process.send_signal(how)
    _, said = process.communicate(timeout=180)
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert said.strip() == "kinelab: stopped; the same command goes on where it left off"
        assert no_leftovers(folder)
    assert not (folder / "people.csv").exists()
    assert main([*command[:-3], "--jobs", "1", "--out", str(folder)]) == 0
    assert no_leftovers(folder)
    assert len(list(folder.rglob("session.json"))) == 4
    if how == signal.SIGKILL:
        whole = tmp_path / "whole"
        assert main([*command[:-3], "--jobs", "1", "--out", str(whole)]) == 0
        assert digests(folder) == digests(whole)


def _wait_until(happened: Callable[[], bool], timeout_s: float = 300) -> None:
    stop = time.monotonic() + timeout_s
    while not happened():
        assert time.monotonic() < stop, "nothing was begun"
        time.sleep(0.02)


def test_what_there_is_names_everything() -> None:
    there = what_there_is()
    assert set(there["presets"]) == set(PRESETS)
    for name, design in PRESETS.items():
        assert re.fullmatch(
            rf"{re.escape(design.source)}; about [\d.]+ h on two cores, [\d.]+ GB", there["presets"][name]
        )
    assert "Sutherland" in there["patterns of walking"]["stiff_knee"]
    assert {"movements", "populations", "views", "devices", "places", "sensor sites"} <= set(there)
