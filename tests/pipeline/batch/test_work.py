"""What is the recording's fault is a result; what may be otherwise tomorrow is tried again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kinelab.core.report import Finding
from kinelab.core.subject import Subject
from kinelab.errors import GaitError, InputError, ModelError
from kinelab.pipeline import marker_run
from kinelab.pipeline.batch import work
from kinelab.pipeline.batch.doors import DOORS, OPTIONS, SKIP, door_of, go
from kinelab.pipeline.batch.recording import Recording, job_of
from kinelab.pipeline.batch.table import read_table
from kinelab.pipeline.marker_inputs import MarkerOptions
from kinelab.pipeline.workers.job import do_job, read_result


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    (tmp_path / "film.mp4").write_bytes(b"a film")
    return Recording("film.mp4", tmp_path / "film.mp4", "analyze", {"id": "anna"}, {"annotate": False})


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (InputError("of no use"), "done"),
        (GaitError("too few strides"), "done"),
        (ModelError("of no use"), "failed"),
        (ZeroDivisionError("of no use"), "failed"),
    ],
)
def test_whose_fault_it_is(
    recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, state: str
) -> None:
    def fails(*_: object) -> tuple[Finding, ...]:
        raise error

    monkeypatch.setattr(work, "go", fails)
    home = tmp_path / "home"
    home.mkdir()
    job = job_of(recording, tables_only=False)
    assert do_job(job, home, work.do_recording).state == state
    result = read_result(job, home)
    if state == "done":
        assert result is not None
        assert (result["state"], result["why_not"], result["rows"]) == ("refused", str(error), [])
        (tmp_path / "film.mp4").write_bytes(b"another film")
        assert job_of(recording, tables_only=False).settings != job.settings
        with_file = replace(recording, options={"keypoints": str(tmp_path / "film.mp4"), "pose": "a name"})
        files = job_of(with_file, tables_only=False).settings["files"]
        assert {path: stamp["bytes"] for path, stamp in files.items()} == {str(tmp_path / "film.mp4"): 12}
    else:
        assert result is None


def test_a_reason_names_the_folder_that_will_be(
    recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(door: str, path: Path, folder: Path, *_: object) -> tuple[Finding, ...]:
        raise GaitError(f"The angles are in {folder}.")

    monkeypatch.setattr(work, "go", fails)
    job = job_of(recording, tables_only=False)
    (tmp_path / "home").mkdir()
    do_job(job, tmp_path / "home", work.do_recording)
    result = read_result(job, tmp_path / "home")
    assert result is not None
    assert result["why_not"] == f"The angles are in {tmp_path / 'home' / 'film.mp4'}."


def test_what_is_said_reaches_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[object] = []
    monkeypatch.setattr(marker_run, "run_markers", lambda *given: taken.extend(given))
    (tmp_path / "static.c3d").touch()
    options = {"static": str(tmp_path / "static.c3d"), "quick": True}
    assert go("ik", tmp_path / "walk.c3d", tmp_path / "out", {"height_m": 1.7}, options) == ()
    wanted = MarkerOptions(static=tmp_path / "static.c3d", subject=Subject(height_m=1.7), quick=True)
    assert taken == [tmp_path / "walk.c3d", tmp_path / "out", wanted]


def test_every_option_of_every_way_is_a_column_and_an_option(tmp_path: Path) -> None:
    """Each name is taken by the way's own options: none is a misspelling."""
    from dataclasses import fields

    from kinelab.inertial.estimate import EstimateSettings
    from kinelab.pipeline.gait_inputs import Reading
    from kinelab.pipeline.gait_run import GaitOptions
    from kinelab.pipeline.inertial_run import InertialOptions
    from kinelab.pipeline.monocular_options import MonocularOptions
    from kinelab.pipeline.settings import AnalyzeSettings

    own = {
        "analyze": (AnalyzeSettings,),
        "monocular": (MonocularOptions,),
        "gait": (Reading, GaitOptions),
        "sensors": (InertialOptions, EstimateSettings),
        "ik": (MarkerOptions,),
    }
    assert set(DOORS) == {*own, SKIP}
    for door, kinds in own.items():
        names = {field.name for kind in kinds for field in fields(kind)} | {"calibrate"}
        assert set(OPTIONS[door]) <= names
    columns = sorted({name for names in OPTIONS.values() for name in names})
    (tmp_path / "t.csv").write_text(f"recording,{','.join(columns)}\n")
    assert read_table(tmp_path / "t.csv") == []
    assert door_of(tmp_path / "x.c3d") == "gait"
