from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from kinelab.cli import main
from kinelab.inertial.motions.files import write_motions
from kinelab.inertial.networks.network_file import load_joint_networks


def kinelab(*words: object) -> int:
    return main(["inertial", *map(str, words)])


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five people who walk, made up by tests/inertial/networks."""
    place = Path(__file__).parents[1] / "inertial" / "networks" / "conftest.py"
    spec = importlib.util.spec_from_file_location("swings", place)
    assert spec is not None
    assert spec.loader is not None
    swings: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(swings)
    path: Path = tmp_path_factory.mktemp("people") / "people.npz"
    write_motions(path, [swings.swinging(person, 3.0) for person in range(5)])
    return path


def test_train_then_train_again(people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("lightning")
    words = ["train", "--motions", people, "--joint", "knee", "--recipe", "kinelab", "kinelab-live"]
    words += ["--quick", "--hold-out", "0.2", "--out", tmp_path / "run"]
    assert kinelab(*words) == 0
    shown = capsys.readouterr().out
    assert "knee-conv1d-both" in shown
    assert "knee_adduction" in shown
    for name in ("networks.safetensors", "errors.csv", "knee-lstm-both/log.csv"):
        assert (tmp_path / "run" / name).is_file()
    before, card = load_joint_networks(tmp_path / "run" / "networks.safetensors")
    assert [network.recipe.kind for network in before] == ["conv1d", "lstm"]
    assert "0 measured and 4 virtual people (people.npz" in card.data
    log = (tmp_path / "run" / "knee-lstm-both" / "log.csv").read_bytes()
    assert kinelab(*words) == 0
    assert capsys.readouterr().out == shown
    after, _ = load_joint_networks(tmp_path / "run" / "networks.safetensors")
    np.testing.assert_array_equal(after[1].arrays["out.bias"], before[1].arrays["out.bias"])
    assert (tmp_path / "run" / "knee-lstm-both" / "log.csv").read_bytes() == log  # nothing is trained twice
    assert kinelab(*words, "--seed", 1) == 2
    assert "holds a run with another" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--joint", "elbow"), "joints are elbow; allowed are hip, knee, ankle"),
        (("--joint", "knee", "--hold-out", 0.01), "5 people are walking, of whom 0 would be held out"),
        (("--joint", "hip", "--hold-out", 0.2), "the trials to learn from are none"),
        (("--recipe", "best"), "no recipe 'best'; there are rapp2021"),
        (("--recipe", "gone.json"), "gone.json: is no recipe of a network"),
        (("--also-share", 2.0), "also_share is 2, allowed is between 0 and 1"),
    ],
)
def test_what_cannot_be_done_is_said(
    words: tuple[object, ...],
    message: str,
    people: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert kinelab("train", "--motions", people, *words, "--quick", "--out", tmp_path / "run") == 2
    assert message in capsys.readouterr().err.replace("\n", " ")
    assert not (tmp_path / "run").exists()


def test_no_file_of_movements(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert kinelab("train", "--motions", tmp_path / "gone.npz", "--out", tmp_path / "run") == 2
    assert "gone.npz" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
