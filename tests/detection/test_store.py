from __future__ import annotations

from pathlib import Path

import pytest

from kinelab.detection.catalogue import ModelEntry
from kinelab.detection.store import FOLDER_VARIABLE, find_model, is_installed, keep, model_path, stored
from kinelab.errors import ModelError


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def kept(tmp_path: Path) -> ModelEntry:
    source = tmp_path / "some file.onnx"
    source.write_bytes(b"network")
    return keep(source, ModelEntry(name="mine", kind="pose", head="heatmap", skeleton="coco17"))


def test_a_kept_network_is_found_by_its_name(kept: ModelEntry, store: Path) -> None:
    path, entry = find_model("mine")
    assert path == store / "mine.onnx"
    assert entry == kept
    assert is_installed("mine")
    assert not is_installed("yolox-nano")
    assert stored() == {"mine": kept}


def test_a_path_is_taken_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "other.onnx"
    file.write_bytes(b"x")
    assert find_model(file) == (file, None)


def test_an_altered_file_is_refused(kept: ModelEntry, store: Path) -> None:
    (store / "mine.onnx").write_bytes(b"networK")
    with pytest.raises(ModelError, match=r"not the file that was stored as mine \(its SHA-256 has changed"):
        model_path("mine")


def test_known_but_not_here() -> None:
    with pytest.raises(
        ModelError, match=r"yolox-nano is not on this computer.*`kinelab models get yolox-nano`"
    ):
        model_path("yolox-nano")
    with pytest.raises(
        ModelError, match=r"pp-tinypose is not on.*models add FILE --name pp-tinypose.*paddle2onnx"
    ):
        model_path("pp-tinypose")
    with pytest.raises(ModelError, match="gait20 ships with kinelab"):
        model_path("gait20")


def test_unknown_name_lists_what_there_is(kept: ModelEntry) -> None:
    with pytest.raises(ModelError, match=r"no network or file called 'yolo'.*mine.*yolox-nano"):
        model_path("yolo")


def test_a_broken_record_is_told(kept: ModelEntry, store: Path) -> None:
    (store / "mine.json").write_text("{}")
    with pytest.raises(ModelError, match=r"mine.json is not a record of a network; remove it"):
        model_path("mine")
