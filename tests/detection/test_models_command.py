from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from kinelab.cli import models
from kinelab.detection.store import FOLDER_VARIABLE, is_installed
from kinelab.errors import InputError, ModelError


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "models"))
    monkeypatch.setenv("COLUMNS", "160")


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    models.add_arguments(parser)
    return models.run(parser.parse_args(list(words)))


def test_list_tells_names_licences_and_what_is_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list", "--addresses") == 0
    shown = capsys.readouterr().out
    for word in ("yolox-nano", "halpe26", "Apache-2.0", "ships with kinelab", "academic use only", "models"):
        assert word in shown
    assert "https://github.com/Megvii-BaseDetection/YOLOX/releases/download/0.1.1rc0/yolox_nano.onnx" in shown


def test_add_then_list(bright_spot_onnx, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(bright_spot_onnx("h.onnx"))
    assert run("add", path, "--name", "mine", "--kind", "pose", "--skeleton", "coco17") == 0
    assert "added mine (pose network, coco17)" in capsys.readouterr().out
    assert is_installed("mine")
    run("list")
    line = next(row for row in capsys.readouterr().out.splitlines() if "mine" in row)
    assert "yes" in line


def test_get_of_what_cannot_be_got() -> None:
    with pytest.raises(
        InputError, match="no network called 'nope' in the catalogue; there are gait20, yolox-nano"
    ):
        run("get", "nope")
    with pytest.raises(ModelError, match="no SHA-256 is published for rtmpose-s-halpe26"):
        run("get", "rtmpose-s-halpe26")
    with pytest.raises(ModelError, match="pp-tinypose has no address"):
        run("get", "pp-tinypose")
