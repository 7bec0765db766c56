"""kinelab patterns: strides drawn, generators trained, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinelab.cli import main
from kinelab.core.events import SIDES
from kinelab.patterns.curve_files import read_stride_curves, write_stride_curves
from kinelab.patterns.generator import load_generator
from kinelab.patterns.stride_curves import HEALTHY, StrideCurves, joined


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of two groups of ten people."""
    rng, phase = np.random.default_rng(0), 2 * np.pi * np.linspace(0, 1, 101)
    waves = np.stack([np.cos(k * phase + k) for k in range(6)])
    parts = []
    for group in (HEALTHY, "limp"):
        named = [f"{group} {i}" for i in range(10) for _ in SIDES]
        curves = rng.normal(0, 4, (20, 9, 6)) @ waves
        parts.append(StrideCurves(curves, named, named, SIDES * 10, [group] * 20, np.zeros(20, bool)))
    path = tmp_path_factory.mktemp("people") / "curves.csv"
    write_stride_curves(joined(*parts), path)
    return path


def test_draws_from_the_shipped_generator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["patterns", "groups"]) == 0
    said = capsys.readouterr().out
    assert "parkinson off, parkinson on, amputee, healthy" in said
    assert "CC BY 4.0" in said
    assert "never for an evaluation" in said
    command = ["patterns", "generate", "--group", "amputee", "--n", "3", "--out"]
    assert main([*command, str(tmp_path / "made.csv")]) == 0
    assert "every row says synthetic = 1" in capsys.readouterr().out
    read = read_stride_curves(tmp_path / "made.csv")
    assert read.n == 3
    assert read.synthetic.all()


@pytest.mark.parametrize("kind", ["gaussian", "gan"])
def test_trains_and_draws(
    people: Path, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = tmp_path / "own.safetensors"
    command = ["patterns", "train-generator", str(people), "--out", str(weights), "--kind", kind]
    assert main([*command, "--licence", "ours", "--quick"]) == 0
    assert "spread_ratio" in capsys.readouterr().out
    card = load_generator(weights).card
    assert card.licence == "ours"
    assert f"--kind {kind} --seed 0 --quick" in card.recipe
    table = tmp_path / "made.csv"
    command = ["patterns", "generate", "--generator", str(weights), "--group", "limp", "--out", str(table)]
    assert main([*command, "--n", "2"]) == 0
    capsys.readouterr()
    # nobody's strides teach no generator
    again = ["patterns", "train-generator", str(table), "--out", str(tmp_path / "b.safetensors")]
    assert main([*again, "--licence", "ours"]) == 2
    assert "synthetic" in capsys.readouterr().err
    assert not (tmp_path / "b.safetensors").exists()


def test_wrong_input_ends_in_one_message(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = (
        (["generate", "--group", "giraffe", "--out", str(tmp_path / "a.csv")], "no group 'giraffe'"),
        (["generate", "--group", "amputee", "--out", str(tmp_path / "a.xlsx")], "ends in .csv"),
        (["groups", "--generator", str(people)], "not a safetensors file"),
        (["train-generator", str(people), "--out", str(tmp_path / "a.npz"), "--licence", "x"], "safetensors"),
        (["train-generator", str(tmp_path / "no.csv"), "--out", str(tmp_path / "a.safetensors"),
          "--licence", "x"], "there is no table of curves"),
    )  # fmt: skip
    for arguments, message in wrong:
        assert main(["patterns", *arguments]) == 2
        assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
