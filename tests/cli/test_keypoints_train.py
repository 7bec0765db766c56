from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from kinelab.cli import keypoints_train
from kinelab.errors import InputError, ModelError, RunFolderError
from kinelab.keypoints.projects.runs import NETWORK_FILE
from kinelab.keypoints.transfer.recipe import TransferRecipe, Unlabelled
from kinelab.keypoints.transfer.weights_choice import chosen_weights
from kinelab.pipeline import keypoint_training

_MAIN = "import sys; from kinelab.cli import main; sys.exit(main())"


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


def test_train_then_evaluate(dumbbells: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("timm")
    pytest.importorskip("lightning")
    words = ["train", dumbbells, "--quick", "--backbone", "test_efficientnet", "--weights", "none"]
    done = subprocess.run(
        [sys.executable, "-c", _MAIN, "keypoints", *map(str, words), "--quiet", "--threads", "1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")  # nothing of what Lightning has to say
    shown = done.stdout
    assert "split by video" in shown
    assert "left_end" in shown
    folder = dumbbells / "networks" / "fast-quick"
    for name in ("network.safetensors", "learning_curve.svg", "human_network.png", "reliability.svg"):
        assert (folder / name).is_file(), name
    assert run("evaluate", dumbbells, "--checkpoint", 10) == 0
    assert (folder / "evaluation" / "step_000010" / "predictions.csv").is_file()
    with pytest.raises(RunFolderError, match="no network of step 11; benchmarks kept: 10, 20"):
        run("evaluate", dumbbells, "--checkpoint", 11)
    begun: list[TransferRecipe] = []

    def stop(recipe: TransferRecipe, _: Console) -> None:
        begun.append(recipe)
        raise InputError("stopped before it began")

    monkeypatch.setattr(keypoint_training, "train_and_show", stop)
    with pytest.raises(InputError, match="stopped before it began"):
        run("train", dumbbells, "--from", "fast-quick", "--steps", 12)
    assert (begun[0].start, begun[0].steps, begun[0].benchmarks) == (str(folder / NETWORK_FILE), 12, (10,))
    assert (begun[0].long_side_px, begun[0].backbone) == (128, "test_efficientnet")
    assert begun[0].out == dumbbells / "networks" / "fast-quick-next"
    with pytest.raises(InputError, match=r"gone is no run of the project.*finished networks of .*fast-quick"):
        run("train", dumbbells, "--from", "gone")
    with pytest.raises(InputError, match="--test-share cannot be given with --from: the tested frames stay"):
        run("train", dumbbells, "--from", "fast-quick", "--test-share", 0.5)


def test_unlabelled_video_is_learnt_from_where_it_is_asked_for(
    dumbbells: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Unlabelled | None] = []

    def stop(recipe: TransferRecipe, _: Console) -> None:
        begun.append(recipe.unlabelled)
        raise InputError("stopped before it began")

    monkeypatch.setattr(keypoint_training, "train_and_show", stop)
    monkeypatch.chdir(tmp_path)
    for words in ((), ("--unlabelled",), ("--unlabelled", "a.mp4", "b.mp4", "--unlabelled-weight", 0.5)):
        with pytest.raises(InputError, match="stopped before it began"):
            run("train", dumbbells, "--weights", "none", *words)
    named = tuple(str(tmp_path / name) for name in ("a.mp4", "b.mp4"))
    assert begun == [None, Unlabelled(), Unlabelled(named, weight=0.5)]
    with pytest.raises(InputError, match="give --unlabelled too"):
        run("train", dumbbells, "--weights", "none", "--unlabelled-weight", 0.5)
    with pytest.raises(InputError, match=r"weight is 0\.0, expected positive"):
        run("train", dumbbells, "--weights", "none", "--unlabelled", "--unlabelled-weight", 0)


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
