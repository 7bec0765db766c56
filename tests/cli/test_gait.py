"""`kinelab gait` and `kinelab events train`: what their options mean, and what is refused."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

from kinelab.cli import events, gait, main


@pytest.mark.parametrize("command", [gait, events], ids=["gait", "events"])
def test_every_example_of_the_help_is_understood(command: object) -> None:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)  # type: ignore[attr-defined]
    epilog = command.EPILOG  # type: ignore[attr-defined]
    examples = re.findall(r"^  kinelab [\w-]+ (.+?)  ", epilog, re.MULTILINE)
    assert examples
    for example in examples:
        parser.parse_args(example.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "nothing to analyse: give one or more recordings, or --batch FOLDER"),
        (["missing.c3d"], "missing.c3d: no such file or folder; check the spelling"),
        (["--batch", "nowhere"], "nowhere: no such folder"),
        (["bad.c3d"], "bad.c3d: is no C3D file"),
        (["bad.c3d", "--marker-map", "bad.c3d"], "bad.c3d: cannot be read as a marker map"),
    ],
)
def test_what_cannot_be_read_is_told_in_a_line(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("bad.c3d").write_bytes(b"\xff\xfe nothing of the kind" * 40)
    assert main(["gait", *words, "--out", "out"]) == 2
    assert said in capsys.readouterr().err
    assert not Path("out").exists()


def test_a_batch_of_a_damaged_file_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("visit").mkdir()
    Path("visit/bad.c3d").write_bytes(b"\xff\xfe nothing of the kind" * 40)
    assert main(["gait", "--batch", "visit", "--quiet"]) == 0
    assert "bad: 0 events, 0 strides; " in capsys.readouterr().out
    assert "is no C3D file" in Path("visit-gait/recordings.csv").read_text(encoding="utf-8")
