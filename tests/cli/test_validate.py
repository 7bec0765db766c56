"""`kinelab validate`: what its options mean for the experiment that films, trains and tracks."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import pytest

from kinelab.cli import validate
from kinelab.errors import ModelError
from kinelab.study import retest_validation


def parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    validate.add_arguments(parser)
    return parser.parse_args(words)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """What the experiment was asked for; nothing is filmed."""
    found: list[tuple[object, ...]] = []

    def remember(seed: int, quick: bool, weights: str, work: Path, console: object, jobs: int | None) -> str:
        found.append((seed, quick, weights, work, jobs))
        return "Synthetic data: none.\n"

    monkeypatch.setattr(retest_validation, "run", remember)
    return found


@pytest.mark.parametrize("example", re.findall(r"^  kinelab validate (.+?)  ", validate.EPILOG, re.MULTILINE))
def test_every_example_of_the_help_is_understood(example: str) -> None:
    assert parse(*shlex.split(example)).what == example.split()[0]


def test_retest_says_on_the_page_how_it_was_made(
    tmp_path: Path, asked: list[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    weights, page, out = tmp_path / "w.safetensors", tmp_path / "page.md", tmp_path / "table.md"
    weights.touch()
    page.write_text("before\n<!-- begin retest -->\n<!-- end retest -->\nafter\n")
    words = ["retest", "--weights", str(weights), "--seed", "3", "--page", str(page), "--out", str(out)]
    assert validate.run(parse(*words, "--work", str(tmp_path / "work"), "--jobs", "1")) == 0
    assert asked == [(3, False, str(weights), tmp_path / "work", 1)]
    assert out.read_text() == "Synthetic data: none.\n"
    written = page.read_text()
    assert written.startswith("before\n")
    assert "Made by `kinelab validate retest --seed 3 --weights FILE`, kinelab" in written
    assert str(tmp_path) not in written
    monkeypatch.setenv("KINELAB_MODELS", str(tmp_path / "models"))
    with pytest.raises(ModelError, match="there are no weights for mobilenetv2_100 on this computer"):
        validate.run(parse("retest"))


def test_quick_needs_no_weights(asked: list[tuple[object, ...]]) -> None:
    assert validate.run(parse("retest", "--quick")) == 0
    assert asked == [(0, True, "none", Path("retest_quick_0"), None)]
