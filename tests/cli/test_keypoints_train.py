from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path

import pytest

from kinelab.cli import keypoints_train
from kinelab.errors import ModelError, RunFolderError
from kinelab.keypoints.transfer.weights_choice import chosen_weights


def run(*words: object) -> int:
    parser = argparse.ArgumentParser()
    keypoints_train.add_actions(parser.add_subparsers(required=True))
    args = parser.parse_args([str(word) for word in words])
    code: int = args.act(args)
    return code


@pytest.fixture
def dumbbells(tmp_path: Path) -> Path:
    """The drawn project of tests/keypoints/transfer."""
    place = Path(__file__).parents[1] / "keypoints" / "transfer" / "conftest.py"
    spec = importlib.util.spec_from_file_location("dumbbells", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    project: Path = module.make_project(tmp_path / "dumbbells")
    return project


def test_train_then_evaluate(dumbbells: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("timm")
    pytest.importorskip("lightning")
    common = (
        "train",
        dumbbells,
        "--quick",
        "--backbone",
        "test_efficientnet",
        "--weights",
        "none",
        "--quiet",
    )
    assert run(*common, "--threads", 1) == 0
    shown = capsys.readouterr().out
    assert "split by video" in shown
    assert "left_end" in shown
    folder = dumbbells / "networks" / "fast-quick"
    for name in ("network.safetensors", "learning_curve.svg", "human_network.png", "reliability.svg"):
        assert (folder / name).is_file(), name
    assert run("evaluate", dumbbells, "--checkpoint", 10) == 0
    assert (folder / "evaluation" / "step_000010" / "predictions.csv").is_file()
    with pytest.raises(RunFolderError, match="no network of step 11; benchmarks kept: 10, 20"):
        run("evaluate", dumbbells, "--checkpoint", 11)


def test_without_weights_it_is_said_what_to_do(
    dumbbells: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KINELAB_MODELS", str(tmp_path / "models"))
    with pytest.raises(ModelError, match="`kinelab models get resnet50-imagenet --trust-first-use`"):
        run("train", dumbbells, "--preset", "papers")
    with pytest.raises(ModelError, match=r"no weights for resnet101.*say what to begin with: --weights FILE"):
        chosen_weights("resnet101", None)
    with pytest.raises(ModelError, match="no network or file called 'gone'"):
        chosen_weights("resnet50", "gone")
    assert not (dumbbells / "networks").exists()


def test_nothing_trained_yet(dumbbells: Path) -> None:
    with pytest.raises(RunFolderError, match="has no trained network yet; train one with"):
        run("evaluate", dumbbells)
