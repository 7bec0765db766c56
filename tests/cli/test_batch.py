"""`kinelab batch`: what its options mean, and what is refused."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

from kinelab.cli import batch, main


def test_every_example_of_the_help_is_understood() -> None:
    parser = argparse.ArgumentParser()
    batch.add_arguments(parser)
    examples = re.findall(r"^  kinelab batch (.+?)(?:  |$)", batch.EPILOG, re.MULTILINE)
    assert len(examples) > 5
    for example in examples:
        parser.parse_args(example.split())


def test_a_batch_is_listed_done_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("visit/P01").mkdir(parents=True)
    Path("visit/P01/bad.c3d").write_bytes(b"\xff\xfe nothing of the kind" * 40)
    Path("visit/film.mp4").write_bytes(b"no film")
    Path("table.csv").write_text("recording,subject,vertical\n*.c3d,anna,+z\n")
    assert main(["batch", "visit", "--table", "table.csv", "--set", "annotate=no", "--list"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "gait       P01/bad.c3d id=anna vertical=+z", "analyze    film.mp4 annotate=False"
    ]  # fmt: skip
    assert not Path("visit-batch").exists()
    assert main(["batch", "visit", "--table", "table.csv", "--quiet", "--jobs", "1"]) == 0
    said = capsys.readouterr().out
    assert "2 recordings: 2 refused" in said
    assert "Look at: visit-batch/recordings.csv, visit-batch/measures.csv" in said
    told = Path("visit-batch/recordings.csv").read_text(encoding="utf-8")
    assert "is no C3D file" in told
    assert "P01__bad.c3d,P01/bad.c3d,gait,refused" in told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["none"], "none: no such file or folder; check the spelling"),
        (["."], "holds no recording"),
        (["bad.c3d", "--workers", "3"], "--workers: only with --slurm"),
        (["bad.c3d", "--jobs", "0"], "processes is 0, expected 1 or more"),
        (["bad.c3d", "--dask", "tcp://127.0.0.1:1"], "no Dask scheduler answers at 'tcp://127.0.0.1:1'"),
        (["bad.c3d", "--table", "none.csv"], "none.csv: no such file; check the spelling"),
        (["bad.c3d", "--set", "colour=red"], "--set colour=red: expected NAME=VALUE"),
    ],
)
def test_refusals(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr("kinelab.pipeline.workers.cluster._CONNECT_S", 0.5)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty" if words == ["."] else tmp_path)
    if words != ["."]:
        Path("bad.c3d").write_bytes(b"\xff\xfe nothing of the kind" * 40)
    assert main(["batch", *words, "--out", "out", "--quiet"]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [
        ["batch", "nowhere"],
        ["study", "training-parameters", "nowhere", "--out", "out"],
        ["inertial", "search", "--motions", "none.npz", "--joint", "knee", "--out", "out"],
    ],
    ids=["batch", "study", "search"],
)
def test_the_script_for_slurm_is_shown(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("dask_jobqueue")
    words = ["--slurm", "--slurm-script", "--partition", "short", "--memory", "2GB"]
    assert main([*command, *words]) == 0
    assert "#SBATCH -p short\n" in (shown := capsys.readouterr().out)
    assert "#SBATCH --mem=2G\n" in shown
