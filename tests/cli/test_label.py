from __future__ import annotations

import shlex
import socket
import sys
from pathlib import Path

import pytest
from PIL import Image

from kinelab.cli import build_parser, main
from kinelab.cli.label import EPILOG
from kinelab.keypoints.projects.project import Project, ProjectVideo, frame_picture, save_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """One video of which no frame was chosen yet."""
    folder = tmp_path / "landings"
    folder.mkdir()
    save_project(
        Project("landings", ("knee",), videos=(ProjectVideo("a", "a.mp4", (8, 6), 9, 50.0),)), folder
    )
    return folder


def choose(project: Path) -> None:
    path = frame_picture(project, "a", 3)
    path.parent.mkdir(parents=True)
    Image.new("RGB", (8, 6)).save(path)


def refused(project: Path, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    assert main(["label", str(project), "--no-browser", *options]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err
    return said.err


def test_the_examples_of_the_help_are_understood() -> None:
    examples = [line.split("   ")[0].split() for line in EPILOG.splitlines() if line.startswith("  kinelab")]
    assert len(examples) == 3
    for words in examples:
        assert build_parser().parse_args(shlex.split(" ".join(words[1:]))).project == Path("landings")


def test_no_project_and_no_frames(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "kinelab keypoints new" in refused(project.parent, capsys)
    assert "choose some with `kinelab keypoints frames" in refused(project, capsys)


def test_a_bad_rater_an_unknown_network_a_taken_port(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    choose(project)
    assert "rater '../b' is no plain name" in refused(project, capsys, "--rater", "../b")
    assert "port 70000 does not exist" in refused(project, capsys, "--port", "70000")
    assert "best is no run of the project" in refused(project, capsys, "--network", "best")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = refused(project, capsys, "--port", port)
    assert f"cannot listen at 127.0.0.1, port {port}: Address already in use" in said
    assert "--port chooses another" in said


def test_without_nicegui_the_extra_is_named(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nicegui", None)
    assert "pip install 'kinelab[web]'" in refused(project, capsys)
