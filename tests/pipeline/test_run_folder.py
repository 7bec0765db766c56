from __future__ import annotations

import json
from pathlib import Path

import pytest

from kinelab.core.provenance import FileRecord
from kinelab.errors import FileFormatError, RunFolderError
from kinelab.pipeline.run_folder import RUN_FILE, RunFolder, recorded_source, source_record

SOURCE = FileRecord("walk.mp4", "a" * 64, 10)


class Work:
    """Counts how often it was done and writes its output."""

    def __init__(self, folder: RunFolder, output: str) -> None:
        self.path = folder.file(output)
        self.times = 0

    def __call__(self) -> list[str]:
        self.times += 1
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(f"{self.times}")
        return [self.path.name]


def run(path: Path, first: dict[str, object], second: dict[str, object]) -> tuple[bool, bool]:
    folder = RunFolder(path, SOURCE)
    return (
        folder.stage("first", first, Work(folder, "a.txt")),
        folder.stage("second", second, Work(folder, "b.txt")),
    )


def test_second_run_repeats_nothing(tmp_path: Path) -> None:
    assert run(tmp_path, {"x": 1}, {"y": 1}) == (True, True)
    assert run(tmp_path, {"x": 1}, {"y": 1}) == (False, False)


def test_a_changed_setting_repeats_its_stage_and_those_after_it(tmp_path: Path) -> None:
    run(tmp_path, {"x": 1}, {"y": 1})
    assert run(tmp_path, {"x": 1}, {"y": 2}) == (False, True)
    assert run(tmp_path, {"x": 2}, {"y": 2}) == (True, True)


def test_an_output_that_was_lost_or_changed_is_made_again(tmp_path: Path) -> None:
    run(tmp_path, {}, {})
    (tmp_path / "a.txt").unlink()
    assert run(tmp_path, {}, {}) == (True, False)
    (tmp_path / "b.txt").write_text("edited by hand")
    assert run(tmp_path, {}, {}) == (False, True)


def test_a_stage_that_fails_is_not_recorded(tmp_path: Path) -> None:
    def fail() -> list[str]:
        raise KeyboardInterrupt

    folder = RunFolder(tmp_path, SOURCE)
    folder.stage("first", {}, Work(folder, "a.txt"))
    with pytest.raises(KeyboardInterrupt):
        folder.stage("second", {}, fail)
    assert run(tmp_path, {}, {}) == (False, True)


def test_provenance_names_source_settings_and_models(tmp_path: Path) -> None:
    video = tmp_path / "walk.mp4"
    video.write_bytes(b"frames")
    folder = RunFolder(tmp_path / "out", source_record(video), command="kinelab analyze walk.mp4")
    folder.stage("first", {"cutoff_hz": 6.0}, Work(folder, "a.txt"))
    provenance = folder.provenance({"min_strides": 2})
    assert provenance.inputs[0].path == "walk.mp4"  # no folder of the user's machine
    assert provenance.inputs[0].sha256 == "594cfd2607d4f09e1ce6241203e418cacfed545063792bc5eab7afaadbf0c4e0"
    assert provenance.settings == {"cutoff_hz": 6.0, "min_strides": 2}
    assert provenance.steps == ("first",)
    record = json.loads((tmp_path / "out" / RUN_FILE).read_text())
    assert set(record["stages"]["first"]["outputs"]) == {"a.txt"}
    assert "numpy" in record["versions"]


def test_folder_of_another_run(tmp_path: Path) -> None:
    run(tmp_path, {}, {})
    with pytest.raises(RunFolderError, match=r"holds the run of another file \(walk.mp4\), not of run2.mp4"):
        RunFolder(tmp_path, FileRecord("run2.mp4", "b" * 64, 10))


def test_folder_with_foreign_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("precious")
    with pytest.raises(RunFolderError, match=r"not a run's \(thesis.docx\).*--out"):
        RunFolder(tmp_path, SOURCE)
    assert (tmp_path / "thesis.docx").read_text() == "precious"


def test_out_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(RunFolderError, match="is a file; choose a folder"):
        RunFolder(tmp_path / "out", SOURCE)


@pytest.mark.parametrize("text", ["{", "[]", '{"format": "other"}'])
def test_damaged_run_file(tmp_path: Path, text: str) -> None:
    (tmp_path / RUN_FILE).write_text(text)
    with pytest.raises(FileFormatError, match="delete it to start this run anew"):
        RunFolder(tmp_path, SOURCE)


def test_what_a_killed_run_left_half_written_is_removed(tmp_path: Path) -> None:
    part = tmp_path / ".annotated.123.part.mp4"
    part.write_bytes(b"half")
    RunFolder(tmp_path, SOURCE)
    assert not part.exists()


def test_a_run_that_was_killed_while_it_wrote_is_done_again(tmp_path: Path) -> None:
    RunFolder(tmp_path, SOURCE).claim()
    (tmp_path / "figures").mkdir()
    for name in ("half.nc", "figures/.fit.12.part.svg"):
        (tmp_path / name).write_text("killed here")
    assert run(tmp_path, {}, {}) == (True, True)
    assert not list((tmp_path / "figures").iterdir())


def test_what_another_setting_no_longer_writes_is_removed(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, SOURCE)
    folder.stage("view", {"view": True}, Work(folder, "viewer.html"))
    folder = RunFolder(tmp_path, SOURCE)
    folder.stage("view", {"view": False}, Work(folder, "text.txt"))
    assert sorted(path.name for path in tmp_path.iterdir()) == [RUN_FILE, "text.txt"]


def test_a_folder_tells_what_its_run_was_made_from(tmp_path: Path) -> None:
    source = FileRecord("walk.mp4", "a" * 64, 7)
    RunFolder(tmp_path / "run", source).claim()
    assert recorded_source(tmp_path / "run") == source
    with pytest.raises(FileFormatError, match=r"run\.json: is not there; give the folder of a run"):
        recorded_source(tmp_path / "nowhere")
